// Device, edge, cloud: what a hierarchy computes, and what must hold whatever its clients do.

#include <cmath>

#include "tests/catch.h"
#include "tests/support/lawful.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

Played storm(std::vector<std::string> overrides, const std::string& protocol) {
  overrides.insert(overrides.begin(), {"protocol=" + protocol, "stop.rounds=6"});
  return play_text(kStormy, overrides);
}

const std::vector<std::string> kProtocols = {
    "{name: hierarchical, levels: [{groups: 6, rounds: 2, rate: 10 Mbit/s, latency: 20 ms}], deadline: 4 s, retry: 3 "
    "s}",
    "{name: hierarchical, levels: [{groups: 6, rounds: 2}, {groups: 2, rounds: 2, latency: 1 s}], group_by: draw, "
    "cohort: 4, retry: 3 s, pause: 1 s}",
    "{name: hierarchical, levels: [{groups: 20}], deadline: 2 s, retry: 1 s}",
};

bool same_bits(const Vector<float>& a, const Vector<float>& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), sizeof(float) * static_cast<std::size_t>(a.size())) == 0;
}

}  // namespace

TEST_CASE("one edge with all clients and one round is synchronous FedAvg, bit for bit") {
  // The edge's sum is FedAvg's, in the same order of arrival; the cloud's mean of one model is that model.
  const Played flat = play_text(kOneSecondTurns, {"protocol.cohort=10"});
  const Played tree = play_text(kOneSecondTurns, {"protocol={name: hierarchical, levels: [{groups: 1}]}"});
  REQUIRE(tree.memory.rounds.size() == 8);
  REQUIRE(same_bits(*tree.result.weights, *flat.result.weights));
  const Played deep = play_text(kOneSecondTurns, {"protocol={name: hierarchical, levels: [{groups: 1}, {groups: 1}]}"});
  REQUIRE(same_bits(*deep.result.weights, *flat.result.weights));
}

TEST_CASE("with size weights and one edge round, a tree of any shape is flat FedAvg, to float32 rounding") {
  // sum_l (n_l / n) sum_k (n_k / n_l) w_k is the same mean; but each edge rounds its model to float32 once, a few times
  // 2^-24 of a weight in each round. The same turns crash in both: they are drawn by client and turn.
  const std::vector<std::string> unequal = {"fleet.availability={model: always}", "evaluate.per_client=0",
                                            "stop.rounds=6"};
  const auto play = [&](const std::string& protocol) {
    std::vector<std::string> overrides = unequal;
    overrides.push_back("protocol=" + protocol);
    return play_text(kStormy, overrides);
  };
  // Whoever holds data takes part: as many as are eligible.
  const Played flat = play("{name: synchronous, cohort: 60}");
  REQUIRE(flat.outcomes(Outcome::crash) > 0);
  for (const std::string tree : {"[{groups: 7}]", "[{groups: 20}, {groups: 3}]", "[{groups: 60}]"}) {
    for (const std::string by : {"number", "draw"}) {
      const Played p = play("{name: hierarchical, levels: " + tree + ", group_by: " + by + "}");
      INFO(tree << " by " << by);
      REQUIRE(p.memory.rounds.size() == 6);
      REQUIRE(p.outcomes(Outcome::crash) == flat.outcomes(Outcome::crash));
      const Vector<float> difference = *p.result.weights - *flat.result.weights;
      REQUIRE(difference.cwiseAbs().maxCoeff() < 2e-6f);
      for (std::size_t i = 0; i < 6; ++i) {
        REQUIRE(p.memory.rounds[i].trained_samples == flat.memory.rounds[i].trained_samples);
        REQUIRE(p.memory.rounds[i].train_loss == Approx(flat.memory.rounds[i].train_loss).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("edges go their own way for kappa_2 rounds: the closed form on quadratics, at three levels") {
  // A client at the point p ends one step with rate a at x + a (p - x); an edge's round is the mean of its clients', so
  // with the mean m of its points x <- x + a (m - x). Points 0 .. 7 in four edges of two: m = 0.5, 2.5, 4.5, 6.5; edges
  // 0, 1 and 2, 3 have a server each, which lets them do 3 rounds, twice, before it reports to the cloud.
  const double a = 0.25;
  double x = 1;
  for (int cloud = 0; cloud < 3; ++cloud) {
    double next = 0;
    for (int region = 0; region < 2; ++region) {
      double model = x;
      for (int twice = 0; twice < 2; ++twice) {
        double mean = 0;
        for (int edge = 2 * region; edge < 2 * region + 2; ++edge) {
          double w = model;
          for (int i = 0; i < 3; ++i) w += a * (2 * edge + 0.5 - w);
          mean += w / 2;
        }
        model = mean;
      }
      next += model / 2;
    }
    x = next;
  }
  const Played p = play_text(R"(
data: {dataset: quadratic, points: [0, 1, 2, 3, 4, 5, 6, 7]}
model: {name: quadratic, start: 1}
training: {batch_size: full, optimizer: {name: sgd, lr: 0.25}}
protocol: {name: hierarchical, levels: [{groups: 4, rounds: 3}, {groups: 2, rounds: 2}]}
stop: {rounds: 3}
)");
  REQUIRE((*p.result.weights)[0] == Approx(x).epsilon(1e-6));
  REQUIRE(p.memory.rounds[0].outcomes[0] == 8 * 3 * 2);
  REQUIRE(p.result.accepted_jobs == 3 * 48);
}

TEST_CASE("servers weigh by the samples of the reports that they have") {
  // Edges of one and of three clients: flat weights, not a mean of means. Points 0 and 4, 4, 4: one step of rate 1 ends
  // at (0 + 3 x 4) / 4 = 3.
  const std::string yaml = R"(
data: {dataset: quadratic, points: [0, 4, 4, 4]}
model: {name: quadratic}
training: {batch_size: full, optimizer: {name: sgd, lr: 1}}
protocol: {name: hierarchical, levels: [{groups: 3}]}
stop: {rounds: 1}
)";
  REQUIRE((*play_text(yaml).result.weights)[0] == Approx(3));
}

TEST_CASE("a round of the cloud is the way down, the edges' rounds, and the way up") {
  // softmax of 4 features and 10 classes: 200 bytes, at 16 kbit/s 100 ms, with 150 ms of latency 250 ms a model and
  // level. Down two levels: 0.5 s; the lower servers send once each way per round of the upper ones, which do two:
  // 0.25 down + 2 x (0.25 down + 3 edge rounds of 1 s + 0.25 up) + 0.25 up = 7.5 s.
  const Played p = play_text(
      kOneSecondTurns, {"data.classes=10", "stop.rounds=2",
                        "protocol={name: hierarchical, levels: [{groups: 5, rounds: 3, rate: 16 kbit/s, latency: 150 "
                        "ms}, {groups: 2, rounds: 2, rate: 16 kbit/s, latency: 150 ms}]}"});
  REQUIRE(p.memory.rounds.size() == 2);
  REQUIRE(p.memory.rounds[0].committed.seconds() == Approx(7.5).epsilon(1e-6));
  REQUIRE(p.memory.rounds[1].committed.seconds() == Approx(15).epsilon(1e-6));
  // Clients alone are in the books.
  REQUIRE(p.memory.rounds[0].spent.bytes_up == 10 * 6 * 200);
}

TEST_CASE("hierarchical: threads and executor leave no trace in the results, and every law holds") {
  for (const std::string& protocol : kProtocols) {
    INFO(protocol);
    const Played serial = storm({"execution.executor=inline"}, protocol);
    REQUIRE(serial.memory.rounds.size() == 6);
    REQUIRE(serial.outcomes(Outcome::crash) > 0);
    REQUIRE(serial.outcomes(Outcome::left) > 0);
    REQUIRE(broken_laws(serial.memory) == "");
    for (const std::string threads : {"1", "2", "8"}) {
      REQUIRE(storm({"execution.threads=" + threads}, protocol).bits() == serial.bits());
    }
  }
}

TEST_CASE("hierarchies obey every law in any storm, on shared links too") {
  for (const std::string& protocol : kProtocols) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      for (const std::string shared : {"{}", "{server: {down: 20 Mbit/s}, cell: {count: 6, up: 2 Mbit/s}}"}) {
        CAPTURE(protocol, seed, shared);
        const Played p = storm(
            {"timing=only", "evaluate.per_client=0", "fleet.shared=" + shared, fmt::format("seed={}", seed)}, protocol);
        REQUIRE(p.memory.turns.size() > 40);
        REQUIRE(broken_laws(p.memory) == "");
      }
    }
  }
}

TEST_CASE("clients of one cell share an edge") {
  const std::string protocol = "protocol={name: hierarchical, group_by: cell, levels: [{groups: 4}]}";
  const std::string cells = "fleet.shared={cell: {count: 4, up: 100 Mbit/s}}";
  const Played p = play_text(kOneSecondTurns, {protocol, cells});
  REQUIRE(p.memory.rounds.size() == 8);
  REQUIRE(broken_laws(p.memory) == "");
  REQUIRE_THROWS_WITH(play_text(kOneSecondTurns, {protocol}),
                      "protocol.group_by: cell needs as many groups in the first of protocol.levels as there are cells "
                      "(fleet.shared.cell.count), which is 0; got 4");
}

TEST_CASE("an edge without reports counts for nothing, and a cloud without any gives up") {
  const std::string never = "fleet.availability={model: on_off, on: 1 ms, off: 1000 d}";
  const Played p = play_text(kOneSecondTurns, {never,
                                               "protocol={name: hierarchical, levels: [{groups: 2}], "
                                               "give_up: 20}"});
  REQUIRE(p.result.stopped.kind == StopReason::Kind::gave_up);
  REQUIRE(p.result.stopped.text == "gave up after 20 rounds of the cloud in a row in which no client reported");
  REQUIRE(p.memory.rounds.empty());
  // Of two edges with the points 0 and 8, one is cut off at its deadline: the mean is the other's.
  const Played slow = play_text(R"(
data: {dataset: quadratic, points: [8, 8, 8, 8, 8, 8, 8, 8]}
model: {name: quadratic, start: 2}
training: {batch_size: full, optimizer: {name: sgd, lr: 1}}
protocol: {name: hierarchical, levels: [{groups: 8}], deadline: 2 s}
fleet: {device: {catalog: drawn, compute: {distribution: uniform, low: 1 FLOP/s, high: 4 FLOP/s}}}
stop: {rounds: 1}
)");
  REQUIRE(slow.outcomes(Outcome::deadline) > 0);
  REQUIRE(slow.outcomes(Outcome::reported) > 0);
  REQUIRE((*slow.result.weights)[0] == 8.0f);
}

TEST_CASE("what a hierarchy cannot be is said") {
  const auto run = [](const std::string& keys) {
    play_text(kOneSecondTurns, {"protocol={name: hierarchical, " + keys + "}"});
  };
  REQUIRE_THROWS_WITH(run(""),
                      Catch::Contains("levels: needs at least one level, for example [{groups: 10, rounds: 5}]"));
  REQUIRE_THROWS_WITH(run("levels: [{groups: 2}, {groups: 3}]"),
                      Catch::Contains("level 2 has 3 groups of the 2 servers below it: at most as many can have one"));
  REQUIRE_THROWS_WITH(run("levels: [{groups: 11}]"),
                      Catch::Contains("levels: 11 groups need at least as many clients, there are 10"));
  REQUIRE_THROWS_WITH(
      play_text(kOneSecondTurns, {"protocol={name: hierarchical, levels: [{groups: 2}]}", "algorithm={name: fedbuff}"}),
      Catch::Contains("fedbuff does not run with the protocol hierarchical: its server does more than take the mean"));
}

TEST_CASE("hierarchical runs stop by time, and book what was under way") {
  const Played p = play_text(kOneSecondTurns,
                             {"protocol={name: hierarchical, levels: [{groups: 2, rounds: 2}]}", "stop={time: 3.5 s}"});
  // Two edge rounds of 1 s make a round of the cloud; one more edge round is in, and one under way.
  REQUIRE(p.memory.rounds.size() == 1);
  REQUIRE(p.outcomes(Outcome::reported) == 30);
  REQUIRE(p.outcomes(Outcome::abandoned) == 10);
  REQUIRE(broken_laws(p.memory) == "");
}
