#include "datasets/tables/build.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "datasets/dense_dataset.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

using Rows = std::vector<std::uint32_t>;
constexpr double kLeastDeviation = 1e-9;  // added, as FLamby does

Index features_of(const TableColumn& column) {
  switch (column.rule.type) {
    case ColumnType::number:
      return column.rule.missing == Missing::flag ? 2 : 1;
    case ColumnType::category:
      return static_cast<Index>(column.values.size()) - (column.rule.drop_first ? 1 : 0);
    default:
      return 0;
  }
}

/// Some of each client's rows, or of all rows, move to the test set.
void draw_test_rows(Table& table, std::uint64_t seed) {
  if (table.rules.test_fraction <= 0) return;
  std::vector<Rows> rows_of(std::max<std::size_t>(table.client_names.size(), 1));
  for (std::uint32_t row = 0; row < table.in_test.size(); ++row) {
    if (table.in_test[row] == 0) rows_of[table.clients.empty() ? 0 : table.clients[row]].push_back(row);
  }
  for (std::uint32_t client = 0; client < rows_of.size(); ++client) {
    Rows& rows = rows_of[client];
    Stream stream(seed, Purpose::dataset, 1 + client);
    shuffle(stream, std::span(rows));
    const auto count = static_cast<std::size_t>(table.rules.test_fraction * static_cast<double>(rows.size()));
    for (std::size_t i = 0; i < count; ++i) table.in_test[rows[i]] = 1;
  }
}

double mean_of(const std::vector<float>& numbers, const Rows& rows) {
  double sum = 0;
  std::size_t count = 0;
  for (const std::uint32_t row : rows) {
    if (std::isnan(numbers[row])) continue;
    sum += static_cast<double>(numbers[row]);
    ++count;
  }
  return count > 0 ? sum / static_cast<double>(count) : 0;
}

/// Writes the features of one column, from feature `at` on, for each of the rows.
void write_column(const TableColumn& column, float fill, const Rows& rows, Index at, Matrix<float>& out) {
  const bool flagged = column.rule.missing == Missing::flag;
  const Index skip = column.rule.drop_first ? 1 : 0;
  for (std::size_t j = 0; j < rows.size(); ++j) {
    float* const sample = out.data() + static_cast<Index>(j) * out.rows() + at;
    if (column.rule.type == ColumnType::category) {
      const Index code = static_cast<Index>(column.codes[rows[j]]) - skip;
      if (code >= 0) sample[code] = 1;
    } else {
      const float value = column.numbers[rows[j]];
      sample[0] = std::isnan(value) ? fill : value;
      if (flagged) sample[1] = std::isnan(value) ? 1.0f : 0.0f;
    }
  }
}

struct Features {
  Matrix<float> train, test;
};

Features make_features(Table& table, const Rows& train, const Rows& test) {
  const Index n = shape_of(table).features();
  Features f{Matrix<float>::Zero(n, static_cast<Index>(train.size())),
             Matrix<float>::Zero(n, static_cast<Index>(test.size()))};
  Index at = 0;
  for (TableColumn& column : table.columns) {
    const Index width = features_of(column);
    if (width == 0) continue;
    const bool is_mean = column.rule.missing == Missing::mean || column.rule.missing == Missing::flag;
    const auto fill = static_cast<float>(is_mean ? mean_of(column.numbers, train) : column.rule.constant);
    write_column(column, fill, train, at, f.train);
    write_column(column, fill, test, at, f.test);
    column.numbers = {};
    if (!column.rule.group) column.codes = {};
    at += width;
  }
  return f;
}

/// Mean and deviation of each feature over some rows.
struct Moments {
  Vector<double> mean, deviation;

  Moments(const Matrix<float>& x, const Rows& columns) {
    const auto n = static_cast<double>(columns.size());
    mean = Vector<double>::Zero(x.rows());
    deviation = Vector<double>::Zero(x.rows());
    for (const std::uint32_t j : columns) mean += x.col(j).cast<double>();
    mean /= std::max(n, 1.0);
    for (const std::uint32_t j : columns) deviation.array() += (x.col(j).cast<double>() - mean).array().square();
    for (Index i = 0; i < x.rows(); ++i) {
      deviation[i] = n > 1 && deviation[i] > 0 ? std::sqrt(deviation[i] / (n - 1)) + kLeastDeviation : 1;
    }
  }
  void apply(Matrix<float>& x, const Rows& columns, const std::vector<bool>& wanted) const {
    for (const std::uint32_t j : columns) {
      for (Index i = 0; i < x.rows(); ++i) {
        if (!wanted[static_cast<std::size_t>(i)]) continue;
        x(i, j) = static_cast<float>((static_cast<double>(x(i, j)) - mean[i]) / deviation[i]);
      }
    }
  }
};

/// Which features are standardized.
std::vector<bool> standardized(const Table& table) {
  std::vector<bool> wanted;
  for (const TableColumn& column : table.columns) {
    const bool is_category = column.rule.type == ColumnType::category;
    for (Index i = 0; i < features_of(column); ++i) {
      wanted.push_back(table.rules.standardize_categories || (!is_category && i == 0));
    }
  }
  return wanted;
}

Rows all_columns(const Matrix<float>& x) {
  Rows all(static_cast<std::size_t>(x.cols()));
  std::iota(all.begin(), all.end(), 0u);
  return all;
}

void standardize(const Table& table, const std::optional<Shards>& train, const std::optional<Shards>& test,
                 Features& f) {
  if (table.rules.standardize == Standardize::none) return;
  const std::vector<bool> wanted = standardized(table);
  if (table.rules.standardize == Standardize::pooled || !train) {
    const Moments moments(f.train, all_columns(f.train));
    moments.apply(f.train, all_columns(f.train), wanted);
    moments.apply(f.test, all_columns(f.test), wanted);
    return;
  }
  // Test rows of nobody who trains are seen as all training rows are.
  Rows strangers;
  std::vector<bool> held(static_cast<std::size_t>(f.test.cols()));
  if (test) {
    for (const std::uint32_t j : test->rows) held[j] = true;
  }
  for (const std::uint32_t j : all_columns(f.test)) {
    if (!held[j]) strangers.push_back(j);
  }
  if (!strangers.empty()) Moments(f.train, all_columns(f.train)).apply(f.test, strangers, wanted);
  for (std::uint32_t i = 0; i < train->population(); ++i) {
    const auto columns_of = [i](const Shards& shards) {
      const auto rows = shards.of(ClientId{i});
      return Rows(rows.begin(), rows.end());
    };
    const Moments moments(f.train, columns_of(*train));
    moments.apply(f.train, columns_of(*train), wanted);
    if (test) moments.apply(f.test, columns_of(*test), wanted);
  }
}

/// The places in `rows` of each client's rows, for clients with a number in `number_of`.
Shards shards_of(const Table& table, const Rows& rows, const Rows& number_of, std::uint32_t clients) {
  std::vector<Rows> places(clients);
  for (std::uint32_t j = 0; j < rows.size(); ++j) {
    const std::uint32_t number = number_of[table.clients[rows[j]]];
    if (number < clients) places[number].push_back(j);
  }
  Shards shards;
  for (const Rows& shard : places) shards.append(shard);
  return shards;
}

void add_clients(const Table& table, const Rows& train, const Rows& test, DataSource& source) {
  if (table.clients.empty()) return;
  const auto none = static_cast<std::uint32_t>(table.client_names.size());
  std::vector<bool> trains(none);
  for (const std::uint32_t row : train) trains[table.clients[row]] = true;
  Rows number_of(none, none);
  for (std::uint32_t client = 0; client < none; ++client) {
    if (!trains[client]) continue;
    number_of[client] = static_cast<std::uint32_t>(source.client_names.size());
    source.client_names.push_back(table.client_names[client]);
  }
  const auto clients = static_cast<std::uint32_t>(source.client_names.size());
  source.natural_clients = shards_of(table, train, number_of, clients);
  if (!test.empty()) source.natural_test = shards_of(table, test, number_of, clients);
  Column column{"client", source.client_names, {}};
  for (const std::uint32_t row : train) column.codes.push_back(number_of[table.clients[row]]);
  source.columns.push_back(std::move(column));
}

std::vector<std::int32_t> labels_of(const Table& table, const Rows& rows) {
  std::vector<std::int32_t> labels;
  for (const TableColumn& column : table.columns) {
    if (column.rule.type != ColumnType::label) continue;
    for (const std::uint32_t row : rows) labels.push_back(static_cast<std::int32_t>(column.codes[row]));
  }
  return labels;
}

Matrix<float> targets_of(const Table& table, const Rows& rows) {
  Matrix<float> targets(shape_of(table).targets, static_cast<Index>(rows.size()));
  if (targets.rows() == 0) return {};
  Index i = 0;
  for (const TableColumn& column : table.columns) {
    if (column.rule.type != ColumnType::target) continue;
    for (std::size_t j = 0; j < rows.size(); ++j) targets(i, static_cast<Index>(j)) = column.numbers[rows[j]];
    ++i;
  }
  return targets;
}

std::vector<Column> groups_of(const Table& table, const Rows& rows) {
  std::vector<Column> groups;
  for (const TableColumn& column : table.columns) {
    if (column.rule.type != ColumnType::group && !column.rule.group) continue;
    Column group{column.rule.name, column.values.names(), {}};
    for (const std::uint32_t row : rows) group.codes.push_back(column.codes[row]);
    groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace

InputShape shape_of(const Table& table) {
  InputShape shape;
  Index features = 0;
  for (const TableColumn& column : table.columns) {
    features += features_of(column);
    if (column.rule.type == ColumnType::label) shape.classes = static_cast<int>(column.values.size());
    if (column.rule.type == ColumnType::target) ++shape.targets;
  }
  shape.dims = {features};
  return shape;
}

DataSource build_source(Table table, std::uint64_t seed) {
  return build_source(std::move(table), seed,
                      [](const InputShape& shape, std::span<const std::uint32_t>, Matrix<float> values,
                         std::vector<std::int32_t> labels, Matrix<float> targets) -> std::shared_ptr<const Dataset> {
                        return std::make_shared<DenseDataset>(shape, std::move(values), std::move(labels),
                                                              std::move(targets));
                      });
}

DataSource build_source(Table table, std::uint64_t seed, const MakeDataset& make) {
  draw_test_rows(table, seed);
  Rows train, test;
  for (std::uint32_t row = 0; row < table.in_test.size(); ++row) {
    (table.in_test[row] != 0 ? test : train).push_back(row);
  }
  const InputShape shape = shape_of(table);
  DataSource source;
  source.columns = groups_of(table, train);
  add_clients(table, train, test, source);
  std::vector<std::int32_t> train_labels = labels_of(table, train), test_labels = labels_of(table, test);
  Matrix<float> train_targets = targets_of(table, train), test_targets = targets_of(table, test);
  Features features = make_features(table, train, test);
  standardize(table, source.natural_clients, source.natural_test, features);
  source.train = make(shape, train, std::move(features.train), std::move(train_labels), std::move(train_targets));
  if (!test.empty()) {
    source.test = make(shape, test, std::move(features.test), std::move(test_labels), std::move(test_targets));
  }
  source.provenance =
      fmt::format("{}: {} rows for training and {} for testing", table.provenance, train.size(), test.size());
  return source;
}

}  // namespace fedtide
