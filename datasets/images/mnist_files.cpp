#include "datasets/images/mnist_files.h"

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "datasets/byte_dataset.h"
#include "datasets/formats/idx.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kSide = 28;
constexpr int kClasses = 10;

struct Half {
  std::shared_ptr<const Dataset> dataset;
  std::string provenance;
};

Half load_half(const std::string& folder, const std::string& prefix, const std::string& remedy) {
  const std::string labels_file = find_data_file(folder, prefix + "-labels-idx1-ubyte", remedy);
  const std::string images_file = find_data_file(folder, prefix + "-images-idx3-ubyte", remedy);
  IdxLabels labels = read_idx_labels(ContentReader::open(labels_file), kClasses);
  IdxImages images = read_idx_images(ContentReader::open(images_file), labels.labels.size(), labels_file);
  if (images.height != kSide || images.width != kSide) {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: byte 8: images of {} x {} pixels, must be {} x {}",
                                                      images_file, images.height, images.width, kSide, kSide));
  }
  return {std::make_shared<ByteDataset>(mnist_shape(), std::move(images.pixels), std::move(labels.labels)),
          fmt::format("{0}-images {1:08x}, {0}-labels {2:08x}", prefix, images.crc32, labels.crc32)};
}

}  // namespace

std::string find_data_file(const std::string& folder, const std::string& name, const std::string& remedy) {
  std::error_code ignored;
  for (const char* ending : {"", ".gz"}) {
    const fs::path path = fs::path(folder) / (name + ending);
    if (fs::exists(path, ignored)) return path.string();
  }
  throw Failure(ExitCode::no_input, fmt::format("{}: neither {} nor {}.gz is there; {}", folder, name, name, remedy));
}

InputShape mnist_shape() { return {InputShape::Kind::dense, {1, kSide, kSide}, kClasses}; }

DataSource load_mnist_files(const std::string& folder, const std::string& remedy) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    throw Failure(ExitCode::no_input, fmt::format("{}: there is no such folder; {}", folder, remedy));
  }
  Half train = load_half(folder, "train", remedy);
  Half test = load_half(folder, "t10k", remedy);
  DataSource source;
  source.train = std::move(train.dataset);
  source.test = std::move(test.dataset);
  source.provenance = fmt::format("{} (crc32: {}, {})", folder, train.provenance, test.provenance);
  return source;
}

}  // namespace fedtide
