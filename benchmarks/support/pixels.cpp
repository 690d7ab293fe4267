// The data set `pixels`, for whole-run benchmarks without files: only bench_run knows it.

#include "benchmarks/support/workload.h"
#include "sim/config/section.h"

namespace fedtide::bench {
namespace {

class Pixels final : public DataLoader {
 public:
  Pixels(InputShape shape, std::uint32_t samples, std::uint32_t test_samples)
      : shape_(std::move(shape)), samples_(samples), test_samples_(test_samples) {}
  std::optional<InputShape> shape() const override { return shape_; }
  DataSource load(std::uint64_t seed) const override {
    DataSource source;
    source.train = generate_images(shape_.dims, shape_.classes, samples_, seed);
    source.test = generate_images(shape_.dims, shape_.classes, test_samples_, seed + 1);
    source.provenance = "generated pixels";
    return source;
  }

 private:
  InputShape shape_;
  std::uint32_t samples_;
  std::uint32_t test_samples_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  const auto whole = [&](const char* key, double fallback, const char* help) {
    return section.whole(key, {.fallback = fallback, .bounds = between(1, 1e7), .help = help, .source = ""});
  };
  const Index channels = whole("channels", 3, "channels of an image");
  const Index height = whole("height", 32, "rows of an image");
  const Index width = whole("width", 32, "columns of an image");
  const auto samples = static_cast<std::uint32_t>(whole("samples", 50000, "images for training"));
  const auto test_samples = static_cast<std::uint32_t>(whole("test_samples", 10000, "images for testing"));
  return std::make_unique<Pixels>(InputShape{InputShape::Kind::dense, {channels, height, width}, 10}, samples,
                                  test_samples);
}

const Registration<DatasetEntry> entry{{{"pixels", "generated images of 10 classes, for benchmarks", ""}, read}};

}  // namespace
}  // namespace fedtide::bench
