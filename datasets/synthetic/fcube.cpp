// The source `fcube`: points of a cube whose label is the side of a plane they are on; feature skew without label skew.
// Li, Diao, Chen, He: Federated learning on non-IID data silos: an experimental study. ICDE 2022 (arXiv 2102.02079),
// section IV-B, synthetic feature imbalance.
//
//   x uniform in (-1, 1)^3,  y = 0 where x_1 > 0, y = 1 where x_1 < 0
//
// The planes x_1 = 0, x_2 = 0, x_3 = 0 cut the cube into 8 octants. Party p = 0 .. 3 holds two octants that are
// symmetric about the origin: that of the signs (+, s_2, s_3) and its mirror image (-, -s_2, -s_3), where s_2 is - for
// p of 2 and 3, s_3 is - for odd p. So each party has both labels alike often, and its own parts of the space. Sample i
// is party i mod 4's and has label (i div 4) mod 2. The test samples are drawn in the same way. Streams (seed, dataset,
// 0 training | 1 test).

#include <array>
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

constexpr const char* kSource = "Li, Diao, Chen, He 2022, arXiv 2102.02079";
constexpr std::uint32_t kParties = 4;

struct Half {
  std::shared_ptr<const Dataset> dataset;
  Shards parties;
};

std::array<float, 3> signs(std::uint32_t party, std::int32_t label) {
  const float mirror = label == 0 ? 1.0f : -1.0f;
  return {mirror, party >= 2 ? -mirror : mirror, party % 2 == 1 ? -mirror : mirror};
}

class Fcube final : public DataLoader {
 public:
  Fcube(std::uint32_t samples, std::uint32_t test_samples) : samples_(samples), test_samples_(test_samples) {}
  std::optional<InputShape> shape() const override { return InputShape{InputShape::Kind::dense, {3}, 2}; }
  std::optional<std::uint32_t> clients() const override { return kParties; }
  DataSource load(std::uint64_t seed) const override {
    DataSource source;
    Half train = draw(samples_, Stream(seed, Purpose::dataset, 0));
    source.train = std::move(train.dataset);
    source.natural_clients = std::move(train.parties);
    if (test_samples_ > 0) {
      Half test = draw(test_samples_, Stream(seed, Purpose::dataset, 1));
      source.test = std::move(test.dataset);
      source.natural_test = std::move(test.parties);
    }
    for (std::uint32_t p = 0; p < kParties; ++p)
      source.client_names.push_back(fmt::format("octants {} and {}", p, 7 - p));
    source.provenance =
        fmt::format("generated: FCUBE, {} + {} samples of 4 parties, seed {}", samples_, test_samples_, seed);
    return source;
  }

 private:
  Half draw(std::uint32_t samples, Stream stream) const {
    Matrix<float> values(3, samples);
    std::vector<std::int32_t> labels(samples);
    std::array<std::vector<std::uint32_t>, kParties> held;
    for (std::uint32_t i = 0; i < samples; ++i) {
      const std::uint32_t party = i % kParties;
      labels[i] = static_cast<std::int32_t>(i / kParties % 2);
      held[party].push_back(i);
      const auto sign = signs(party, labels[i]);
      for (Index f = 0; f < 3; ++f) {
        values(f, i) = sign[static_cast<std::size_t>(f)] * static_cast<float>(uniform_open(stream));
      }
    }
    Half half{std::make_shared<DenseDataset>(*shape(), std::move(values), std::move(labels)), {}};
    for (const auto& rows : held) half.parties.append(rows);
    return half;
  }

  std::uint32_t samples_;
  std::uint32_t test_samples_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  const auto samples = static_cast<std::uint32_t>(section.whole(
      "samples", {4000, between(4, 1e9), "samples for training, a quarter for each of 4 parties", kSource}));
  const auto test_samples = static_cast<std::uint32_t>(
      section.whole("test_samples", {1000, between(0, 1e9), "samples for testing", kSource}));
  return std::make_unique<Fcube>(samples, test_samples);
}

const Registration<DatasetEntry> entry{
    {{"fcube", "points of a cube, two opposite octants a party: skewed features, even labels", kSource}, read}};

}  // namespace
}  // namespace fedtide
