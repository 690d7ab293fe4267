// Gossip: what mixing does to the nodes' models, and what must hold whatever the nodes do.

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numbers>

#include "sim/federation/gossip.h"
#include "sim/federation/simulation.h"
#include "tests/catch.h"
#include "tests/support/lawful.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

/// A node has one point v_i and the model pulls to it: with lr 1 the first round's training ends at the points
/// themselves, and from then on the learning rate is 1e-30, which changes no float.
std::string from_points(const std::vector<double>& points, const std::string& topology) {
  return fmt::format(R"(
data: {{dataset: quadratic, points: [{:.9g}]}}
model: {{name: quadratic}}
training: {{batch_size: full, optimizer: {{name: sgd, lr: 1}}, schedule: {{name: step, decay: 1e-30}}}}
protocol: {{name: gossip, topology: {}}}
stop: {{rounds: 8}}
)",
                     fmt::join(points, ", "), topology);
}

/// cos(2 pi i / period): the second eigenvector of a ring of that length, repeated.
std::vector<double> wave(std::size_t count, std::size_t period) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(std::cos(2 * std::numbers::pi * static_cast<double>(i % period) / static_cast<double>(period)));
  }
  return values;
}

Played storm(std::vector<std::string> overrides, const std::string& protocol) {
  overrides.insert(overrides.begin(), {"protocol=" + protocol, "stop.rounds=12"});
  return play_text(kStormy, overrides);
}

const std::vector<std::string> kProtocols = {
    "{name: gossip, deadline: 4 s, retry: 5 s}",
    "{name: gossip, topology: {name: torus}, weights: uniform, pause: 1 s}",
    "{name: gossip, topology: {name: erdos_renyi, probability: 0.2}, deadline: 8 s}",
    "{name: gossip, topology: {name: regular, degree: 6, redraw: 1}, deadline: 3 s}",
    "{name: gossip, topology: {name: star}, weights: push_sum}",
    "{name: gossip, topology: {name: exponential}, weights: push_sum, deadline: 4 s}",
};

}  // namespace

TEST_CASE("without learning the consensus error shrinks by lambda_2 squared a round: ring and torus") {
  // Started on the second eigenvector v of W, x <- W x is lambda_2 v: the mean stays 0, and the mean squared distance
  // to it is multiplied by lambda_2^2. Ring of 16: (1 + 2 cos(2 pi / 16)) / 3. Torus of 4 x 6, wave along the rows: (3
  // + 2 cos(2 pi / 6)) / 5.
  const auto check = [](const std::vector<double>& points, const std::string& topology, double lambda) {
    const Played p = play_text(from_points(points, topology));
    REQUIRE(p.memory.evaluations.size() == 9);
    REQUIRE(p.memory.evaluations.front().consensus_distance == 0.0);
    double square = 0;
    for (const double v : points) square += v * v;
    double before = square / static_cast<double>(points.size());
    for (std::size_t i = 1; i < p.memory.evaluations.size(); ++i) {
      const double now = p.memory.evaluations[i].consensus_distance;
      REQUIRE(now / before == Approx(lambda * lambda).epsilon(0.0001));
      before = now;
    }
    REQUIRE(std::abs((*p.result.weights)[0]) < 1e-7);
  };
  check(wave(16, 16), "{name: ring}", (1 + 2 * std::cos(2 * std::numbers::pi / 16)) / 3);
  check(wave(24, 6), "{name: torus, rows: 4}", (3 + 2 * std::cos(2 * std::numbers::pi / 6)) / 5);
}

TEST_CASE("in float64 too, and on the complete graph one step is enough") {
  const auto step = [](const Graph& graph, std::vector<Vector<double>> x) {
    const std::vector<std::uint8_t> all(x.size(), 1);
    std::vector<Vector<double>> next;
    for (std::uint32_t i = 0; i < x.size(); ++i) {
      const Mixture row = mixture_of(graph, i, MixingWeights::metropolis, all);
      std::vector<Term<double>> terms;
      for (const Mixture::Part& part : row.parts) terms.push_back({part.weight, &x[part.node]});
      next.push_back(mixture<double>(terms, row.divisor));
    }
    return next;
  };
  const auto distance = [](const std::vector<Vector<double>>& x) {
    std::vector<Term<double>> terms;
    std::vector<const Vector<double>*> models;
    for (const Vector<double>& each : x) terms.push_back({1, &each}), models.push_back(&each);
    return mean_squared_distance<double>(models, mixture<double>(terms, static_cast<double>(x.size())));
  };
  const auto topology = [](const std::string& name) {
    return read_entry<TopologyEntry, Topology>("{name: " + name + "}");
  };
  std::vector<Vector<double>> x;
  for (const double v : wave(20, 20)) x.push_back(Vector<double>{{v, 3 * v, -v + 7}});
  const Graph ring = topology("ring")->graph(20, 1, 0);
  const double lambda = (1 + 2 * std::cos(2 * std::numbers::pi / 20)) / 3;
  std::vector<Vector<double>> y = x;
  for (int i = 0; i < 50; ++i) {
    const double before = distance(y);
    y = step(ring, y);
    REQUIRE(distance(y) / before == Approx(lambda * lambda).epsilon(1e-9));
  }
  const std::vector<Vector<double>> mixed = step(topology("complete")->graph(20, 1, 0), x);
  REQUIRE(distance(x) > 1);
  REQUIRE(distance(mixed) < 1e-10);
  REQUIRE(std::abs(mixed[3][2] - 7) < 1e-14);
}

TEST_CASE("everyone with everyone, equal shards: synchronous FedAvg with all clients, to float32 rounding") {
  // The same trainings in the same order of arrival. Gossip sums models in double and rounds the sum to float32, FedAvg
  // sums deltas and rounds the mean delta and its sum with x: a few times 2^-24 of a weight apart after each round.
  const Played server = play_text(kOneSecondTurns, {"protocol.cohort=10"});
  for (const std::string weights : {"metropolis", "uniform", "push_sum"}) {
    const Played mesh =
        play_text(kOneSecondTurns, {"protocol={name: gossip, topology: {name: complete}, weights: " + weights + "}"});
    REQUIRE(mesh.memory.rounds.size() == 8);
    const Vector<float> difference = *mesh.result.weights - *server.result.weights;
    REQUIRE(server.result.weights->cwiseAbs().maxCoeff() > 0.3f);
    REQUIRE(difference.cwiseAbs().maxCoeff() < 1e-6f);
    for (std::size_t i = 0; i < 8; ++i) {
      REQUIRE(mesh.memory.rounds[i].train_loss == Approx(server.memory.rounds[i].train_loss).epsilon(1e-5));
    }
    // All nodes mix the same models in the same order.
    for (const EvaluationRecord& each : mesh.memory.evaluations) REQUIRE(each.consensus_distance < 1e-14);
  }
  REQUIRE(std::isnan(server.memory.evaluations.back().consensus_distance));
}

TEST_CASE("on IID data gossip ends within a point of FedAvg") {
  const std::string yaml = R"(
data: {dataset: gaussian_mixture, clients: 16, samples: 60, test_samples: 100, features: 8, classes: 4, separation: 3}
model: {name: softmax}
training: {batch_size: 10, optimizer: {name: sgd, lr: 0.1}}
protocol: {name: synchronous, cohort: 16}
evaluate: {every: 1000}
stop: {rounds: 30}
)";
  const Played server = play_text(yaml);
  const double goal = server.memory.evaluations.back().test_accuracy;
  REQUIRE(goal > 0.75);
  for (const std::string topology : {"ring", "torus", "small_world", "exponential"}) {
    const std::string weights = topology == "exponential" ? "push_sum" : "metropolis";
    const Played p =
        play_text(yaml, {"protocol={name: gossip, topology: {name: " + topology + "}, weights: " + weights + "}"});
    INFO(topology << ": " << p.memory.evaluations.back().test_accuracy << ", FedAvg " << goal);
    REQUIRE(std::abs(p.memory.evaluations.back().test_accuracy - goal) <= 0.01);
    REQUIRE(p.memory.evaluations.back().consensus_distance > 0);
  }
}

TEST_CASE("gossip: threads and executor leave no trace in the results, and every law holds") {
  for (const std::string& protocol : kProtocols) {
    INFO(protocol);
    const Played serial = storm({"execution.executor=inline"}, protocol);
    REQUIRE(serial.memory.rounds.size() == 12);
    REQUIRE(serial.outcomes(Outcome::crash) > 0);
    REQUIRE(serial.outcomes(Outcome::left) > 0);
    REQUIRE(broken_laws(serial.memory) == "");
    for (const std::string threads : {"1", "2", "8"}) {
      REQUIRE(storm({"execution.threads=" + threads}, protocol).bits() == serial.bits());
    }
    REQUIRE(storm({"seed=4"}, protocol).bits() != serial.bits());
  }
}

TEST_CASE("gossip obeys every law in any storm, on shared links too") {
  for (const std::string& protocol : kProtocols) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      for (const std::string shared : {"{}", "{server: {down: 20 Mbit/s}, cell: {count: 3, up: 2 Mbit/s}}"}) {
        CAPTURE(protocol, seed, shared);
        const Played p = storm(
            {"timing=only", "evaluate.per_client=0", "fleet.shared=" + shared, fmt::format("seed={}", seed)}, protocol);
        REQUIRE(p.memory.turns.size() > 40);
        REQUIRE(broken_laws(p.memory) == "");
      }
    }
  }
}

TEST_CASE("timing only plays the same timeline of gossip, and only what is used is computed") {
  const Played full = storm({"evaluate.per_client=0"}, kProtocols[0]);
  const Played timing = storm({"timing=only", "evaluate.per_client=0"}, kProtocols[0]);
  REQUIRE(timing.result.computed_jobs == 0);
  REQUIRE(timing.memory.turns.size() == full.memory.turns.size());
  for (std::size_t i = 0; i < full.memory.turns.size(); ++i) {
    REQUIRE(timing.memory.turns[i].ended == full.memory.turns[i].ended);
    REQUIRE(timing.memory.turns[i].outcome == full.memory.turns[i].outcome);
  }
  std::uint64_t reported = 0;
  for (const RoundRecord& round : full.memory.rounds) reported += static_cast<std::uint64_t>(round.outcomes[0]);
  REQUIRE(full.result.accepted_jobs == reported);
  // Each report is one training and one mixture, each round one mean; 300 test samples are one block of an evaluation.
  REQUIRE(full.result.computed_jobs == 2 * reported + 12 + full.memory.evaluations.size());
}

TEST_CASE("a turn receives what came in last, trains, and sends a copy to each neighbor") {
  // softmax of 4 features and 10 classes: 50 weights, 200 bytes. 1.6 kbit/s up and 3.2 kbit/s down make a copy 1 s up
  // and 0.5 s down; latency 500 ms each way. Ring: round 1 receives nothing and sends two: 0.5 + 0.5 + 2 = 3 s; the
  // rounds after it receive two: 4 s.
  const std::vector<std::string> slow = {
      "fleet={device: {compute: 1000 TFLOP/s}, link: {down: 3.2 kbit/s, up: 1.6 kbit/s, latency: 500 ms}}",
      "protocol={name: gossip}", "data.classes=10", "stop.rounds=3"};
  const Played p = play_text(kOneSecondTurns, slow);
  REQUIRE(p.memory.rounds.size() == 3);
  REQUIRE(p.memory.rounds[0].committed.seconds() == Approx(3).epsilon(1e-6));
  REQUIRE(p.memory.rounds[1].committed.seconds() == Approx(7).epsilon(1e-6));
  REQUIRE(p.memory.rounds[2].committed.seconds() == Approx(11).epsilon(1e-6));
  REQUIRE(p.memory.rounds[0].spent.bytes_down == 0);
  REQUIRE(p.memory.rounds[1].spent.bytes_down == 10 * 2 * 200);
  for (const RoundRecord& round : p.memory.rounds) REQUIRE(round.spent.bytes_up == 10 * 2 * 200);
}

TEST_CASE("who is late has no part in a round: it keeps its model, and its neighbors mix without it") {
  // Three nodes, all next to each other, at the points 0, 6 and 12 with lr 1; training takes 4 FLOP, and one of the
  // devices, drawn from 1 to 8 FLOP/s, misses the deadline of 2 s. With W_ij = 1/3 the other two keep the weight of the
  // third for themselves: 2/3 own + 1/3 the other's. The third keeps 3, with which all began.
  const std::string yaml = R"(
data: {dataset: quadratic, points: [0, 6, 12]}
model: {name: quadratic, start: 3}
training: {batch_size: full, optimizer: {name: sgd, lr: 1}}
protocol: {name: gossip, topology: {name: complete}, deadline: 2 s}
fleet:
  device: {catalog: drawn, compute: {distribution: uniform, low: 1 FLOP/s, high: 8 FLOP/s}}
  link: {down: 1000 Gbit/s, up: 1000 Gbit/s, latency: 1 ms}
stop: {rounds: 1}
)";
  // Which node is late depends on the drawn devices: a seed with just one is looked for, and the closed form is of it.
  bool found = false;
  for (std::uint64_t seed = 1; seed < 50 && !found; ++seed) {
    const Played p = play_text(yaml, {fmt::format("seed={}", seed)});
    if (p.outcomes(Outcome::deadline) != 1) continue;
    found = true;
    std::vector<double> points = {0, 6, 12}, next;
    std::size_t late = 3;
    for (const ClientTrace& turn : p.memory.turns) {
      if (turn.outcome == Outcome::deadline) late = raw(turn.client);
    }
    for (std::size_t i = 0; i < 3; ++i) {
      const std::size_t other = 3 - i - late;
      next.push_back(i == late ? 3 : 2 * points[i] / 3 + points[other] / 3);
    }
    const double mean = (next[0] + next[1] + next[2]) / 3;
    double distance = 0;
    for (const double x : next) distance += (x - mean) * (x - mean) / 3;
    REQUIRE((*p.result.weights)[0] == Approx(mean).epsilon(1e-6));
    REQUIRE(p.memory.evaluations.back().consensus_distance == Approx(distance).epsilon(1e-5));
  }
  REQUIRE(found);
}

TEST_CASE("push-sum: what all nodes weigh is what they weighed, through crashes and absences") {
  for (const std::string topology : {"star", "exponential"}) {
    ExperimentConfig config = read_text_experiment(
        kStormy, {"protocol={name: gossip, weights: push_sum, deadline: 4 s, topology: {name: " + topology + "}}",
                  "timing=only", "evaluate.per_client=0", "stop.rounds=200"});
    Assembly assembly = assemble(config);
    Memory memory;
    const std::atomic<bool> interrupted{false};
    Ledger ledger(nullptr, nullptr, memory, interrupted);
    EventQueue queue;
    World world{.seed = config.seed,
                .queue = queue,
                .fleet = *assembly.fleet,
                .population = *assembly.population,
                .selector = *config.selection,
                .ledger = ledger,
                .stop = config.stop,
                .evaluation = config.evaluation,
                .evaluable = {}};
    const std::unique_ptr<Protocol> protocol = config.protocol->make(world);
    simulate(*protocol, queue, ledger, interrupted);
    const std::vector<double>& mass = dynamic_cast<const Gossip&>(*protocol).mass();
    double sum = 0, least = 1, most = 1;
    for (const double each : mass) {
      sum += each;
      least = std::min(least, each);
      most = std::max(most, each);
    }
    REQUIRE(memory.rounds.size() == 200);
    REQUIRE(sum == Approx(60).epsilon(1e-12));
    REQUIRE(least > 0);
    REQUIRE(most > 1.05);  // or there was nothing to conserve
  }
}

TEST_CASE("push-sum de-biases: on a star, where uniform sending drifts to the hub, the nodes agree on the mean") {
  // Points 1 .. 6 with mean 3.5; lr 1 once, then nothing. P is column-stochastic and not row-stochastic; x_i / w_i
  // tends to sum x / n at every node.
  const Played p = play_text(from_points({1, 2, 3, 4, 5, 6}, "{name: star}, weights: push_sum"), {"stop.rounds=60"});
  REQUIRE(p.memory.evaluations.back().consensus_distance < 1e-10);
  REQUIRE((*p.result.weights)[0] == Approx(3.5).epsilon(1e-5));
}

TEST_CASE("methods that need their server do not run without it") {
  const auto message = [](const std::string& method, const std::string& why) {
    return Catch::Contains(method + " does not run with the protocol gossip: " + why +
                           "; choose fedavg or fedprox, or a protocol with one server");
  };
  const auto run = [](const std::string& method) {
    play_text(kOneSecondTurns, {"protocol={name: gossip}", "algorithm={name: " + method + "}"});
  };
  REQUIRE_THROWS_WITH(run("scaffold"),
                      message("scaffold", "its clients keep state that belongs to one line of models"));
  REQUIRE_THROWS_WITH(run("fedasync"), message("fedasync", "its server does more than take the mean"));
  REQUIRE_NOTHROW(run("fedprox"));
  REQUIRE_NOTHROW(run("fedsgd"));
  REQUIRE_NOTHROW(run("centralized"));
}

TEST_CASE("what gossip cannot be is said") {
  const auto run = [](const std::string& keys, const std::string& clients = "10") {
    play_text(kOneSecondTurns, {"protocol={name: gossip, " + keys + "}", "data.clients=" + clients});
  };
  REQUIRE_THROWS_WITH(run("topology: {name: torus}"), Catch::Contains("10 clients are no torus"));
  REQUIRE_THROWS_WITH(run("", "1"), Catch::Contains("gossip needs at least 2 clients, there are 1"));
  REQUIRE_THROWS_WITH(run("topology: {name: exponential}"),
                      Catch::Contains("metropolis is for graphs whose edges go both ways; write weights: push_sum"));
  REQUIRE_THROWS_WITH(
      run("topology: {name: star}, weights: uniform"),
      Catch::Contains("uniform is for graphs whose nodes all have the same number of neighbors; write weights: "
                      "metropolis, or push_sum for a directed one"));
  const Played nobody = play_text(kOneSecondTurns, {"protocol={name: gossip, give_up: 50}",
                                                    "fleet.availability={model: on_off, on: 1 ms, off: 1000 d}"});
  REQUIRE(nobody.result.stopped.kind == StopReason::Kind::gave_up);
  REQUIRE(nobody.result.stopped.text == "gave up after 50 rounds in a row in which no node was there to the end");
}

TEST_CASE("gossip stops by time and by bytes, and books what was under way") {
  const Played time = play_text(kOneSecondTurns, {"protocol={name: gossip}", "stop={time: 2.5 s}"});
  REQUIRE(time.memory.rounds.size() == 2);
  REQUIRE(time.outcomes(Outcome::reported) == 20);
  REQUIRE(time.outcomes(Outcome::abandoned) == 10);
  REQUIRE(broken_laws(time.memory) == "");
  const Played bytes = play_text(kOneSecondTurns, {"protocol={name: gossip}", "stop={bytes: 1 B}"});
  REQUIRE(bytes.result.stopped.kind == StopReason::Kind::bytes);
  REQUIRE(bytes.memory.rounds.size() == 1);
}

TEST_CASE("a node without data takes part: it passes on what it hears") {
  // A path 0 - 1 - 2 whose middle has no sample: without it the ends would never hear of each other.
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  std::ofstream(folder / "fedtide-path.csv") << "from,to\n0,1\n1,2\n";
  std::ofstream(folder / "fedtide-shares.csv") << "client,index\n0,0\n0,1\n1,\n2,2\n2,3\n";
  const Played p = play_text(fmt::format(R"(
data: {{dataset: blobs, samples: 4, test_samples: 0, features: 2, partition: {{scheme: from_file, path: {0}/fedtide-shares.csv}}}}
model: {{name: quadratic}}
training: {{batch_size: full, optimizer: {{name: sgd, lr: 1}}, schedule: {{name: step, decay: 1e-30}}}}
protocol: {{name: gossip, topology: {{name: file, path: {0}/fedtide-path.csv}}}}
stop: {{rounds: 60}}
)",
                                         folder.string()));
  for (const RoundRecord& round : p.memory.rounds) {
    REQUIRE(round.outcomes[0] == 3);
    REQUIRE(round.trained_samples == 4);
  }
  // The ends' models at first are far from the middle's zero; in the end all three are the mean.
  REQUIRE(p.memory.evaluations[1].consensus_distance > 0.01);
  REQUIRE(p.memory.evaluations.back().consensus_distance < 1e-10);
  std::filesystem::remove(folder / "fedtide-path.csv");
  std::filesystem::remove(folder / "fedtide-shares.csv");
}

TEST_CASE("a node whose training is not finite is named") {
  const Played p = play_text(
      kOneSecondTurns, {"protocol={name: gossip}", "training.optimizer.lr=1e30", "model={name: mlp, hidden: [8]}"});
  REQUIRE(p.result.stopped.kind == StopReason::Kind::diverged);
  REQUIRE_THAT(p.result.stopped.text, Catch::StartsWith("diverged: the update of client ") &&
                                          Catch::Contains("is not finite; a lower training.optimizer.lr may help"));
}

TEST_CASE("a run of gossip that is cut short shows the mean of its last recorded round") {
  // The observer asks to stop within the fourth round; what a run without it has after three rounds is shown.
  struct Cut final : Observer {
    std::atomic<bool> interrupted{false};
    std::int64_t rounds = 0;
    void on_evaluation(const EvaluationRecord&) override {}
    void on_round(const RoundRecord& record) override {
      rounds = record.round;
      if (rounds == 3) interrupted = true;
    }
    void on_trace(const ClientTrace&) override {}
  };
  ExperimentConfig config = read_text_experiment(kOneSecondTurns, {"protocol={name: gossip}"});
  Assembly assembly = assemble(config);
  Cut cut;
  const PlayResult result = play(config, assembly, cut, cut.interrupted);
  const Played three = play_text(kOneSecondTurns, {"protocol={name: gossip}", "stop.rounds=3"});
  REQUIRE(result.stopped.kind == StopReason::Kind::interrupted);
  REQUIRE(result.version == 3);
  REQUIRE(*result.weights == *three.result.weights);
}

TEST_CASE("a graph that does not fit the clients of the data is refused once they are known") {
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "fedtide-two.csv";
  std::ofstream(path) << "client,index\n0,0\n1,1\n";
  REQUIRE_THROWS_WITH(
      play_text(fmt::format(R"(
data: {{dataset: blobs, samples: 2, test_samples: 0, features: 2, partition: {{scheme: from_file, path: {}}}}}
model: {{name: softmax}}
protocol: {{name: gossip, topology: {{name: torus}}}}
stop: {{rounds: 1}}
)",
                            path.string())),
      "protocol: 2 clients are no torus: they must be a product of two numbers of at least 3, such as 9");
  std::filesystem::remove(path);
}
