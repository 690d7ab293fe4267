#include "sim/experiment/summaries.h"

namespace fedtide {

std::vector<ClientSummary> summarize_clients(const Assembly& assembly, const Recorder& recorder) {
  std::vector<ClientSummary> clients(assembly.train_samples.size());
  const Accounts accounts = assembly.fleet->accounts();
  for (std::uint32_t i = 0; i < clients.size(); ++i) {
    const Link link = assembly.fleet->link(ClientId{i});
    clients[i] = {.compute_rate = assembly.fleet->device(ClientId{i}).compute.per_second,
                  .down_rate = link.down.per_second,
                  .up_rate = link.up.per_second,
                  .latency_s = link.latency.seconds(),
                  .train_samples = assembly.train_samples[i],
                  .test_samples = assembly.test_samples[i],
                  .dispatched = recorder.dispatched(i),
                  .reported = recorder.reported(i),
                  .power = accounts.energy ? assembly.fleet->power(ClientId{i}) : Power{},
                  .energy_j = recorder.spent_j(i),
                  .wasted_j = recorder.wasted_j(i),
                  .metered = accounts.metered && assembly.fleet->metered(ClientId{i})};
  }
  return clients;
}

PartitionSummary summarize_partition(const Assembly& assembly) {
  PartitionSummary partition;
  partition.clients = static_cast<std::int64_t>(assembly.train_samples.size());
  partition.train_samples.assign(assembly.train_samples.begin(), assembly.train_samples.end());
  partition.test_samples.assign(assembly.test_samples.begin(), assembly.test_samples.end());
  partition.train_rows = assembly.source_rows.train;
  partition.test_rows = assembly.source_rows.test;
  partition.client_names = assembly.client_names;
  if (assembly.labels) {
    const Skew skew = measure_skew(*assembly.labels);
    partition.classes = assembly.labels->classes;
    partition.label_count = assembly.labels->counts;
    partition.entropy = skew.entropy;
    partition.emd = skew.emd;
    partition.js = skew.jensen_shannon;
  }
  return partition;
}

std::vector<WeightSpan> spans_of(const Layout& layout) {
  std::vector<WeightSpan> spans;
  for (const WeightRange& range : layout.ranges()) spans.push_back({range.name, range.offset, range.size()});
  return spans;
}

}  // namespace fedtide
