// Fair methods, against closed forms on quadratics F_i(x) = 1/2 (x - e_i)^2 and rounds followed by hand.

#include <cmath>
#include <cstring>

#include "sim/model/quadratic.h"
#include "tests/catch.h"
#include "tests/support/problem.h"
#include "tests/support/read.h"
#include "tests/support/rounds.h"
#include "tests/support/server.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

constexpr double kEta = 0.125;

/// One sample a client, at these points of the line; `steps` steps a turn.
struct Line {
  std::unique_ptr<DenseDataset> dataset;
  std::vector<TestClient> clients;
};

Line line(const std::vector<float>& at, std::int64_t steps) {
  Line l;
  Matrix<float> values(1, static_cast<Index>(at.size()));
  for (std::size_t i = 0; i < at.size(); ++i) {
    values(0, static_cast<Index>(i)) = at[i];
    TestClient client;
    client.rows = {static_cast<std::uint32_t>(i)};
    client.solver.steps = steps;
    client.solver.lr = kEta;
    client.solver.batch_size.reset();
    l.clients.push_back(client);
  }
  InputShape shape;
  shape.dims = {1};
  l.dataset = std::make_unique<DenseDataset>(shape, values, std::vector<std::int32_t>{});
  return l;
}

double after(int rounds, const std::string& method, const std::vector<float>& at, std::int64_t steps = 3) {
  const Line l = line(at, steps);
  const Quadratic<double> model(1, 0.0);
  return run_rounds<double>(*read_method(method), model, *l.dataset, l.clients, rounds)[0];
}

Vector<float> small(const std::string& method) {
  SmallProblem p = small_problem();
  for (TestClient& client : p.clients) client.rows.resize(8);
  const auto model = read_model("{name: mlp, hidden: [20]}")->make_float(p.dataset->shape());
  return run_rounds<float>(*read_method(method), *model, *p.dataset, p.clients, 5);
}

bool same_bits(const Vector<float>& a, const Vector<float>& b) {
  return std::memcmp(a.data(), b.data(), sizeof(float) * static_cast<std::size_t>(a.size())) == 0;
}

const std::vector<float> kPoints = {1, -2, 5};

}  // namespace

TEST_CASE("q-FedAvg with q = 0 and TERM with t = 0 are FedAvg on shards of one size, bit for bit") {
  const Vector<float> avg = small("{name: fedavg}");
  // 8 samples each: a power of two as weight rounds nothing.
  REQUIRE(same_bits(small("{name: qffl, q: 0}"), avg));
  REQUIRE(same_bits(small("{name: term, t: 0}"), avg));
  REQUIRE_FALSE(same_bits(small("{name: qffl, q: 1}"), avg));
  REQUIRE_FALSE(same_bits(small("{name: term, t: 1}"), avg));
}

TEST_CASE("TERM with t = 0 is FedAvg on unequal shards too, bit for bit") {
  const SmallProblem p = small_problem();
  const auto model = read_model("{name: softmax}")->make_float(p.dataset->shape());
  const auto run = [&](const std::string& method) {
    return run_rounds<float>(*read_method(method), *model, *p.dataset, p.clients, 5);
  };
  REQUIRE(same_bits(run("{name: term, t: 0}"), run("{name: fedavg}")));
}

TEST_CASE("q-FedAvg's rounds in closed form") {
  // w_k - w = s (e_k - w), s = 1 - (1 - eta)^3; L = 8.
  const double s = 1 - std::pow(1 - kEta, 3), lipschitz = 8;
  for (const double q : {0.5, 1.0, 2.0}) {
    double w = 0;
    for (int t = 0; t < 6; ++t) {
      double d = 0, h = 0;
      for (const float e : kPoints) {
        const double f = 0.5 * (e - w) * (e - w) + 1e-10;
        const double dw = lipschitz * s * (w - e);
        d += std::pow(f, q) * dw;
        h += q * std::pow(f, q - 1) * dw * dw + lipschitz * std::pow(f, q);
      }
      w -= d / h;
    }
    REQUIRE(after(6, fmt::format("{{name: qffl, q: {}}}", q), kPoints) == Approx(w).epsilon(1e-12));
  }
}

TEST_CASE("TERM's rounds in closed form") {
  const double s = 1 - std::pow(1 - kEta, 3);
  for (const double tilt : {-0.5, 0.5, 2.0}) {
    double w = 0;
    for (int round = 0; round < 6; ++round) {
      double sum = 0, all = 0;
      for (const float e : kPoints) {
        const double a = std::exp(tilt * 0.5 * (e - w) * (e - w));
        sum += a * s * (e - w);
        all += a;
      }
      w += sum / all;
    }
    REQUIRE(after(6, fmt::format("{{name: term, t: {}}}", tilt), kPoints) == Approx(w).epsilon(1e-12));
  }
}

TEST_CASE("AFL with a mixture that rests is FedAvg with equal weights") {
  const double s = 1 - std::pow(1 - kEta, 3);
  const double mean = 4.0 / 3;
  REQUIRE(after(5, "{name: afl, lambda_lr: 0}", kPoints) == Approx(mean * (1 - std::pow(1 - s, 5))).epsilon(1e-12));
}

TEST_CASE("AFL's first two rounds by hand") {
  // Three clients, two of them report: N / |S| = 1.5. Round 1, lambda = 1/3 each, deltas 2 and -1, losses 1 and 3:
  //   w = 0 + 1.5 (2/3 - 1/3) = 0.5
  //   lambda + 0.2 * 1.5 (1, 3) = (19/30, 37/30, 1/3); minus theta = 13/30 on the first two: (0.2, 0.8, 0)
  // Round 2, deltas 1 and 1: w = 0.5 + 1.5 (0.2 + 0.8) = 2.
  const auto loss = [](double value) -> Vector<double> { return Vector<double>::Constant(1, value); };
  const auto models = served("{name: afl, lambda_lr: 0.2}", 0,
                             {{{.delta = 2, .extra = loss(1)}, {.delta = -1, .extra = loss(3)}},
                              {{.delta = 1, .extra = loss(1)}, {.delta = 1, .extra = loss(1)}}},
                             3);
  REQUIRE(models[0] == Approx(0.5).epsilon(1e-12));
  REQUIRE(models[1] == Approx(2.0).epsilon(1e-12));
}

TEST_CASE("AFL and a steep tilt rest where the worst client fares best, FedAvg where the mean does") {
  // Points 0, 0.5 and 4: the mean is 1.5, and max F_i is least at 2.
  const std::vector<float> at = {0, 0.5, 4};
  REQUIRE(after(600, "{name: fedavg}", at) == Approx(1.5).epsilon(1e-9));
  REQUIRE(after(4000, "{name: afl, lambda_lr: 0.01}", at) == Approx(2.0).margin(1e-3));
  // At t = 3 and w = 2 the second client weighs exp(-0.875 t) = 0.07 of the others: it pulls w by less than 0.01.
  REQUIRE(after(600, "{name: term, t: 3}", at, 1) == Approx(2.0).margin(0.02));
  REQUIRE(after(600, "{name: qffl, q: 5}", at) > 1.7);
}
