#pragma once
// What the tests of texts and tables share.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/learn/dataset.h"
#include "tests/datasets/helpers.h"

namespace fedtide {

inline ByteString bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

/// A data set from the keys of `data:`, in YAML.
inline std::unique_ptr<DataLoader> loader_of(const std::string& yaml) {
  const Node root = load_yaml_text(yaml, "test.yaml");
  Problems problems;
  return read_config(root, problems, [](Section& s) {
    std::unique_ptr<DataLoader> result;
    s.choose_from<DatasetEntry>("dataset", std::nullopt, "",
                                [&](const DatasetEntry& entry) { result = entry.read(s); });
    return result;
  });
}

inline DataSource source_of(const std::string& yaml, std::uint64_t seed = 1) { return loader_of(yaml)->load(seed); }

/// Features of one sample.
inline std::vector<double> sample(const Dataset& dataset, std::uint32_t row) {
  Batch<double> batch;
  dataset.gather(std::vector{row}, batch);
  return {batch.dense.data(), batch.dense.data() + batch.dense.rows()};
}

/// All samples, one after the other, with their labels and targets: to compare data sets.
inline std::vector<std::vector<double>> samples(const Dataset& dataset) {
  std::vector<std::vector<double>> all;
  Batch<double> batch;
  for (std::uint32_t row = 0; row < dataset.size(); ++row) {
    dataset.gather(std::vector{row}, batch);
    auto& one = all.emplace_back();
    if (dataset.shape().kind == InputShape::Kind::dense) one = sample(dataset, row);
    for (Index e = 0; e < (dataset.shape().kind == InputShape::Kind::sparse ? batch.rows[1] : 0); ++e) {
      one.push_back(batch.columns[static_cast<std::size_t>(e)]);
      one.push_back(batch.values[static_cast<std::size_t>(e)]);
    }
    one.push_back(dataset.labels().empty() ? -1 : dataset.labels()[row]);
    if (batch.targets.size() > 0) one.push_back(batch.targets(0, 0));
  }
  return all;
}

inline std::vector<std::int32_t> labels_of(const Dataset& dataset) {
  return {dataset.labels().begin(), dataset.labels().end()};
}

inline std::vector<int> count_labels(const Dataset& dataset) {
  std::vector<int> counts(static_cast<std::size_t>(dataset.shape().classes));
  for (const std::int32_t label : dataset.labels()) ++counts[static_cast<std::size_t>(label)];
  return counts;
}

/// The rows of each client.
inline std::vector<std::vector<std::uint32_t>> rows_of(const std::optional<Shards>& shards) {
  std::vector<std::vector<std::uint32_t>> rows;
  REQUIRE(shards.has_value());
  for (std::uint32_t i = 0; i < shards->population(); ++i) {
    const auto own = shards->of(ClientId{i});
    rows.emplace_back(own.begin(), own.end());
  }
  return rows;
}

inline std::vector<std::size_t> client_sizes(const std::optional<Shards>& shards) {
  std::vector<std::size_t> sizes;
  for (const auto& rows : rows_of(shards)) sizes.push_back(rows.size());
  return sizes;
}

}  // namespace fedtide
