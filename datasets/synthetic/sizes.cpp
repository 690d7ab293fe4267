// The source `sizes`: how many samples each client has, and no samples: for `timing: only`, where millions of clients
// are played without training. A size is drawn per client, rounded, at least 1. Streams (seed, dataset, client).

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/base/distributions.h"
#include "sim/base/error.h"
#include "sim/base/random.h"
#include "sim/config/sample.h"
#include "sim/config/section.h"
#include "sim/learn/dataset.h"

namespace fedtide {
namespace {

constexpr double kMost = 4294967295.0;

class Sizes final : public DataLoader {
 public:
  Sizes(std::uint32_t clients, const Draw& samples, std::uint32_t features, std::uint32_t classes)
      : clients_(clients), samples_(samples), features_(features), classes_(classes) {}
  std::optional<InputShape> shape() const override {
    return InputShape{InputShape::Kind::dense, {features_}, static_cast<int>(classes_)};
  }
  std::optional<std::uint32_t> clients() const override { return clients_; }
  DataSource load(std::uint64_t seed) const override {
    DataSource source;
    source.sizes_only.reserve(clients_);
    for (std::uint32_t i = 0; i < clients_; ++i) {
      Stream stream(seed, Purpose::dataset, i);
      const double size = std::clamp(std::round(sample(samples_, stream)), 1.0, kMost);
      source.sizes_only.push_back(static_cast<std::uint32_t>(size));
    }
    source.provenance = fmt::format("generated: sizes of {} clients, seed {}", clients_, seed);
    return source;
  }

 private:
  std::uint32_t clients_;
  Draw samples_;
  std::uint32_t features_;
  std::uint32_t classes_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  const auto clients = static_cast<std::uint32_t>(section.whole("clients", {1000, between(1, 1e9), "clients", ""}));
  const Draw samples = section.draw("samples", Unit::none, Draw{Draw::Kind::constant, 100, 0},
                                    {std::nullopt, between(0, kMost), "samples of a client, rounded, at least 1", ""});
  const auto features = static_cast<std::uint32_t>(
      section.whole("features", {784, between(1, 1e9), "features of a sample, for the model's FLOPs and bytes", ""}));
  const auto classes = static_cast<std::uint32_t>(
      section.whole("classes", {10, between(0, 1e6), "classes, for the model's FLOPs and bytes", ""}));
  return std::make_unique<Sizes>(clients, samples, features, classes);
}

const Registration<DatasetEntry> entry{
    {{"sizes", "sample counts without samples, for timing: only; a million clients", ""}, read}};

}  // namespace
}  // namespace fedtide
