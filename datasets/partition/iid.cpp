// IID: every client's samples are drawn from the same mix.
// McMahan, Moore, Ramage, Hampson, Aguera y Arcas: Communication-efficient learning of deep networks from decentralized
// data. AISTATS 2017 (arXiv 1602.05629), section 3, "IID".
//
// Rule: put all samples in random order and cut the row into pieces, one a client, as `sizes` says; the paper has equal
// ones, and where the number of samples does not divide, the first clients hold one more. With `sharing`, each client
// draws its samples from all.

#include "datasets/partition/iid.h"

#include <numeric>
#include <utility>
#include <vector>

#include "datasets/partition/common.h"
#include "sim/base/distributions.h"

namespace fedtide {
namespace {

constexpr std::uint32_t kDrawTurn = 1;  // turn 0 puts all samples in order

class Iid final : public Partitioner {
 public:
  explicit Iid(Sizing sizing) : sizing_(std::move(sizing)) {}

  bool shares() const override { return sizing_.sharing(); }
  Shards partition(const PartitionInput& in) const override {
    const std::vector<std::uint32_t> sizes = sizing_.sizes(in);
    Shards shards = room_for(sizes);
    return sizing_.sharing() ? share(sizes, in, std::move(shards)) : cut(sizes, in, std::move(shards));
  }

 private:
  static Shards cut(const std::vector<std::uint32_t>& sizes, const PartitionInput& in, Shards shards) {
    std::vector<std::uint32_t> order(in.samples);
    std::iota(order.begin(), order.end(), 0u);
    Stream stream(in.seed, Purpose::partition);
    shuffle(stream, std::span(order));
    std::vector<std::uint32_t> mine;
    auto next = order.cbegin();
    for (const std::uint32_t size : sizes) {
      mine.assign(next, next + size);
      next += size;
      append_sorted(shards, mine);
    }
    return shards;
  }

  static Shards share(const std::vector<std::uint32_t>& sizes, const PartitionInput& in, Shards shards) {
    for (std::uint32_t client = 0; client < in.clients; ++client) {
      Stream stream(in.seed, Purpose::partition, client, kDrawTurn);
      std::vector<std::uint32_t> mine = sample_without_replacement(stream, in.samples, sizes[client]);
      append_sorted(shards, mine);
    }
    return shards;
  }

  Sizing sizing_;
};

const Registration<PartitionEntry> entry{
    {{"iid", "random shares of the same mix", "McMahan et al. 2017, arXiv 1602.05629"},
     [](Section& section) { return make_iid(Sizing::read(section, "equal", 1)); }}};

}  // namespace

std::unique_ptr<Partitioner> make_iid(Sizing sizing) { return std::make_unique<Iid>(std::move(sizing)); }

}  // namespace fedtide
