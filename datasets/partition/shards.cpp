// Shards, the pathological Non-IID split: most clients see two classes.
// McMahan, Moore, Ramage, Hampson, Aguera y Arcas: Communication-efficient learning of deep networks from decentralized
// data. AISTATS 2017 (arXiv 1602.05629), section 3, "Non-IID".
//
// Rule: sort the samples by label, cut them into S x K shards of equal size, and give each of the K clients S random
// ones; the paper has S = 2 and MNIST in 200 shards of 300. A shard may lie across the border of two classes, so that a
// client sees at most 2 S of them when shards are smaller than classes. Clients' sizes are equal, the first ones
// holding one more where the number of samples does not divide; to keep that exact, a shard is cut for the client that
// it has been drawn for.

#include <memory>
#include <numeric>
#include <vector>

#include "datasets/partition/common.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

class SortedShards final : public Partitioner {
 public:
  explicit SortedShards(std::uint32_t per_client) : per_client_(per_client) {}

  bool needs_labels() const override { return true; }
  Shards partition(const PartitionInput& in) const override {
    require_labels("shards", in.labels);
    require_samples(in);
    const std::uint64_t count = std::uint64_t{in.clients} * per_client_;
    if (count > in.samples) {
      throw Failure(
          ExitCode::usage,
          fmt::format("data.partition.shards_per_client: {} for each of {} clients are {} shards of {} samples, "
                      "must be at most {}",
                      per_client_, in.clients, count, in.samples, in.samples / in.clients));
    }
    // Shard number client * S + s is one of that client's; their order along the sorted samples is random.
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0u);
    Stream stream(in.seed, Purpose::partition);
    shuffle(stream, std::span(order));

    const std::vector<std::uint32_t> sizes = shard_sizes(in.samples, in.clients);
    std::vector<std::uint64_t> start(count);
    std::uint64_t next = 0;
    for (const std::uint32_t shard : order) {
      start[shard] = next;
      next += sizes[shard];
    }
    return collect(ClassPools(in.labels, in.classes), in.clients, start, sizes);
  }

 private:
  std::vector<std::uint32_t> shard_sizes(std::uint64_t samples, std::uint32_t clients) const {
    std::vector<std::uint32_t> sizes;
    for (const std::uint32_t mine : equal_sizes(samples, clients)) {
      for (const std::uint32_t size : equal_sizes(mine, per_client_)) sizes.push_back(size);
    }
    return sizes;
  }

  Shards collect(const ClassPools& pools, std::uint32_t clients, std::span<const std::uint64_t> start,
                 std::span<const std::uint32_t> sizes) const {
    Shards shards;
    std::vector<std::uint32_t> mine;
    for (std::size_t client = 0; client < clients; ++client) {
      mine.clear();
      for (std::size_t shard = client * per_client_; shard < (client + 1) * per_client_; ++shard) {
        const auto rows = pools.sorted().subspan(start[shard], sizes[shard]);
        mine.insert(mine.end(), rows.begin(), rows.end());
      }
      append_sorted(shards, mine);
    }
    return shards;
  }

  std::uint32_t per_client_;
};

std::unique_ptr<Partitioner> read(Section& section) {
  const std::int64_t per_client =
      section.whole("shards_per_client", {2, between(1, 1e6), "shards of the sorted samples that each client gets",
                                          "McMahan et al. 2017, arXiv 1602.05629"});
  return std::make_unique<SortedShards>(static_cast<std::uint32_t>(per_client));
}

const Registration<PartitionEntry> entry{{{"shards", "samples sorted by label, cut into shards, a few to each client",
                                           "McMahan et al. 2017, arXiv 1602.05629"},
                                          read}};

}  // namespace
}  // namespace fedtide
