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
    view.estimated = Duration::from_seconds(seconds.empty() ? 1 : seconds[raw(client)]);
    return view;
  }
  std::vector<std::uint64_t> samples;
  std::vector<std::uint32_t> dispatched;
  std::vector<double> seconds;  ///< that a turn is expected to take
};

std::unique_ptr<Selector> selector(const std::string& name, const std::string& more = "") {
  return read_entry<SelectorEntry, Selector>("{name: " + name + more + "}");
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

TEST_CASE("tifl draws a tier, and its clients uniformly") {
  Sizes clients({1, 1, 1, 1, 1, 1, 0});
  clients.seconds = {5, 1, 9, 2, 6, 8, 3};  // tiers of 7 clients at 7 i / 3: {1, 3, 6}, {0, 4}, {5, 2}
  const std::set<ClientId> fast = {ClientId{1}, ClientId{3}}, middle = {ClientId{0}, ClientId{4}},
                           slow = {ClientId{5}, ClientId{2}};
  const auto tifl = selector("tifl", ", probabilities: [0.5, 0.3, 0.2]");
  std::map<std::set<ClientId>, int> cohorts;
  std::map<ClientId, int> first;
  constexpr int kDraws = 20000;
  for (std::uint32_t t = 0; t < kDraws; ++t) {
    const std::vector<ClientId> chosen = tifl->select(clients, 2, stream(t));
    ++cohorts[std::set<ClientId>(chosen.begin(), chosen.end())];
    ++first[tifl->select(clients, 1, stream(t)).at(0)];
  }
  const auto near = [&](int seen, double p) {
    return std::abs(seen - kDraws * p) < 4 * std::sqrt(kDraws * p * (1 - p));
  };
  REQUIRE(cohorts.size() == 3);
  REQUIRE(near(cohorts[fast], 0.5));
  REQUIRE(near(cohorts[middle], 0.3));
  REQUIRE(near(cohorts[slow], 0.2));
  for (const auto& [tier, p] : {std::pair(fast, 0.5), std::pair(middle, 0.3), std::pair(slow, 0.2)}) {
    for (const ClientId client : tier) REQUIRE(near(first[client], p / 2));
  }
  REQUIRE(tifl->select(clients, 9, stream(0)).size() == 2);
}

TEST_CASE("tifl never draws a tier of probability 0, nor one of which nobody is eligible") {
  Sizes clients({1, 1, 0, 0, 1, 1});
  clients.seconds = {1, 2, 3, 4, 5, 6};
  const auto tifl = selector("tifl", ", probabilities: [0, 0.9, 0.1]");
  for (std::uint32_t t = 0; t < 100; ++t) {
    for (const ClientId client : tifl->select(clients, 2, stream(t))) REQUIRE(raw(client) >= 4);
  }
  clients.samples = {1, 1, 0, 0, 0, 0};
  REQUIRE(tifl->select(clients, 2, stream(0)).empty());
}

TEST_CASE("tifl's probabilities sum to 1") {
  REQUIRE_THROWS_WITH(selector("tifl", ", probabilities: [0.5, 0.4]"),
                      Catch::Contains("probabilities: must sum to 1, sum to 0.9"));
}

TEST_CASE("a run with a selector of its own, the same on any number of threads") {
  for (const std::string name : {"by_size", "round_robin", "tifl"}) {
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
