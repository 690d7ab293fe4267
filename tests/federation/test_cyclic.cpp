// The model goes from client to client.

#include "tests/catch.h"
#include "tests/support/lawful.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

const std::string kPoints = R"(
data: {dataset: quadratic, points: [1, -2, 4, 8]}
model: {name: quadratic, start: 3}
training: {batch_size: full, optimizer: {name: sgd, lr: 0.5}}
protocol: {name: cyclic}
stop: {rounds: 3}
)";

std::vector<std::uint32_t> order_of(const Played& p, std::int64_t round) {
  std::vector<std::uint32_t> clients;
  for (const ClientTrace& turn : p.memory.turns) {
    if (turn.round == round) clients.push_back(raw(turn.client));
  }
  return clients;
}

Played storm(std::vector<std::string> overrides) {
  overrides.insert(overrides.begin(), {"protocol={name: cyclic, order: shuffled, deadline: 3 s}", "stop.rounds=4"});
  return play_text(kStormy, overrides);
}

}  // namespace

TEST_CASE("each client trains what the one before it passed on: the closed form on quadratics") {
  // One step of rate 1/2 at the point p: x <- (x + p) / 2, client by client.
  double x = 3;
  for (int cycle = 0; cycle < 3; ++cycle) {
    for (const double p : {1.0, -2.0, 4.0, 8.0}) x = (x + p) / 2;
  }
  const Played p = play_text(kPoints);
  REQUIRE((*p.result.weights)[0] == Approx(x).epsilon(1e-6));
  REQUIRE(p.memory.rounds.size() == 3);
  REQUIRE(order_of(p, 1) == std::vector<std::uint32_t>{0, 1, 2, 3});
  // Turns follow each other.
  for (std::size_t i = 1; i < p.memory.turns.size(); ++i) {
    REQUIRE(p.memory.turns[i].dispatched == p.memory.turns[i - 1].ended);
  }
}

TEST_CASE("the order is fixed, drawn once, or drawn for each cycle") {
  const auto orders = [](const std::string& order) {
    const Played p = play_text(kOneSecondTurns, {"protocol={name: cyclic, order: " + order + "}", "stop.rounds=2"});
    return std::pair(order_of(p, 1), order_of(p, 2));
  };
  const std::vector<std::uint32_t> numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  REQUIRE(orders("fixed") == std::pair(numbers, numbers));
  const auto [first, second] = orders("drawn");
  REQUIRE(first != numbers);
  REQUIRE(first == second);
  auto [one, two] = orders("shuffled");
  REQUIRE(one != two);
  std::sort(two.begin(), two.end());
  REQUIRE(two == numbers);
}

TEST_CASE("from a client that is lost nothing comes: the next one trains what was there before") {
  // Every loss leaves x as it was, so x is the chain over the reports alone.
  const Played p = play_text(kPoints, {"fleet.dropout.probability=0.4", "stop.rounds=10", "fleet.link.latency=1 s"});
  REQUIRE(p.outcomes(Outcome::crash) > 5);
  const double points[] = {1, -2, 4, 8};
  double x = 3;
  for (const ClientTrace& turn : p.memory.turns) {
    if (turn.outcome == Outcome::reported) x = (x + points[raw(turn.client)]) / 2;
  }
  REQUIRE((*p.result.weights)[0] == Approx(x).epsilon(1e-6));
}

TEST_CASE("cyclic: threads and executor leave no trace in the results, and every law holds") {
  const Played serial = storm({"execution.executor=inline"});
  REQUIRE(serial.memory.rounds.size() == 4);
  REQUIRE(serial.outcomes(Outcome::crash) > 0);
  REQUIRE(serial.outcomes(Outcome::deadline) > 0);
  REQUIRE(broken_laws(serial.memory) == "");
  for (const std::string threads : {"1", "2", "8"}) {
    REQUIRE(storm({"execution.threads=" + threads}).bits() == serial.bits());
  }
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    REQUIRE(broken_laws(storm({"timing=only", "evaluate.per_client=0", fmt::format("seed={}", seed)}).memory) == "");
  }
}

TEST_CASE("a cyclic run gives up, stops by time, and refuses what needs a server") {
  const Played nobody = play_text(kOneSecondTurns, {"protocol={name: cyclic, give_up: 30}",
                                                    "fleet.availability={model: on_off, on: 1 ms, off: 1000 d}"});
  REQUIRE(nobody.result.stopped.text == "gave up after 30 cycles in a row in which nobody trained");
  const Played time = play_text(kOneSecondTurns, {"protocol={name: cyclic}", "stop={time: 12.5 s}"});
  REQUIRE(time.memory.rounds.size() == 1);
  REQUIRE(time.outcomes(Outcome::reported) == 12);
  REQUIRE(time.outcomes(Outcome::abandoned) == 1);
  REQUIRE(broken_laws(time.memory) == "");
  REQUIRE_THROWS_WITH(play_text(kOneSecondTurns, {"protocol={name: cyclic}", "algorithm={name: scaffold}"}),
                      Catch::Contains("scaffold does not run with the protocol cyclic"));
}
