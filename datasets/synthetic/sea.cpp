// The source `sea`: a stream whose concept changes, so that what was learned goes out of date; samples are in the order
// of their arrival.
// Street, Kim: A streaming ensemble algorithm (SEA) for large-scale classification. KDD 2001.
//
//   x uniform in [0, 10)^3,  y = 1 where x_1 + x_2 <= theta, else 0; with probability `noise` y is turned round
//
// x_3 means nothing. The stream has one block for each theta, of equal lengths as near as can be: 8, 9, 7, 9.5 in the
// paper, with noise 0.1. Within a block P(x_1 + x_2 <= theta) = theta^2 / 200 for theta <= 10. The column `block` says
// which block a sample is of. The test set has the same blocks in the same shares. Streams (seed, dataset, 0 training |
// 1 test).

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "datasets/dense_dataset.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"
#include "sim/base/random.h"
#include "sim/config/section.h"

namespace fedtide {
namespace {

constexpr const char* kSource = "Street and Kim 2001, KDD";

struct SeaOptions {
  std::uint32_t samples = 0;
  std::uint32_t test_samples = 0;
  double noise = 0;
  std::vector<double> thresholds;
};

class Sea final : public DataLoader {
 public:
  explicit Sea(SeaOptions options) : o_(std::move(options)) {}
  std::optional<InputShape> shape() const override { return InputShape{InputShape::Kind::dense, {3}, 2}; }
  DataSource load(std::uint64_t seed) const override {
    DataSource source;
    Column blocks{"block", {}, {}};
    for (const double theta : o_.thresholds) blocks.groups.push_back(fmt::format("theta {}", theta));
    source.train = draw(o_.samples, Stream(seed, Purpose::dataset, 0), &blocks.codes);
    if (o_.test_samples > 0) source.test = draw(o_.test_samples, Stream(seed, Purpose::dataset, 1), nullptr);
    source.columns.push_back(std::move(blocks));
    source.provenance = fmt::format("generated: SEA, {} + {} samples in {} blocks, seed {}", o_.samples,
                                    o_.test_samples, o_.thresholds.size(), seed);
    return source;
  }

 private:
  std::shared_ptr<const Dataset> draw(std::uint32_t samples, Stream stream, std::vector<std::uint32_t>* codes) const {
    Matrix<float> values(3, samples);
    std::vector<std::int32_t> labels(samples);
    for (std::uint32_t i = 0; i < samples; ++i) {
      const auto block = static_cast<std::size_t>(std::uint64_t{i} * o_.thresholds.size() / samples);
      if (codes != nullptr) codes->push_back(static_cast<std::uint32_t>(block));
      for (Index f = 0; f < 3; ++f) values(f, i) = static_cast<float>(10 * uniform(stream));
      const bool below = values(0, i) + values(1, i) <= static_cast<float>(o_.thresholds[block]);
      labels[i] = below != (uniform(stream) < o_.noise) ? 1 : 0;
    }
    return std::make_shared<DenseDataset>(*shape(), std::move(values), std::move(labels));
  }

  SeaOptions o_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  SeaOptions o;
  o.samples = static_cast<std::uint32_t>(section.whole(
      "samples", {50'000, between(1, 1e9), "samples for training, in the order of their arrival", kSource}));
  o.test_samples = static_cast<std::uint32_t>(
      section.whole("test_samples", {10'000, between(0, 1e9), "samples for testing, of all blocks", kSource}));
  o.noise = section.real("noise", {0.1, probability(), "probability that a label is turned round", kSource});
  o.thresholds = section.reals("thresholds", {8, 9, 7, 9.5},
                               {std::nullopt, between(0, 20), "theta of each block of the stream, in order", kSource});
  if (o.thresholds.empty() && !section.describing()) {
    section.reject("thresholds", "has no number; a stream needs at least one block, for example [8, 9, 7, 9.5]");
  }
  return std::make_unique<Sea>(std::move(o));
}

const Registration<DatasetEntry> entry{
    {{"sea", "a stream of samples whose concept changes from block to block", kSource}, read}};

}  // namespace
}  // namespace fedtide
