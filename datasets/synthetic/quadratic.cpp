// The source `quadratic`: one point a client, for the model `quadratic`, whose loss at a point e is 0.5 |x - e|^2. With
// it, federated methods have fixed points in closed form.
//
// Points are given, or drawn as spread N(0, I) from the streams (seed, dataset, client). Natural clients, no labels, no
// test set.

#include <cstdint>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "datasets/dense_dataset.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"
#include "sim/base/random.h"
#include "sim/config/section.h"

namespace fedtide {
namespace {

class Quadratic final : public DataLoader {
 public:
  Quadratic(std::vector<double> points, std::uint32_t count, std::uint32_t dims, double spread)
      : points_(std::move(points)), count_(count), dims_(dims), spread_(spread) {}
  std::optional<InputShape> shape() const override { return InputShape{InputShape::Kind::dense, {dims_}, 0}; }
  std::optional<std::uint32_t> clients() const override { return count_; }

  DataSource load(std::uint64_t seed) const override {
    Matrix<float> values(dims_, count_);
    for (std::uint32_t i = 0; i < count_; ++i) {
      Stream stream(seed, Purpose::dataset, i);
      for (std::uint32_t j = 0; j < dims_; ++j) {
        const double x = points_.empty() ? spread_ * normal(stream) : points_[std::size_t{i} * dims_ + j];
        values(j, i) = static_cast<float>(x);
      }
    }
    DataSource source;
    source.train = std::make_shared<DenseDataset>(*shape(), std::move(values), std::vector<std::int32_t>{});
    source.natural_clients.emplace();
    source.natural_clients->rows.resize(count_);
    std::iota(source.natural_clients->rows.begin(), source.natural_clients->rows.end(), 0u);
    source.natural_clients->begin.resize(std::size_t{count_} + 1);
    std::iota(source.natural_clients->begin.begin(), source.natural_clients->begin.end(), std::uint64_t{0});
    source.provenance = points_.empty()
                            ? fmt::format("generated: {} points in {} dimensions, seed {}", count_, dims_, seed)
                            : fmt::format("given: {} points in {} dimensions", count_, dims_);
    return source;
  }

 private:
  std::vector<double> points_;  // [count, dims], or empty
  std::uint32_t count_;
  std::uint32_t dims_;
  double spread_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  const std::vector<double> points = section.reals(
      "points", {},
      {std::nullopt, anything(), "coordinates of the points one after the other, dims of them a client", ""});
  const auto dims =
      static_cast<std::uint32_t>(section.whole("dims", {1, between(1, 1e6), "dimensions of a point", ""}));
  auto count = static_cast<std::uint32_t>(
      section.whole("count", {10, between(1, 1e6), "points to draw, one a client, when none are given", ""}));
  const double spread = section.real("spread", {1, non_negative(), "standard deviation of the drawn points", ""});
  if (!points.empty()) {
    for (const char* key : {"count", "spread"}) {
      if (section.given(key)) section.reject(key, "has no effect when points are given; remove one of the two");
    }
    if (points.size() % dims != 0) {
      section.reject("points",
                     fmt::format("{} numbers are no whole number of points with {} coordinates", points.size(), dims));
    }
    count = static_cast<std::uint32_t>(points.size() / dims);
  }
  return std::make_unique<Quadratic>(points, count, dims, spread);
}

const Registration<DatasetEntry> entry{
    {{"quadratic", "one point a client, for the model quadratic: exact fixed points", ""}, read}};

}  // namespace
}  // namespace fedtide
