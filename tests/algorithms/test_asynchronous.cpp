// The rules of asynchronous methods: weights by staleness, and what a commit makes of them.

#include <cmath>

#include "tests/catch.h"
#include "tests/support/experiment.h"
#include "tests/support/read.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

Report report(std::uint64_t samples, std::uint32_t staleness) { return {ClientId{0}, samples, staleness}; }

/// The server's half after two reports with deltas of 1 and 4 in one dimension, from a model of 10.
double committed(const std::string& method, const Report& first, const Report& second) {
  const Algorithm<double> algorithm = read_method(method)->make_double({1, 2});
  WeightedMean<double> aggregator(1);
  ClientOutput<double> output;
  for (const auto& [each, delta] : {std::pair{first, 1.0}, std::pair{second, 4.0}}) {
    output.delta = Vector<double>::Constant(1, delta);
    aggregator.absorb(output.delta, algorithm.server->weight(each, output));
    algorithm.server->absorb(output, each);
  }
  Vector<double> x = Vector<double>::Constant(1, 10.0);
  algorithm.server->commit(x, aggregator.finish());
  return x[0];
}

double weight(const std::string& method, std::uint32_t staleness) {
  const Algorithm<double> algorithm = read_method(method)->make_double({1, 2});
  return algorithm.server->weight(report(7, staleness), {});
}

}  // namespace

TEST_CASE("s(tau) as Xie et al. define it") {
  // constant 1; polynomial (1 + tau)^-a; hinge 1 up to b, then 1 / (a (tau - b) + 1).
  REQUIRE(weight("{name: fedbuff, staleness: constant}", 9) == 1);
  REQUIRE(weight("{name: fedbuff}", 3) == Approx(0.5));  // 1 / sqrt(4), FedBuff's own
  REQUIRE(weight("{name: fedbuff, staleness: polynomial, a: 1}", 3) == Approx(0.25));
  REQUIRE(weight("{name: fedbuff, staleness: hinge, a: 10, b: 4}", 4) == 1);
  REQUIRE(weight("{name: fedbuff, staleness: hinge, a: 10, b: 4}", 6) == Approx(1.0 / 21));
  REQUIRE(weight("{name: fedasync, alpha: 0.6, staleness: polynomial, a: 0.5}", 3) == Approx(0.3));
}

TEST_CASE("FedBuff divides by K: stale updates move the model less") {
  // Fresh: 10 + (1 + 4) / 2. The second one stale by 3, s = 1/2: 10 + (1 + 4 / 2) / 2.
  REQUIRE(committed("{name: fedbuff}", report(5, 0), report(15, 0)) == Approx(12.5));
  REQUIRE(committed("{name: fedbuff}", report(5, 0), report(15, 3)) == Approx(11.5));
  REQUIRE(committed("{name: fedbuff, server_lr: 0.1}", report(5, 0), report(15, 3)) == Approx(10.15));
  // By the sum of the weights 1 + 1/2 in place of K = 2: 10 + 3 / 1.5.
  REQUIRE(committed("{name: fedbuff, normalize: weights}", report(5, 0), report(15, 3)) == Approx(12));
  // By samples: (5 x 1 + 15 x 4 / 2) / 20, and over 5 + 7.5.
  REQUIRE(committed("{name: fedbuff, weigh: samples}", report(5, 0), report(15, 3)) == Approx(11.75));
  REQUIRE(committed("{name: fedbuff, weigh: samples, normalize: weights}", report(5, 0), report(15, 3)) ==
          Approx(10 + 35 / 12.5));
}

TEST_CASE("FedAsync mixes models, not updates") {
  // With alpha = 1 and nobody stale, the server's model is the client's: one client at a time is its SGD without a
  // break, as in synchronous rounds of one.
  const std::string yaml = R"(
seed: 3
data: {dataset: blobs, samples: 100, test_samples: 50, features: 4, clients: 10}
model: {name: softmax}
training: {batch_size: 5, optimizer: {name: sgd, lr: 0.1}}
protocol: {name: synchronous, cohort: 1}
algorithm: {name: fedavg}
fleet: {device: {compute: 1 MFLOP/s}}
stop: {rounds: 20}
)";
  const std::string alone = "protocol={name: buffered, concurrency: 1, buffer: 1}";
  const Played turns = play_text(yaml);
  const Played mixed = play_text(yaml, {alone, "algorithm={name: fedasync, alpha: 1}"});
  const auto distance = [](const Played& a, const Played& b) {
    return static_cast<double>((*a.result.weights - *b.result.weights).norm() / b.result.weights->norm());
  };
  REQUIRE(distance(mixed, turns) < 1e-6);
  // Two at a time: a stale client's whole model replaces the server's, where FedBuff adds its update to it.
  const std::string pair = "protocol={name: buffered, concurrency: 2, buffer: 1}";
  const Played replaced = play_text(yaml, {pair, "algorithm={name: fedasync, alpha: 1, staleness: constant}"});
  const Played added = play_text(yaml, {pair, "algorithm={name: fedbuff, staleness: constant}"});
  REQUIRE(distance(replaced, added) > 1e-3);
}
