// Server optimizers on the mean change, followed by hand over a few rounds.

#include <cmath>
#include <cstring>

#include "tests/catch.h"
#include "tests/support/problem.h"
#include "tests/support/server.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

/// One client a round, with these deltas; from a model of 10.
std::vector<double> after(const std::string& method, const std::vector<double>& deltas) {
  std::vector<std::vector<Update1>> rounds;
  for (const double delta : deltas) rounds.push_back({{.delta = delta}});
  return served(method, 10, rounds);
}

void require_close(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t t = 0; t < found.size(); ++t) {
    INFO("round " << t);
    REQUIRE(found[t] == Approx(expected[t]).epsilon(1e-14));
  }
}

bool same_bits(const Vector<float>& a, const Vector<float>& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), sizeof(float) * static_cast<std::size_t>(a.size())) == 0;
}

}  // namespace

TEST_CASE("FedAvgM's momentum sums the changes of the rounds") {
  // beta 1/2, eta 2; Delta 1, -2, 4: v = 1, -1.5, 3.25.
  require_close(after("{name: fedavgm, beta: 0.5, server_lr: 2}", {1, -2, 4}), {12, 9, 15.5});
  // Nesterov: Delta + v / 2 = 1.5, -2.75, 5.625.
  require_close(after("{name: fedavgm, beta: 0.5, server_lr: 2, nesterov: true}", {1, -2, 4}), {13, 7.5, 18.75});
  // By default beta is 0.9 and eta 1: v = 1, 1.9.
  require_close(after("{name: fedavgm}", {1, 1}), {11, 12.9});
}

TEST_CASE("a server's learning rate falls by its schedule") {
  require_close(after("{name: fedavgm, beta: 0, server_schedule: {name: step, decay: 0.5}}", {1, 1, 1}),
                {11, 11.5, 11.75});
  require_close(after("{name: fedavgm, beta: 0, server_schedule: {name: step, decay: 0.5, every: 2}}", {1, 1, 1}),
                {11, 12, 12.5});
  // FedAdagrad with tau 1 from v = 0: 3 / (3 + 1), and then half of 4 / (5 + 1).
  require_close(after("{name: fedadagrad, server_lr: 1, tau: 1, initial_accumulator: 0, server_schedule: {name: step, "
                      "decay: 0.5}}",
                      {3, 4}),
                {10.75, 10.75 + 1.0 / 3});
}

TEST_CASE("FedAdagrad as Reddi et al. have it") {
  // v = 9, 25, 169 from 0; steps 2 Delta / (sqrt(v) + 1) = 2 (3/4, 4/6, -12/14).
  require_close(after("{name: fedadagrad, server_lr: 2, tau: 1, initial_accumulator: 0}", {3, 4, -12}),
                {11.5, 11.5 + 4.0 / 3, 11.5 + 4.0 / 3 - 12.0 / 7});
  // v_{-1} = tau^2: with tau 3 and Delta 4, v = 25 and the step 2 * 4 / (5 + 3).
  require_close(after("{name: fedadagrad, server_lr: 2, tau: 3}", {4}), {11});
  // beta_1 1/2: m = 3/2, 11/4.
  require_close(after("{name: fedadagrad, server_lr: 2, tau: 1, initial_accumulator: 0, beta1: 0.5}", {3, 4}),
                {10.75, 10.75 + 5.5 / 6});
}

TEST_CASE("FedAdam as Reddi et al. have it: no bias correction") {
  // beta_1 1/2, beta_2 3/4: m = 1, 3, 1 and v = 1, 7, 5.5 from 0.
  const double first = 11, second = first + 6 / (std::sqrt(7.0) + 1), third = second + 2 / (std::sqrt(5.5) + 1);
  require_close(
      after("{name: fedadam, server_lr: 2, beta1: 0.5, beta2: 0.75, tau: 1, initial_accumulator: 0}", {2, 5, -1}),
      {first, second, third});
  // The defaults, from v = tau^2 = 1e-6: m = 0.1, v = 0.99e-6 + 0.01.
  require_close(after("{name: fedadam}", {1}), {10 + 0.01 * 0.1 / (std::sqrt(0.99e-6 + 0.01) + 1e-3)});
}

TEST_CASE("FedYogi as Reddi et al. have it") {
  // v grows by a quarter of Delta^2 where it is smaller: 1, 7.25; and falls by it where it is greater: 7.
  const double first = 11, second = first + 6 / (std::sqrt(7.25) + 1), third = second + 2 / (std::sqrt(7.0) + 1);
  require_close(
      after("{name: fedyogi, server_lr: 2, beta1: 0.5, beta2: 0.75, tau: 1, initial_accumulator: 0}", {2, 5, -1}),
      {first, second, third});
  // Where it is Delta^2, it stays.
  require_close(after("{name: fedyogi, server_lr: 2, beta1: 0.5, beta2: 0.75, tau: 1, initial_accumulator: 4}", {2}),
                {10 + 2.0 / 3});
  require_close(after("{name: fedyogi}", {1}), {10 + 0.01 * 0.1 / (std::sqrt(1e-6 + 0.01) + 1e-3)});
}

TEST_CASE("FedExP goes further where clients differ, and never less far than FedAvg") {
  // Shares 1/4 and 3/4: the mean is 4/4 - 2 * 3/4 = -1/2, the mean square 16/4 + 4 * 3/4 = 7.
  const std::vector<Update1> apart = {{.delta = 4, .samples = 1}, {.delta = -2, .samples = 3}};
  // eta_g = 7 / (2 (1/4 + 1/4)) = 7. Then (36 + 4) / 2 / (2 (4 + 1/4)): nothing is left over from the round before.
  const std::vector<Update1> then = {{.delta = 6}, {.delta = -2}};
  require_close(served("{name: fedexp, epsilon: 0.25}", 10, {apart, then}), {6.5, 6.5 + 2 * 20 / 8.5});
  // 1 / (2 (1 + 0.001)) < 1
  require_close(served("{name: fedexp}", 10, {{{.delta = 1}, {.delta = 1}}}), {11});
}

TEST_CASE("FedAvgM with beta = 0 is FedAvg, bit for bit") {
  const SmallProblem p = small_problem();
  const auto model = read_model("{name: mlp, hidden: [20, 12]}")->make_float(p.dataset->shape());
  const auto run = [&](const std::string& method) {
    return run_rounds<float>(*read_method(method), *model, *p.dataset, p.clients, 5);
  };
  const Vector<float> avg = run("{name: fedavg}");
  REQUIRE(same_bits(avg, run("{name: fedavgm, beta: 0}")));
  REQUIRE(same_bits(avg, run("{name: fedavgm, beta: 0, nesterov: true}")));
  REQUIRE_FALSE(same_bits(avg, run("{name: fedavgm, beta: 0.1}")));
}
