// The source `survival`: survival times whose log hazard ratios are a known linear function of the features.
// Bender, Augustin, Blettner: Generating survival times to simulate Cox proportional hazards models. Statistics in
// Medicine 24, 2005, with a constant baseline hazard:
//
//   T ~ Exp(lambda exp(w x)),  C ~ Exp(mu),  time = min(T, C),  event = [T <= C]
//
// x ~ N(0, I); lambda: `hazard`, mu: `censoring`. Streams (seed, dataset, 0 coefficients |
// 1 training samples | 2 test samples). Targets: time and event.

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "datasets/dense_dataset.h"
#include "datasets/synthetic/coefficients.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

constexpr const char* kSource = "Bender et al. 2005";

class Survival final : public DataLoader {
 public:
  Survival(LinearOptions options, double hazard, double censoring)
      : o_(std::move(options)), hazard_(hazard), censoring_(censoring) {}
  std::optional<InputShape> shape() const override {
    InputShape shape{InputShape::Kind::dense, {o_.features}};
    shape.targets = 2;
    shape.survival = true;
    return shape;
  }
  DataSource load(std::uint64_t seed) const override {
    const Vector<double> w = coefficients_of(o_, seed);
    DataSource source;
    source.train = draw(w, o_.samples, Stream(seed, Purpose::dataset, 1));
    if (o_.test_samples > 0) source.test = draw(w, o_.test_samples, Stream(seed, Purpose::dataset, 2));
    source.provenance =
        fmt::format("generated: survival, {} subjects with {} features, seed {}", o_.samples, o_.features, seed);
    return source;
  }

 private:
  std::shared_ptr<const Dataset> draw(const Vector<double>& w, std::uint32_t samples, Stream stream) const {
    LinearSamples drawn = draw_linear(w, samples, stream);
    Matrix<float> targets(2, samples);
    for (Index j = 0; j < targets.cols(); ++j) {
      const double time = exponential(stream, 1 / (hazard_ * std::exp(drawn.products[j])));
      const double lost = censoring_ > 0 ? exponential(stream, 1 / censoring_) : time;
      targets(0, j) = static_cast<float>(std::min(time, lost));
      targets(1, j) = time <= lost ? 1.0f : 0.0f;
    }
    return std::make_shared<DenseDataset>(*shape(), std::move(drawn.features), std::vector<std::int32_t>{},
                                          std::move(targets));
  }

  LinearOptions o_;
  double hazard_;
  double censoring_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  LinearOptions options = read_linear_options(section);
  const double hazard = section.real("hazard", {0.1, positive(), "events a unit of time at features of 0", kSource});
  const double censoring =
      section.real("censoring", {0.05, non_negative(), "subjects lost a unit of time; 0: none", kSource});
  return std::make_unique<Survival>(std::move(options), hazard, censoring);
}

const Registration<DatasetEntry> entry{
    {{"survival", "survival times with known log hazard ratios, some censored", kSource}, read}};

}  // namespace
}  // namespace fedtide
