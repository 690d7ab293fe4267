// FedProx's rule for mu.

#include "sim/model/quadratic.h"
#include "tests/catch.h"
#include "tests/support/problem.h"
#include "tests/support/server.h"

using namespace fedtide;
using namespace fedtide::testing;

TEST_CASE("mu grows with the loss and falls when the loss has fallen for some rounds") {
  const auto method = read_method("{name: fedprox, mu: 1, mu_rule: loss, mu_step: 0.5, patience: 2}");
  const Algorithm<double> algorithm = method->make_double({1, 2});
  const auto mu = [&] { return (*algorithm.server->broadcast())[0]; };
  REQUIRE(mu() == 1);
  const auto round = [&](double loss, double apart) {
    // Two clients whose mean, 1 to 3, is the loss.
    for (const auto& [samples, own] : {std::pair{1u, loss + 3 * apart}, std::pair{3u, loss - apart}}) {
      ClientOutput<double> output;
      output.extra = Vector<double>::Constant(1, own);
      algorithm.server->absorb(output, Report{ClientId{0}, samples, 0});
    }
    Vector<double> x = Vector<double>::Zero(1);
    algorithm.server->commit(x, {Vector<double>::Constant(1, 7.0), 4, 2});
    REQUIRE(x[0] == 7);
    return mu();
  };
  // loss                 first grows falls again falls equal falls again falls again: at 0 it stays there
  const double losses[] = {5, 6, 5, 4, 3, 3, 2, 1, 0, -1, -2, -3};
  const double mus[] = {1, 1.5, 1.5, 1, 1, 1, 1, 0.5, 0.5, 0, 0, 0};
  for (int t = 0; t < 12; ++t) {
    INFO("round " << t);
    REQUIRE(round(losses[t], t % 2 == 0 ? 0 : 20) == mus[t]);
  }
}

TEST_CASE("a client reports its loss at the model it was sent") {
  // 1/2 ||x - e||^2 at x = (3, 3), over the points (1, 2) and (3, -1): the mean of 5/2 and 16/2.
  Matrix<float> values(2, 2);
  values << 1, 3, 2, -1;
  InputShape shape;
  shape.dims = {2};
  const DenseDataset dataset(shape, values, {});
  const std::vector<std::uint32_t> rows = {0, 1};
  const Quadratic<double> model(2, 0.0);
  const Vector<double> x = Vector<double>::Constant(2, 3.0), mu = Vector<double>::Constant(1, 0.5);
  SolverMemory<double> memory;
  const auto method = read_method("{name: fedprox, mu_rule: loss}");
  const ClientOutput<double> out = method->make_double({2, 1}).client->train({.model = model,
                                                                              .data = {&dataset, rows},
                                                                              .solver = {},
                                                                              .round = 0,
                                                                              .global = x,
                                                                              .broadcast = &mu,
                                                                              .state = nullptr,
                                                                              .stream = Stream(1, Purpose::batches),
                                                                              .memory = memory});
  REQUIRE(out.extra[0] == Approx(5.25));
}

TEST_CASE("until the rule moves mu it is FedProx with that mu, bit for bit") {
  const SmallProblem p = small_problem();
  const auto model = read_model("{name: softmax}")->make_float(p.dataset->shape());
  const auto run = [&](const std::string& keys, int rounds) {
    return run_rounds<float>(*read_method("{name: fedprox, mu: 0.5" + keys + "}"), *model, *p.dataset, p.clients,
                             rounds);
  };
  REQUIRE(run(", mu_rule: loss", 4) == run("", 4));
  // The loss falls in every round: after the second fall in a row mu is 0.5 - 0.1.
  REQUIRE(run(", mu_rule: loss, patience: 2", 3) == run("", 3));
  REQUIRE(run(", mu_rule: loss, patience: 2", 4) != run("", 4));
}
