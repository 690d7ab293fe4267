// The source `synthetic`: FedProx's synthetic(alpha, beta), see fedprox.h.

#include <memory>

#include "datasets/synthetic/fedprox.h"
#include "sim/config/section.h"

namespace fedtide {
namespace {

constexpr const char* kSource = "Li et al. 2020, arXiv 1812.06127";

class Synthetic final : public DataLoader {
 public:
  explicit Synthetic(const FedproxOptions& options) : options_(options) {}
  std::optional<InputShape> shape() const override {
    return InputShape{InputShape::Kind::dense, {options_.features}, static_cast<int>(options_.classes)};
  }
  std::optional<std::uint32_t> clients() const override { return options_.clients; }
  DataSource load(std::uint64_t seed) const override { return generate_fedprox(options_, seed); }

 private:
  FedproxOptions options_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  FedproxOptions o;
  o.clients = static_cast<std::uint32_t>(
      section.whole("clients", {30, between(1, 1e6), "clients, each with its own classifier and features", kSource}));
  o.alpha = section.real(
      "alpha",
      {1, non_negative(), "how much the clients' classifiers differ (standard deviation of their mean)", kSource});
  o.beta = section.real(
      "beta", {1, non_negative(), "how much the clients' features differ (standard deviation of their mean)", kSource});
  o.iid = section.flag("iid", {false, "one classifier and one distribution of features for all clients", kSource});
  o.features =
      static_cast<std::uint32_t>(section.whole("features", {60, between(1, 1e6), "features of a sample", kSource}));
  o.classes = static_cast<std::uint32_t>(section.whole("classes", {10, between(2, 1e6), "classes", kSource}));
  o.test_fraction = section.real(
      "test_fraction", {0.1, Bounds{0, 1, false, true}, "share of each client's samples for testing", kSource});
  for (const char* key : {"alpha", "beta"}) {
    if (o.iid && !section.describing() && section.given(key)) {
      section.reject(key, "has no effect with iid: true, where all clients are alike; remove one of the two");
    }
  }
  return std::make_unique<Synthetic>(o);
}

const Registration<DatasetEntry> entry{
    {{"synthetic", "synthetic(alpha, beta) of FedProx: each client has its own linear classifier", kSource}, read}};

}  // namespace
}  // namespace fedtide
