// The source `linear`: numbers to predict by linear regression, whose best weights are known.
//
//   y = w x + intercept + noise N(0, 1),  x ~ N(0, I)
//
// Streams (seed, dataset, 0 coefficients | 1 training samples | 2 test samples). No labels.

#include <memory>
#include <utility>

#include "datasets/dense_dataset.h"
#include "datasets/synthetic/coefficients.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

class Linear final : public DataLoader {
 public:
  Linear(LinearOptions options, double intercept, double noise)
      : o_(std::move(options)), intercept_(intercept), noise_(noise) {}
  std::optional<InputShape> shape() const override {
    InputShape shape{InputShape::Kind::dense, {o_.features}};
    shape.targets = 1;
    return shape;
  }
  DataSource load(std::uint64_t seed) const override {
    const Vector<double> w = coefficients_of(o_, seed);
    DataSource source;
    source.train = draw(w, o_.samples, Stream(seed, Purpose::dataset, 1));
    if (o_.test_samples > 0) source.test = draw(w, o_.test_samples, Stream(seed, Purpose::dataset, 2));
    source.provenance =
        fmt::format("generated: linear, {} samples of {} features, seed {}", o_.samples, o_.features, seed);
    return source;
  }

 private:
  std::shared_ptr<const Dataset> draw(const Vector<double>& w, std::uint32_t samples, Stream stream) const {
    LinearSamples drawn = draw_linear(w, samples, stream);
    Matrix<float> targets(1, samples);
    for (Index j = 0; j < targets.cols(); ++j) {
      targets(0, j) = static_cast<float>(drawn.products[j] + intercept_ + noise_ * normal(stream));
    }
    return std::make_shared<DenseDataset>(*shape(), std::move(drawn.features), std::vector<std::int32_t>{},
                                          std::move(targets));
  }

  LinearOptions o_;
  double intercept_;
  double noise_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  LinearOptions options = read_linear_options(section);
  const double intercept = section.real("intercept", {0, anything(), "value at features of 0", ""});
  const double noise = section.real("noise", {0.1, non_negative(), "standard deviation around the line", ""});
  return std::make_unique<Linear>(std::move(options), intercept, noise);
}

const Registration<DatasetEntry> entry{
    {{"linear", "numbers to predict by linear regression, with known best weights", ""}, read}};

}  // namespace
}  // namespace fedtide
