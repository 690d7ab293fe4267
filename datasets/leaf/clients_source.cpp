#include "datasets/leaf/clients_source.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "datasets/byte_dataset.h"
#include "datasets/dense_dataset.h"
#include "datasets/labeled_sequences.h"
#include "datasets/leaf/text_examples.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

using Kind = ClientExamples::Kind;
constexpr int kMostClasses = 1 << 20;

[[noreturn]] void damaged(const std::string& place, const std::string& what) {
  throw Failure(ExitCode::data_damaged, fmt::format("{}: {}", place, what));
}

std::vector<std::uint32_t> rows_of(const ClientExamples::Client& client) {
  std::vector<std::uint32_t> rows(client.end - client.begin);
  std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(client.begin));
  return rows;
}

/// Whose sample i is, for messages.
const std::string& owner(const ClientExamples& examples, std::uint64_t i) {
  for (const auto& client : examples.clients) {
    if (i >= client.begin && i < client.end) return client.name;
  }
  return examples.clients.front().name;
}

std::vector<std::int32_t> whole_labels(const std::string& place, const ClientExamples& examples, int classes) {
  std::vector<std::int32_t> labels;
  labels.reserve(examples.labels.size());
  const int most = classes > 0 ? classes : kMostClasses;
  for (std::size_t i = 0; i < examples.labels.size(); ++i) {
    const double y = examples.labels[i];
    if (!(y >= 0 && y < most) || y != std::floor(y)) {
      damaged(place, fmt::format("the user \"{}\" has the label {}, must be a whole number from 0 to {}",
                                 owner(examples, i), y, most - 1));
    }
    labels.push_back(static_cast<std::int32_t>(y));
  }
  return labels;
}

struct Labels {
  std::vector<std::int32_t> train, test;
  int classes = 0;
};

Labels numbered_texts(const std::string& place, const ClientExamples& train, const ClientExamples& test, int classes) {
  std::map<std::string_view, std::int32_t> number;
  for (const ClientExamples* half : {&train, &test}) {
    for (std::size_t i = 0; i < half->text_labels.size(); ++i) number.emplace(half->text_labels[i], 0);
  }
  Labels labels;
  for (auto& [text, n] : number) n = labels.classes++;
  if (classes > 0 && labels.classes > classes) {
    damaged(place, fmt::format("{} different labels, data.classes is {}", labels.classes, classes));
  }
  labels.classes = std::max(labels.classes, classes);
  for (std::size_t i = 0; i < train.text_labels.size(); ++i) labels.train.push_back(number.at(train.text_labels[i]));
  for (std::size_t i = 0; i < test.text_labels.size(); ++i) labels.test.push_back(number.at(test.text_labels[i]));
  return labels;
}

Labels labels_of(const std::string& place, const ClientExamples& train, const ClientExamples& test, int classes) {
  if (train.label_kind == Kind::text) return numbered_texts(place, train, test, classes);
  Labels labels{whole_labels(place, train, classes), whole_labels(place, test, classes), classes};
  for (const auto* half : {&labels.train, &labels.test}) {
    for (const std::int32_t y : *half) labels.classes = std::max(labels.classes, y + 1);
  }
  return labels;
}

std::shared_ptr<const Dataset> numbers_dataset(const InputShape& shape, ClientExamples& examples, bool invert,
                                               std::vector<std::int32_t> labels) {
  if (invert) examples.values.invert();
  if (examples.values.bytes_only()) {
    return std::make_shared<ByteDataset>(shape, examples.values.take_bytes(), std::move(labels));
  }
  const auto features = static_cast<Index>(examples.width);
  const auto samples = static_cast<Index>(examples.samples);
  Matrix<float> values = Eigen::Map<const Matrix<float>>(examples.values.floats().data(), features, samples);
  examples.values = {};
  return std::make_shared<DenseDataset>(shape, std::move(values), std::move(labels));
}

void load_numbers(const std::string& place, ClientExamples& train, ClientExamples& test, const ClientsOptions& options,
                  DataSource& source) {
  Labels labels = labels_of(place, train, test, options.classes);
  InputShape shape;
  shape.dims = options.dims;
  if (shape.dims.empty()) shape.dims.assign(train.dims.begin(), train.dims.end());
  if (shape.dims.empty()) shape.dims = {static_cast<Index>(train.width)};
  shape.classes = labels.classes;
  if (shape.features() != static_cast<Index>(train.width)) {
    damaged(place, fmt::format("a sample has {} numbers, must have {} = {}", train.width, fmt::join(shape.dims, " x "),
                               shape.features()));
  }
  source.train = numbers_dataset(shape, train, options.invert, std::move(labels.train));
  if (test.samples > 0) source.test = numbers_dataset(shape, test, options.invert, std::move(labels.test));
}

void load_labeled_texts(const std::string& place, const ClientExamples& train, const ClientExamples& test,
                        const ClientsOptions& options, DataSource& source) {
  Labels labels = labels_of(place, train, test, options.classes);
  TextTokens tokens = tokens_of(options.text, train, test);
  InputShape shape;
  shape.kind = InputShape::Kind::sequence;
  shape.dims = {static_cast<Index>(options.text.steps)};
  shape.vocabulary = static_cast<Index>(tokens.vocabulary);
  shape.classes = labels.classes;
  source.train = std::make_shared<LabeledSequences>(shape, std::move(tokens.train), std::move(labels.train));
  if (test.samples == 0) return;
  source.test = std::make_shared<LabeledSequences>(shape, std::move(tokens.test), std::move(labels.test));
}

void check_halves(const std::string& place, const ClientExamples& train, const ClientExamples& test) {
  if (train.samples == 0) damaged(place, "there are no samples for training");
  if (test.samples == 0) return;
  if (train.kind != test.kind || train.label_kind != test.label_kind || train.width != test.width) {
    damaged(place,
            fmt::format("the samples for testing are not like those for training: {} and {} values each, or x or "
                        "y of another type",
                        test.width, train.width));
  }
}

/// Clients of both halves; a test half of other users only has nobody to belong to.
void add_clients(const ClientExamples& train, const ClientExamples& test, DataSource& source) {
  source.natural_clients.emplace();
  Shards natural_test;
  bool common = false;
  for (const auto& client : train.clients) {
    source.natural_clients->append(rows_of(client));
    source.client_names.push_back(client.name);
    const auto found = test.places.find(client.name);
    common = common || found != test.places.end();
    natural_test.append(found == test.places.end() ? std::vector<std::uint32_t>{}
                                                   : rows_of(test.clients[found->second]));
  }
  if (source.test && common) source.natural_test = std::move(natural_test);
}

void add_coarse(const ClientExamples& train, DataSource& source) {
  if (train.coarse.empty()) return;
  Column column{"coarse", {}, {train.coarse.begin(), train.coarse.end()}};
  const std::int32_t most = *std::max_element(train.coarse.begin(), train.coarse.end());
  for (std::int32_t i = 0; i <= most; ++i) column.groups.push_back(std::to_string(i));
  source.columns.push_back(std::move(column));
}

}  // namespace

DataSource clients_source(const std::string& place, ClientExamples train, ClientExamples test,
                          const ClientsOptions& options, std::uint64_t seed) {
  check_halves(place, train, test);
  const std::string objection = objection_to(options.text, train);
  if (!objection.empty()) throw Failure(ExitCode::usage, fmt::format("{}: {}", place, objection));
  DataSource source;
  source.provenance = fmt::format("{} (crc32: {}{}{}): {} clients, {} samples for training and {} for testing", place,
                                  train.checksums, test.checksums.empty() ? "" : ", test ", test.checksums,
                                  train.clients.size(), train.samples, test.samples);
  const std::uint64_t tests = test.samples;
  if (train.kind == Kind::numbers) {
    load_numbers(place, train, test, options, source);
  } else if (train.kind == Kind::text && train.label_kind == Kind::text) {
    load_texts(place, train, test, source);
  } else {
    load_labeled_texts(place, train, test, options, source);
  }
  FEDTIDE_REQUIRE((tests > 0) == (source.test != nullptr), "{} samples for testing", tests);
  add_clients(train, test, source);
  add_coarse(train, source);
  choose_clients(source, options.choice, seed, place);
  return source;
}

}  // namespace fedtide
