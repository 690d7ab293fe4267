// IID: every client's samples are drawn from the same mix.
// McMahan, Moore, Ramage, Hampson, Aguera y Arcas: Communication-efficient learning of deep networks from decentralized
// data. AISTATS 2017 (arXiv 1602.05629), section 3, "IID".
//
// Rule: put all samples in random order and cut the row into equal pieces, one a client. Where the number of samples
// does not divide, the first clients hold one more.

#include <memory>
#include <numeric>
#include <vector>

#include "datasets/partition/common.h"
#include "sim/base/distributions.h"

namespace fedtide {
namespace {

class Iid final : public Partitioner {
 public:
  Shards partition(const PartitionInput& in) const override {
    require_samples(in);
    std::vector<std::uint32_t> order(in.samples);
    std::iota(order.begin(), order.end(), 0u);
    Stream stream(in.seed, Purpose::partition);
    shuffle(stream, std::span(order));

    Shards shards;
    std::vector<std::uint32_t> mine;
    auto next = order.cbegin();
    for (const std::uint32_t size : equal_sizes(in.samples, in.clients)) {
      mine.assign(next, next + size);
      next += size;
      append_sorted(shards, mine);
    }
    return shards;
  }
};

const Registration<PartitionEntry> entry{
    {{"iid", "random equal shares of the same mix", "McMahan et al. 2017, arXiv 1602.05629"},
     [](Section&) -> std::unique_ptr<Partitioner> { return std::make_unique<Iid>(); }}};

}  // namespace
}  // namespace fedtide
