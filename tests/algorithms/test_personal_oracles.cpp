// Personalized methods on quadratics F_i(x) = 1/2 ||x - e_i||^2, in closed form.
//
// One step of gradient descent with rate eta takes x - e_i to (1 - eta)(x - e_i); client i takes tau_i of them a turn.

#include <cmath>

#include "sim/model/quadratic.h"
#include "tests/catch.h"
#include "tests/support/read.h"
#include "tests/support/rounds.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

constexpr double kEta = 0.125;
constexpr int kClients = 4;
constexpr double kPoint[kClients][2] = {{1, 0}, {-2, 3}, {4, -1}, {0.5, 8}};
constexpr int kSteps[kClients] = {1, 3, 10, 2};

/// Client i holds one sample, e_i, so that all weigh the same.
struct Points {
  std::unique_ptr<DenseDataset> dataset;
  std::vector<TestClient> clients;
};

Points points() {
  Points p;
  Matrix<float> values(2, kClients);
  for (int i = 0; i < kClients; ++i) {
    TestClient client;
    client.solver.steps = kSteps[i];
    client.solver.lr = kEta;
    client.solver.batch_size.reset();
    client.rows = {static_cast<std::uint32_t>(i)};
    values(0, i) = static_cast<float>(kPoint[i][0]);
    values(1, i) = static_cast<float>(kPoint[i][1]);
    p.clients.push_back(client);
  }
  InputShape shape;
  shape.dims = {2};
  p.dataset = std::make_unique<DenseDataset>(shape, values, std::vector<std::int32_t>{});
  return p;
}

Vector<double> e(int i) { return Vector<double>{{kPoint[i][0], kPoint[i][1]}}; }
const Quadratic<double>& model() {
  static const Quadratic<double> quadratic(2, 0.0);
  return quadratic;
}

Federation<double> after(int rounds, const std::string& method) {
  const Points p = points();
  return federate<double>(*read_method(method), model(), *p.dataset, p.clients, rounds);
}

/// FedAvg's model after each of so many rounds, by the closed form: x <- x + mean of s_i (e_i - x).
std::vector<Vector<double>> fedavg(int rounds) {
  std::vector<Vector<double>> x = {Vector<double>::Zero(2)};
  for (int t = 0; t < rounds; ++t) {
    Vector<double> mean = Vector<double>::Zero(2);
    for (int i = 0; i < kClients; ++i) mean += (1 - std::pow(1 - kEta, kSteps[i])) * (e(i) - x.back()) / kClients;
    x.push_back(x.back() + mean);
  }
  return x;
}

void require_near(const Vector<double>& found, const Vector<double>& expected) {
  INFO(found.transpose() << ", expected " << expected.transpose());
  REQUIRE((found - expected).norm() <= 1e-12 * (1 + expected.norm()));
}

}  // namespace

TEST_CASE("a kept coordinate is each client's own gradient descent, and the other FedAvg's") {
  const Points p = points();
  const int rounds = 7;
  for (const std::string name : {"fedper", "lg_fedavg", "fedbn", "fedrep"}) {
    INFO(name);
    const auto method = read_method("{name: " + name + "}");
    ProblemSize size = problem_size(*method, model(), kClients);
    size.kept = {{1, 1}};
    const auto f = federate<double>(*method, model(), *p.dataset, p.clients, rounds, everyone(p.clients), size);
    const double shared = fedavg(rounds).back()[0];
    REQUIRE(f.x[0] == Approx(shared).epsilon(1e-12));
    REQUIRE(f.x[1] == 0.0);
    for (int i = 0; i < kClients; ++i) {
      const int steps = rounds * (name == "fedrep" ? 10 : kSteps[i]);  // FedRep: 10 epochs of the head
      const double own = kPoint[i][1] * (1 - std::pow(1 - kEta, steps));
      REQUIRE(f.personal[static_cast<std::size_t>(i)][0] == Approx(shared).epsilon(1e-12));
      REQUIRE(f.personal[static_cast<std::size_t>(i)][1] == Approx(own).epsilon(1e-12));
      REQUIRE(f.states[static_cast<std::size_t>(i)]->size() == 1);
    }
  }
}

TEST_CASE("local only is each client's own gradient descent, and the server's model rests") {
  const auto f = after(7, "{name: local}");
  REQUIRE(f.x.isZero(0));
  for (int i = 0; i < kClients; ++i) {
    require_near(f.personal[static_cast<std::size_t>(i)], e(i) * (1 - std::pow(1 - kEta, 7 * kSteps[i])));
  }
}

TEST_CASE("fine-tuning goes on from FedAvg's model") {
  const auto f = after(5, "{name: fine_tuning, personal_epochs: 3, personal_lr: 0.25}");
  const Vector<double> x = fedavg(5).back();
  require_near(f.x, x);
  for (int i = 0; i < kClients; ++i) {
    require_near(f.personal[static_cast<std::size_t>(i)], e(i) + std::pow(0.75, 3) * (x - e(i)));
  }
}

TEST_CASE("Ditto's models follow the spring to FedAvg's") {
  // v - v* shrinks by 1 - eta (1 + lambda) a step, v* = (e + lambda w) / (1 + lambda).
  for (const double lambda : {0.5, 2.0}) {
    const int rounds = 6;
    const auto f = after(rounds, fmt::format("{{name: ditto, lambda: {}}}", lambda));
    const auto w = fedavg(rounds);
    require_near(f.x, w.back());
    for (int i = 0; i < kClients; ++i) {
      Vector<double> v = Vector<double>::Zero(2);
      for (int t = 0; t < rounds; ++t) {
        const Vector<double> rest = (e(i) + lambda * w[static_cast<std::size_t>(t)]) / (1 + lambda);
        v = rest + std::pow(1 - kEta * (1 + lambda), kSteps[i]) * (v - rest);
      }
      require_near(f.personal[static_cast<std::size_t>(i)], v);
    }
  }
}

TEST_CASE("Ditto's personal epochs are its own") {
  const auto f = after(1, "{name: ditto, lambda: 0, personal_epochs: 4}");
  for (int i = 0; i < kClients; ++i) {
    require_near(f.personal[static_cast<std::size_t>(i)], e(i) * (1 - std::pow(1 - kEta, 4)));
  }
}

TEST_CASE("APFL's mixtures, step by step") {
  const double alpha = 0.25;
  const int rounds = 6;
  const auto f = after(rounds, "{name: apfl, alpha: 0.25}");
  const auto x = fedavg(rounds);
  require_near(f.x, x.back());
  for (int i = 0; i < kClients; ++i) {
    Vector<double> v = Vector<double>::Zero(2);
    for (int t = 0; t < rounds; ++t) {
      Vector<double> w = x[static_cast<std::size_t>(t)];
      for (int k = 0; k < kSteps[i]; ++k) {
        const Vector<double> mixed = alpha * v + (1 - alpha) * w;
        w -= kEta * (w - e(i));
        v -= kEta * alpha * (mixed - e(i));
      }
    }
    require_near(f.personal[static_cast<std::size_t>(i)], alpha * v + (1 - alpha) * x.back());
  }
}

TEST_CASE("APFL with alpha = 1 is local only for each client") {
  const auto mixed = after(6, "{name: apfl, alpha: 1}"), alone = after(6, "{name: local}");
  for (std::size_t i = 0; i < kClients; ++i) require_near(mixed.personal[i], alone.personal[i]);
}

TEST_CASE("pFedMe's proximal points and rounds") {
  // K steps from w leave q of the way to theta* = (e + lambda w) / (1 + lambda): theta = w + (1 - q) (e - w) /
  // (1 + lambda), and w moves by eta lambda (theta - w).
  const double lambda = 3, eta_p = 0.1, beta = 1.5;
  const double q = std::pow(1 - eta_p * (1 + lambda), 4);
  const double part = (1 - q) / (1 + lambda);
  const int rounds = 5;
  const auto f = after(rounds, "{name: pfedme, lambda: 3, inner_steps: 4, personal_lr: 0.1, beta: 1.5}");
  Vector<double> x = Vector<double>::Zero(2);
  std::vector<Vector<double>> theta(kClients, x);
  for (int t = 0; t < rounds; ++t) {
    Vector<double> mean = Vector<double>::Zero(2);
    for (int i = 0; i < kClients; ++i) {
      Vector<double> w = x;
      for (int k = 0; k < kSteps[i]; ++k) {
        theta[static_cast<std::size_t>(i)] = w + part * (e(i) - w);
        w += kEta * lambda * part * (e(i) - w);
      }
      mean += (w - x) / kClients;
    }
    x += beta * mean;
  }
  require_near(f.x, x);
  for (std::size_t i = 0; i < kClients; ++i) require_near(f.personal[i], theta[i]);
}

TEST_CASE("Per-FedAvg contracts by 1 - beta (1 - alpha), and with the Hessian by 1 - beta (1 - alpha)^2") {
  // grad f(w~) = (1 - alpha)(w - e), and the Hessian is 1: the difference gives it exactly.
  const double alpha = 0.3;
  for (const bool hessian : {false, true}) {
    const auto f = after(
        6, fmt::format("{{name: per_fedavg, alpha: 0.3, variant: {}}}", hessian ? "hessian_free" : "first_order"));
    const double by = 1 - kEta * std::pow(1 - alpha, hessian ? 2 : 1);
    Vector<double> x = Vector<double>::Zero(2);
    for (int t = 0; t < 6; ++t) {
      Vector<double> mean = Vector<double>::Zero(2);
      for (int i = 0; i < kClients; ++i) mean += (1 - std::pow(by, kSteps[i])) * (e(i) - x) / kClients;
      x += mean;
    }
    INFO("hessian " << hessian << ": " << f.x.transpose() << ", expected " << x.transpose());
    REQUIRE((f.x - x).norm() <= 1e-10 * x.norm());
    for (int i = 0; i < kClients; ++i) {
      const Vector<double> personal = f.x - alpha * (f.x - e(i));
      require_near(f.personal[static_cast<std::size_t>(i)], personal);
    }
  }
}

TEST_CASE("IFCA's models are FedAvg's, each over the clients that are nearest to it") {
  // Steps of one length: theta_j tends to the mean of its clients' points by (1 - eta)^3 a round. Of (0, 0) and (1,
  // -0.5), the first is nearer to e_1 and e_3, the second to e_0 and e_2, and so it stays.
  Points p = points();
  for (TestClient& client : p.clients) client.solver.steps = 3;
  const auto method = read_method("{name: ifca}");
  const Vector<double> start{{1, -0.5}};
  ProblemSize size = problem_size(*method, model(), kClients);
  size.initial = [&](std::uint32_t j) -> Vector<double> { return j == 1 ? start : Vector<double>::Zero(2); };
  const int rounds = 8;
  const auto f = federate<double>(*method, model(), *p.dataset, p.clients, rounds, everyone(p.clients), size);
  const double left = std::pow(1 - kEta, 3 * rounds);
  const Vector<double> first = (e(1) + e(3)) / 2 * (1 - left);
  const Vector<double> second = (e(0) + e(2)) / 2;
  require_near(f.x, first);
  require_near(f.personal[1], first);
  require_near(f.personal[3], first);
  for (const std::size_t i : {0u, 2u}) require_near(f.personal[i], second + left * (start - second));
}
