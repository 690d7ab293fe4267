// Selectors that look at what clients are.

#include <cmath>
#include <map>
#include <set>

#include "tests/catch.h"
#include "tests/support/experiment.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

/// Clients with these samples; one that has none is not eligible.
struct Sizes final : Candidates {
  explicit Sizes(std::vector<std::uint64_t> all) : samples(std::move(all)), dispatched(samples.size(), 0) {}
  std::uint32_t population() const override { return static_cast<std::uint32_t>(samples.size()); }
  bool eligible(ClientId client) const override { return samples[raw(client)] > 0; }
  ClientView view(ClientId client) const override {
    ClientView view;
    view.samples = samples[raw(client)];
    view.dispatched = dispatched[raw(client)];
    return view;
  }
  std::vector<std::uint64_t> samples;
  std::vector<std::uint32_t> dispatched;
};

std::unique_ptr<Selector> selector(const std::string& name) {
  return read_entry<SelectorEntry, Selector>("{name: " + name + "}");
}

Stream stream(std::uint32_t round) { return Stream(5, Purpose::cohort, round, 0u); }

}  // namespace

TEST_CASE("by_size draws one after the other in proportion to the samples") {
  const Sizes clients({1, 2, 0, 3, 4});
  const auto by_size = selector("by_size");
  std::map<std::uint32_t, int> first, second;
  constexpr int kDraws = 20000;
  for (std::uint32_t t = 0; t < kDraws; ++t) {
    const std::vector<ClientId> chosen = by_size->select(clients, 2, stream(t));
    REQUIRE(chosen.size() == 2);
    REQUIRE(chosen[0] != chosen[1]);
    ++first[raw(chosen[0])];
    ++second[raw(chosen[1])];
  }
  // First: n_k / 10. Second: the sum over the others j of n_j / 10 times n_k / (10 - n_j).
  for (const std::uint32_t k : {0u, 1u, 3u, 4u}) {
    const double n_k = static_cast<double>(clients.samples[k]);
    double after = 0;
    for (const std::uint32_t j : {0u, 1u, 3u, 4u}) {
      const double n_j = static_cast<double>(clients.samples[j]);
      if (j != k) after += n_j / 10 * n_k / (10 - n_j);
    }
    INFO("client " << k);
    REQUIRE(std::abs(first[k] - kDraws * n_k / 10) < 4 * std::sqrt(kDraws * n_k / 10 * (1 - n_k / 10)));
    REQUIRE(std::abs(second[k] - kDraws * after) < 4 * std::sqrt(kDraws * after * (1 - after)));
  }
  REQUIRE(first.count(2) == 0);
  REQUIRE(by_size->select(clients, 9, stream(0)).size() == 4);
}

TEST_CASE("round_robin gives everybody a turn before anybody has two") {
  Sizes clients({1, 1, 0, 1, 1, 1, 1});  // six who are eligible
  const auto round_robin = selector("round_robin");
  std::set<std::vector<ClientId>> orders;
  for (std::uint32_t lap = 0; lap < 5; ++lap) {
    std::set<ClientId> seen;
    std::vector<ClientId> order;
    for (std::uint32_t t = 0; t < 3; ++t) {
      for (const ClientId client : round_robin->select(clients, 2, stream(3 * lap + t))) {
        seen.insert(client);
        order.push_back(client);
        ++clients.dispatched[raw(client)];
      }
    }
    REQUIRE(seen.size() == 6);
    orders.insert(order);
  }
  REQUIRE(orders.size() > 1);
  REQUIRE(round_robin->select(clients, 9, stream(0)).size() == 6);
}

TEST_CASE("a run with a selector of its own, the same on any number of threads") {
  for (const std::string name : {"by_size", "round_robin"}) {
    const Played one = play_text(kStormy, {"selection.name=" + name, "execution.executor=inline"});
    REQUIRE(one.memory.rounds.size() == 12);
    REQUIRE(one.bits() == play_text(kStormy, {"selection.name=" + name, "execution.threads=4"}).bits());
    REQUIRE(one.bits() != play_text(kStormy).bits());
  }
  // 40 clients, 4 a round, nobody ever away: after 10 rounds each had its turn.
  const Played laps = play_text(kOneSecondTurns, {"selection.name=round_robin", "data.clients=40", "stop.rounds=10"});
  std::set<ClientId> seen;
  for (const ClientTrace& turn : laps.memory.turns) seen.insert(turn.client);
  REQUIRE(seen.size() == 40);
}
