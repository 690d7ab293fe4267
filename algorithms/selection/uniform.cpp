// Uniform selection: every cohort of the wanted size is equally likely among those who are eligible.
// McMahan, Moore, Ramage, Hampson, Agueera y Arcas: Communication-Efficient Learning of Deep Networks from
// Decentralized Data. AISTATS 2017, algorithm 1: "S_t <- random set of m clients".

#include <algorithm>
#include <array>
#include <unordered_set>

#include "sim/base/distributions.h"
#include "sim/federation/selector.h"

namespace {
using namespace fedtide;

/// The clients that were tried: a handful, or a share of all that is worth a bit each.
class Tried {
 public:
  Tried(std::uint32_t population, std::uint32_t count) {
    if (count > kFew && population / kShare <= count) marks_.resize(population);
  }
  /// Whether it is new.
  bool insert(std::uint32_t client) {
    if (contains(client)) return false;
    ++size_;
    if (!marks_.empty()) {
      marks_[client] = true;
    } else if (size_ <= kFew) {
      few_.push_back(client);
    } else {
      if (many_.empty()) many_.insert(few_.begin(), few_.end());
      many_.insert(client);
    }
    return true;
  }
  bool contains(std::uint32_t client) const {
    if (!marks_.empty()) return marks_[client];
    return many_.empty() ? std::find(few_.begin(), few_.end(), client) != few_.end() : many_.contains(client);
  }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::uint32_t kFew = 32;
  static constexpr std::uint32_t kShare = 256;  ///< an entry of a hash set takes about as many bits
  std::size_t size_ = 0;
  std::vector<bool> marks_;  ///< of all clients; empty: they are in the others
  std::vector<std::uint32_t> few_;
  std::unordered_set<std::uint32_t> many_;  ///< all of them, once they are more
};

class Uniform final : public Selector {
 public:
  std::vector<ClientId> select(const Candidates& candidates, std::uint32_t count, Stream stream) override {
    std::vector<ClientId> chosen;
    const std::uint32_t population = candidates.population();
    Tried tried(population, count);
    // By rejection while that is cheaper than looking at everyone. Several are drawn at a time, so that they can be
    // fetched together.
    std::array<std::uint32_t, 8> next{};
    const std::uint64_t attempts = std::uint64_t{16} * count + 64;
    for (std::uint64_t i = 0; i < attempts && chosen.size() < count && tried.size() < population; ++i) {
      if (i % next.size() == 0) {
        for (std::uint32_t& client : next) candidates.fetch(ClientId{client = uniform_below(stream, population)});
      }
      const std::uint32_t client = next[i % next.size()];
      if (tried.insert(client) && candidates.eligible(ClientId{client})) chosen.push_back(ClientId{client});
    }
    if (chosen.size() == count || tried.size() == population) return chosen;
    // Few are eligible: the rest of the cohort comes from a shuffle of all of them who were not tried.
    std::vector<ClientId> rest;
    for (std::uint32_t client = 0; client < population; ++client) {
      if (!tried.contains(client) && candidates.eligible(ClientId{client})) rest.push_back(ClientId{client});
    }
    shuffle(stream, std::span(rest));
    const std::size_t wanted = std::min<std::size_t>(count - chosen.size(), rest.size());
    chosen.insert(chosen.end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(wanted));
    return chosen;
  }

  CohortSampling sampling(std::uint32_t count, std::uint32_t population) const override {
    return {CohortSampling::Scheme::fixed_size, static_cast<double>(count) / population};
  }
};

const Registration<SelectorEntry> entry{
    {{"uniform", "a cohort of fixed size, uniform among the eligible", "McMahan et al., AISTATS 2017"},
     [](Section&) -> std::unique_ptr<Selector> { return std::make_unique<Uniform>(); }}};

}  // namespace
