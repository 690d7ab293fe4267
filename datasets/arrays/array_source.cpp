#include "datasets/arrays/array_source.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <utility>

#include "datasets/byte_dataset.h"
#include "datasets/dense_dataset.h"
#include "datasets/natural_clients.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

constexpr int kMostClasses = 1 << 20;

[[noreturn]] void damaged(const Array& array, const std::string& what) {
  throw Failure(ExitCode::data_damaged, fmt::format("{}: {}", array.file, what));
}

std::string text_of(const std::vector<std::uint64_t>& dims) { return fmt::format("{}", fmt::join(dims, " x ")); }

std::vector<Index> sample_dims(const Array& x, bool channels_last) {
  const auto dim = [&x](std::size_t i) { return static_cast<Index>(x.dims[i]); };
  if (x.size() == 0 || x.dims.empty() || x.dims.size() > 4) {
    damaged(x, fmt::format("x has the shape ({}), must have 1 to 4 dimensions, none of them 0", text_of(x.dims)));
  }
  if (x.dims[0] > std::numeric_limits<std::uint32_t>::max())
    damaged(x, fmt::format("{} samples do not fit in 32 bits", x.dims[0]));
  switch (x.dims.size()) {
    case 1:
      return {1};
    case 2:
      return {dim(1)};
    case 3:
      return {1, dim(1), dim(2)};
    default:
      return channels_last ? std::vector<Index>{dim(3), dim(1), dim(2)} : std::vector<Index>{dim(1), dim(2), dim(3)};
  }
}

/// Where value i of a sample with its channels last goes when planes come one after the other.
std::vector<std::uint64_t> plane_order(const Array& x) {
  const std::uint64_t channels = x.dims[3], positions = x.dims[1] * x.dims[2];
  std::vector<std::uint64_t> to;
  for (std::uint64_t k = 0; k < positions; ++k) {
    for (std::uint64_t c = 0; c < channels; ++c) to.push_back(c * positions + k);
  }
  return to;
}

/// Samples as [features, samples]; `order` is empty or says where each value of a sample goes.
Matrix<float> dense_values(const Array& x, const std::vector<std::uint64_t>& order) {
  const std::uint64_t samples = x.dims[0], features = x.size() / samples;
  Matrix<float> values(static_cast<Index>(features), static_cast<Index>(samples));
  const float scale = x.is_bytes() ? 255.0f : 1.0f;
  std::visit(
      [&](const auto& from) {
        for (std::uint64_t i = 0; i < from.size(); ++i) {
          const auto value = static_cast<float>(from[i]);
          if (!std::isfinite(value))
            damaged(x, fmt::format("value {} of x is {}, must be a number that float32 holds", i,
                                   static_cast<double>(from[i])));
          const std::uint64_t at = order.empty() ? i : i - i % features + order[i % features];
          values.data()[at] = value / scale;
        }
      },
      x.values);
  return values;
}

std::vector<std::uint8_t> byte_values(Array& x, const std::vector<std::uint64_t>& order) {
  auto& from = std::get<std::vector<std::uint8_t>>(x.values);
  if (order.empty()) return std::move(from);
  std::vector<std::uint8_t> values(from.size());
  for (std::uint64_t i = 0; i < from.size(); i += order.size()) {
    for (std::uint64_t k = 0; k < order.size(); ++k) values[i + order[k]] = from[i + k];
  }
  return values;
}

void require_rows(const Array& array, const Array& x, const char* name) {
  if (!array.dims.empty() && array.dims[0] == x.dims[0]) return;
  damaged(array,
          fmt::format("{} has the shape ({}), must begin with {} as x does", name, text_of(array.dims), x.dims[0]));
}

bool has_labels(const ArrayHalf& half) { return half.y && !half.y->is_real(); }

std::vector<std::int32_t> labels_of(const ArrayHalf& half, int classes) {
  if (!has_labels(half)) return {};
  const Array& y = *half.y;
  require_rows(y, half.x, "y");
  if (y.size() != half.x.dims[0])
    damaged(y, fmt::format("y has the shape ({}), must be one label for each sample", text_of(y.dims)));
  const int most = classes > 0 ? classes : kMostClasses;
  std::vector<std::int32_t> labels;
  for (std::uint64_t i = 0; i < y.size(); ++i) {
    const double label = y.at(i);
    if (!(label >= 0 && label < most)) damaged(y, fmt::format("label {} is {}, must be 0 to {}", i, label, most - 1));
    labels.push_back(static_cast<std::int32_t>(label));
  }
  return labels;
}

Matrix<float> targets_of(const ArrayHalf& half) {
  if (!half.y || has_labels(half)) return {};
  const Array& y = *half.y;
  require_rows(y, half.x, "y");
  if (y.dims.size() > 2 || y.size() == 0)
    damaged(y, fmt::format("y has the shape ({}), must have one or two dimensions", text_of(y.dims)));
  const auto samples = static_cast<Index>(y.dims[0]);
  Matrix<float> targets(static_cast<Index>(y.size()) / samples, samples);
  for (std::uint64_t i = 0; i < y.size(); ++i) {
    const auto value = static_cast<float>(y.at(i));
    if (!std::isfinite(value))
      damaged(y, fmt::format("value {} of y is {}, must be a number that float32 holds", i, y.at(i)));
    targets.data()[i] = value;
  }
  return targets;
}

std::vector<std::int64_t> clients_of(const ArrayHalf& half) {
  const Array& client = *half.client;
  require_rows(client, half.x, "client");
  if (client.is_real() || client.size() != half.x.dims[0]) {
    damaged(client, "client must be one whole number for each sample");
  }
  std::vector<std::int64_t> clients;
  std::visit(
      [&clients](const auto& v) {
        for (const auto each : v) clients.push_back(static_cast<std::int64_t>(each));
      },
      client.values);
  return clients;
}

/// Rows by client, for the clients of the training set; rows of other clients are nobody's.
Shards shards_of(const std::vector<std::int64_t>& clients, const std::map<std::int64_t, std::uint32_t>& place) {
  std::vector<std::uint32_t> codes;
  const auto none = static_cast<std::uint32_t>(place.size());
  for (const std::int64_t client : clients) {
    const auto found = place.find(client);
    codes.push_back(found == place.end() ? none : found->second);
  }
  Shards shards = rows_by_group(codes, none + 1);
  shards.begin.pop_back();
  shards.rows.resize(shards.begin.back());
  return shards;
}

void add_clients(const ArrayHalf& train, const ArrayHalf* test, DataSource& source) {
  if (!train.client) return;
  const std::vector<std::int64_t> clients = clients_of(train);
  std::map<std::int64_t, std::uint32_t> place;
  for (const std::int64_t client : clients) place.emplace(client, 0);
  for (auto& [client, code] : place) {
    code = static_cast<std::uint32_t>(source.client_names.size());
    source.client_names.push_back(std::to_string(client));
  }
  source.natural_clients = shards_of(clients, place);
  if (test != nullptr && test->client) source.natural_test = shards_of(clients_of(*test), place);
}

std::shared_ptr<const Dataset> dataset_of(ArrayHalf& half, const InputShape& shape, std::vector<std::int32_t> labels,
                                          bool channels_last) {
  const std::vector<std::uint64_t> order =
      channels_last && half.x.dims.size() == 4 ? plane_order(half.x) : std::vector<std::uint64_t>{};
  if (half.x.is_bytes() && !labels.empty()) {
    return std::make_shared<ByteDataset>(shape, byte_values(half.x, order), std::move(labels));
  }
  return std::make_shared<DenseDataset>(shape, dense_values(half.x, order), std::move(labels), targets_of(half));
}

void require_alike(const ArrayHalf& train, const ArrayHalf& test, const InputShape& shape, bool channels_last) {
  if (sample_dims(test.x, channels_last) != shape.dims) {
    damaged(test.x, fmt::format("test x has the shape ({}), x has ({})", text_of(test.x.dims), text_of(train.x.dims)));
  }
  if (train.y.has_value() != test.y.has_value() || has_labels(train) != has_labels(test)) {
    damaged(test.x, "y and test y must both be there, of labels (integers) or of numbers to predict (floats)");
  }
  if (!has_labels(train) && targets_of(test).rows() != targets_of(train).rows()) {
    damaged(*test.y, "test y has not as many numbers to predict as y");
  }
}

}  // namespace

DataSource array_source(ArrayHalf train, std::optional<ArrayHalf> test, const ArrayOptions& options) {
  InputShape shape;
  shape.dims = sample_dims(train.x, options.channels_last);
  if (test) require_alike(train, *test, shape, options.channels_last);
  std::vector<std::int32_t> labels = labels_of(train, options.classes), test_labels;
  if (test) test_labels = labels_of(*test, options.classes);
  shape.classes = options.classes;
  for (const auto* half : {&labels, &test_labels}) {
    for (const std::int32_t label : *half) shape.classes = std::max(shape.classes, label + 1);
  }
  if (!has_labels(train)) shape.classes = 0;
  shape.targets = targets_of(train).rows();

  DataSource source;
  source.provenance = fmt::format("{} (crc32 {:08x}), {} samples for training and {} for testing", train.x.file,
                                  train.x.crc32, train.x.dims[0], test ? test->x.dims[0] : 0);
  add_clients(train, test ? &*test : nullptr, source);
  source.train = dataset_of(train, shape, std::move(labels), options.channels_last);
  if (test) source.test = dataset_of(*test, shape, std::move(test_labels), options.channels_last);
  return source;
}

}  // namespace fedtide
