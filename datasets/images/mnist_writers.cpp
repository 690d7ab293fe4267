#include "datasets/images/mnist_writers.h"

#include <filesystem>
#include <map>
#include <utility>

#include "datasets/formats/idx.h"
#include "datasets/images/mnist_files.h"
#include "datasets/natural_clients.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

constexpr std::uint64_t kColumns = 8;
constexpr std::uint64_t kClass = 0;
constexpr std::uint64_t kWriter = 2;

struct ExtendedLabels {
  std::string file;
  std::vector<std::int32_t> values;  ///< [rows, 8]
  std::uint32_t crc32 = 0;

  std::int32_t at(std::uint64_t row, std::uint64_t column) const { return values[row * kColumns + column]; }
};

ExtendedLabels read_extended(const std::string& folder, const std::string& name, const Dataset& data) {
  ExtendedLabels labels;
  labels.file = find_data_file(folder, name, "data.writers_path must name the folder with QMNIST's labels");
  Array array = read_idx(ContentReader::open(labels.file));
  auto* values = std::get_if<std::vector<std::int32_t>>(&array.values);
  if (values == nullptr || array.dims.size() != 2 || array.dims[1] != kColumns) {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: found {} values, must be rows of {} 32-bit integers",
                                                      labels.file, fmt::join(array.dims, " x "), kColumns));
  }
  if (array.dims[0] < data.size()) {
    throw Failure(ExitCode::data_damaged,
                  fmt::format("{}: {} rows, but there are {} images", labels.file, array.dims[0], data.size()));
  }
  labels.values = std::move(*values);
  labels.crc32 = array.crc32;
  for (std::uint32_t row = 0; row < data.size(); ++row) {
    if (labels.at(row, kClass) == data.labels()[row]) continue;
    throw Failure(
        ExitCode::data_damaged,
        fmt::format("{}: row {} is of class {}, image {} has the label {}: labels of another set, such as one "
                    "in another order",
                    labels.file, row, labels.at(row, kClass), row, data.labels()[row]));
  }
  return labels;
}

}  // namespace

void add_writers(DataSource& source, const std::string& folder) {
  const ExtendedLabels train = read_extended(folder, "qmnist-train-labels-idx2-int", *source.train);
  const ExtendedLabels test = read_extended(folder, "qmnist-test-labels-idx2-int", *source.test);
  std::map<std::int32_t, std::uint32_t> place;
  for (std::uint32_t row = 0; row < source.train->size(); ++row) place.emplace(train.at(row, kWriter), 0);
  Column column{"writer", {}, {}};
  for (auto& [writer, code] : place) {
    code = static_cast<std::uint32_t>(column.groups.size());
    column.groups.push_back(std::to_string(writer));
  }
  for (std::uint32_t row = 0; row < source.train->size(); ++row) {
    column.codes.push_back(place.at(train.at(row, kWriter)));
  }
  source.natural_clients = rows_by_group(column.codes, static_cast<std::uint32_t>(column.groups.size()));
  source.client_names = column.groups;
  source.columns.push_back(std::move(column));
  source.provenance +=
      fmt::format("; writers from {} (crc32: train {:08x}, test {:08x})", folder, train.crc32, test.crc32);
}

}  // namespace fedtide
