// The source `blobs`: a mixture of one normal distribution a class, for tests and first tries; needs no files.
//
// Class k has a center c_k ~ N(0, I); a sample of class k is c_k + spread N(0, I). Sample i has class i mod classes, so
// that classes are as equal as can be. Streams (seed, dataset, 0 centers | 1 training samples | 2 test samples).

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

struct BlobsOptions {
  std::uint32_t samples = 0;
  std::uint32_t test_samples = 0;
  std::uint32_t features = 0;
  std::uint32_t classes = 0;
  double spread = 0;
};

class Blobs final : public DataLoader {
 public:
  explicit Blobs(const BlobsOptions& options) : o_(options) {}
  std::optional<InputShape> shape() const override {
    return InputShape{InputShape::Kind::dense, {o_.features}, static_cast<int>(o_.classes)};
  }
  DataSource load(std::uint64_t seed) const override {
    Matrix<double> centers(o_.features, o_.classes);
    Stream stream(seed, Purpose::dataset, 0);
    for (double& c : centers.reshaped()) c = normal(stream);
    DataSource source;
    source.train = draw(centers, o_.samples, Stream(seed, Purpose::dataset, 1));
    if (o_.test_samples > 0) source.test = draw(centers, o_.test_samples, Stream(seed, Purpose::dataset, 2));
    source.provenance =
        fmt::format("generated: blobs, {} samples of {} classes, seed {}", o_.samples, o_.classes, seed);
    return source;
  }

 private:
  std::shared_ptr<const Dataset> draw(const Matrix<double>& centers, std::uint32_t samples, Stream stream) const {
    Matrix<float> values(o_.features, samples);
    std::vector<std::int32_t> labels(samples);
    for (std::uint32_t j = 0; j < samples; ++j) {
      const std::uint32_t k = j % o_.classes;
      labels[j] = static_cast<std::int32_t>(k);
      for (Index f = 0; f < centers.rows(); ++f) {
        values(f, j) = static_cast<float>(centers(f, k) + o_.spread * normal(stream));
      }
    }
    return std::make_shared<DenseDataset>(*shape(), std::move(values), std::move(labels));
  }

  BlobsOptions o_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  BlobsOptions o;
  o.samples = static_cast<std::uint32_t>(section.whole("samples", {2000, between(1, 1e9), "samples for training", ""}));
  o.test_samples =
      static_cast<std::uint32_t>(section.whole("test_samples", {500, between(0, 1e9), "samples for testing", ""}));
  o.features = static_cast<std::uint32_t>(section.whole("features", {20, between(1, 1e6), "features of a sample", ""}));
  o.classes = static_cast<std::uint32_t>(section.whole("classes", {10, between(2, 1e6), "classes", ""}));
  o.spread =
      section.real("spread", {1, non_negative(), "standard deviation within a class; the classes' centers have 1", ""});
  return std::make_unique<Blobs>(o);
}

const Registration<DatasetEntry> entry{
    {{"blobs", "one normal distribution a class; needs no files, for first tries", ""}, read}};

}  // namespace
}  // namespace fedtide
