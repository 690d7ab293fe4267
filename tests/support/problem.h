#pragma once
// A small classification problem shared out unequally: 3 classes, 6 features, 5 clients of 8 to 40 samples.

#include <memory>
#include <vector>

#include "sim/base/distributions.h"
#include "tests/support/rounds.h"

namespace fedtide::testing {

struct SmallProblem {
  std::shared_ptr<DenseDataset> dataset;
  std::vector<TestClient> clients;
};

inline SmallProblem small_problem() {
  constexpr std::uint32_t sizes[] = {8, 13, 20, 31, 40};
  constexpr std::uint32_t total = 112;
  Stream stream(11, Purpose::dataset);
  Matrix<float> values(6, total);
  std::vector<std::int32_t> labels;
  for (Index j = 0; j < total; ++j) {
    labels.push_back(static_cast<std::int32_t>(uniform_below(stream, 3)));
    for (Index i = 0; i < 6; ++i) {
      values(i, j) = static_cast<float>(normal(stream) + (i % 3 == labels.back() ? 1.5 : 0.0));
    }
  }
  SmallProblem p;
  InputShape shape;
  shape.dims = {6};
  shape.classes = 3;
  p.dataset = std::make_shared<DenseDataset>(shape, values, labels);
  std::uint32_t row = 0;
  for (const std::uint32_t size : sizes) {
    TestClient client;
    client.solver.epochs = 2;
    client.solver.batch_size = 4;
    client.solver.lr = 0.1;
    for (std::uint32_t i = 0; i < size; ++i) client.rows.push_back(row++);
    p.clients.push_back(client);
  }
  return p;
}

}  // namespace fedtide::testing
