#include "sim/experiment/partition_report.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "sim/base/statistics.h"
#include "sim/experiment/data.h"

namespace fedtide {
namespace {

std::vector<double> as_doubles(const std::vector<std::uint32_t>& values) { return {values.begin(), values.end()}; }

void add_labels(PartitionReport& report) {
  if (!report.labels) return;
  report.skew = measure_skew(*report.labels);
  report.classes = spread_of(as_doubles(report.skew->classes));
  report.entropy = spread_of(report.skew->entropy);
  report.emd = spread_of(report.skew->emd);
  report.jensen_shannon = spread_of(report.skew->jensen_shannon);
}

}  // namespace

Spread spread_of(std::vector<double> values) {
  Spread spread;
  if (values.empty()) return spread;
  std::sort(values.begin(), values.end());
  for (std::size_t q = 0; q < spread.values.size(); ++q) {
    const double position = Spread::kQuantiles[q] * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    spread.values[q] = values[below] + (position - static_cast<double>(below)) * (values[above] - values[below]);
  }
  spread.mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  return spread;
}

PartitionReport report_partition(const ExperimentConfig& config) {
  ClientsData data = load_clients(config);
  PartitionReport report;
  report.name = config.name;
  report.dataset = config.data.dataset;
  report.provenance = data.provenance;
  report.scheme = config.data.scheme;
  report.seed = config.seed;
  report.sharing = config.data.partition->shares();
  report.shifts = config.data.shift_names;
  report.sizes = data.train.dataset ? sizes_of(data.train.shards) : std::move(data.sizes_only);
  report.clients = static_cast<std::uint32_t>(report.sizes.size());
  report.train_samples = std::accumulate(report.sizes.begin(), report.sizes.end(), std::uint64_t{0});
  report.held_out_samples = data.held_out.shards.rows.size();
  report.unseen_clients = static_cast<std::uint32_t>(data.unseen_clients.size());
  report.unseen_samples = data.unseen.shards.rows.size();
  report.test_samples = data.test ? data.test->size() : 0;
  report.names = std::move(data.names);
  report.labels = std::move(data.labels);
  const std::vector<double> sizes = as_doubles(report.sizes);
  report.size_gini = gini(sizes);
  report.size = spread_of(sizes);
  add_labels(report);
  return report;
}

}  // namespace fedtide
