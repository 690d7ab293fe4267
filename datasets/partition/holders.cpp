#include "datasets/partition/holders.h"

#include "sim/base/distributions.h"
#include "sim/base/error.h"

namespace fedtide {

std::vector<std::uint32_t> classes_with_samples(const ClassPools& pools) {
  std::vector<std::uint32_t> present;
  for (std::uint32_t k = 0; k < pools.classes(); ++k) {
    if (pools.size(k) > 0) present.push_back(k);
  }
  return present;
}

void require_classes(std::uint32_t labels_per_client, std::size_t classes) {
  if (labels_per_client <= classes) return;
  throw Failure(
      ExitCode::usage,
      fmt::format(
          "data.partition.labels_per_client: a client cannot hold {} labels of the {} that have samples, must be "
          "at most {}",
          labels_per_client, classes, classes));
}

void Holders::require_enough(std::string_view scheme, const ClassPools& pools, std::uint32_t each) const {
  for (std::uint32_t k = 0; k < pools.classes(); ++k) {
    if (pools.size(k) == 0) continue;
    if (clients_[k].empty()) {
      throw Failure(ExitCode::usage,
                    fmt::format("data.partition: {} leaves the {} samples of label {} without a client; have "
                                "at least {} clients or more labels_per_client",
                                scheme, pools.size(k), k, classes_with_samples(pools).size()));
    }
    const std::uint64_t wanted = std::uint64_t{each} * clients_[k].size();
    if (wanted > pools.size(k)) {
      throw Failure(ExitCode::usage,
                    fmt::format("data.partition: {} gives label {} to {} clients, {} samples or more to each, "
                                "and there are {}; have fewer clients",
                                scheme, k, clients_[k].size(), each, pools.size(k)));
    }
  }
}

Shards Holders::hand_out(
    const ClassPools& pools, std::uint32_t clients,
    const std::function<std::vector<std::uint32_t>(std::uint32_t k, std::uint32_t size)>& cut) const {
  std::vector<std::vector<ClassPart>> parts(pools.classes());
  for (std::uint32_t k = 0; k < pools.classes(); ++k) {
    if (pools.size(k) == 0) continue;
    const std::vector<std::uint32_t> counts = cut(k, pools.size(k));
    for (std::size_t h = 0; h < counts.size(); ++h) parts[k].push_back({clients_[k][h], counts[h]});
  }
  return hand_out_classes(pools, parts, clients);
}

Holders draw_holders(const ClassPools& pools, std::uint32_t labels_per_client, std::uint32_t clients,
                     std::uint64_t seed) {
  const std::vector<std::uint32_t> present = classes_with_samples(pools);
  require_classes(labels_per_client, present.size());
  const auto count = static_cast<std::uint32_t>(present.size());
  Holders holders(pools.classes());
  for (std::uint32_t client = 0; client < clients; ++client) {
    const std::uint32_t own = client % count;
    holders.add(present[own], client);
    Stream stream(seed, Purpose::partition, client, 1);
    for (const std::uint32_t other : sample_without_replacement(stream, count - 1, labels_per_client - 1)) {
      holders.add(present[other + (other >= own ? 1 : 0)], client);
    }
  }
  return holders;
}

}  // namespace fedtide
