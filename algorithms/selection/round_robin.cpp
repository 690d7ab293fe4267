// Round robin: those who were selected least often come first; among equals the draw decides. Everybody has a turn
// before anybody has two, as far as clients are eligible.
//
// It looks at all clients: O(population) a selection.

#include <algorithm>

#include "sim/federation/selector.h"

namespace {
using namespace fedtide;

class RoundRobin final : public Selector {
 public:
  std::vector<ClientId> select(const Candidates& candidates, std::uint32_t count, Stream stream) override {
    struct Key {
      std::uint32_t dispatched;
      std::uint64_t draw;
      std::uint32_t client;
      auto operator<=>(const Key&) const = default;
    };
    std::vector<Key> keys;
    for (std::uint32_t client = 0; client < candidates.population(); ++client) {
      const std::uint64_t draw = stream.next64();
      if (!candidates.eligible(ClientId{client})) continue;
      keys.push_back({candidates.view(ClientId{client}).dispatched, draw, client});
    }
    const std::size_t wanted = std::min<std::size_t>(count, keys.size());
    std::partial_sort(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(wanted), keys.end());
    std::vector<ClientId> chosen;
    for (std::size_t i = 0; i < wanted; ++i) chosen.push_back(ClientId{keys[i].client});
    return chosen;
  }

  CohortSampling sampling(std::uint32_t count, std::uint32_t population) const override {
    return {CohortSampling::Scheme::other, static_cast<double>(count) / population};
  }
};

const Registration<SelectorEntry> entry{
    {{"round_robin", "those selected least often first", ""},
     [](Section&) -> std::unique_ptr<Selector> { return std::make_unique<RoundRobin>(); }}};

}  // namespace
