// Fixed points of federated methods on quadratics F_i(x) = 1/2 ||x - e_i||^2, in closed form.
//
// Client i takes tau_i steps of gradient descent with rate eta from x: it ends at e_i + (1 - eta)^tau_i (x - e_i), so
// its delta is s_i (e_i - x) with s_i = 1 - (1 - eta)^tau_i. The server's weighted mean is at rest where sum p_i s_i
// (e_i - x) = 0:
//
//   FedAvg     x = sum p_i s_i e_i / sum p_i s_i      (not the optimum sum p_i e_i: "objective inconsistency")
//   FedProx    the same with s_i = (1 - (1 - eta (1 + mu))^tau_i) / (1 + mu)
//   FedNova    p_i s_i / tau_i in place of p_i s_i; with local momentum or a proximal term, / ||a_i||_1
//   MimeLite   (1 - beta) of FedAvg's, at eta (1 - beta), and beta of the optimum
//   SCAFFOLD, FedDyn, FedPD   x = (1/N) sum e_i, whatever eta and tau_i
//
// Server optimizers on FedAvg's mean change rest where FedAvg does.

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
// Exact in float32. Client i holds copies[i] times its point, so p_i = copies[i] / 10.
constexpr double kPoint[kClients][2] = {{1, 0}, {-2, 3}, {4, -1}, {0.5, 8}};
constexpr std::uint32_t kCopies[kClients] = {1, 2, 3, 4};
constexpr int kSteps[kClients] = {1, 3, 10, 2};

struct Problem4 {
  std::unique_ptr<DenseDataset> dataset;
  std::vector<TestClient> clients;
};

Problem4 problem() {
  Problem4 p;
  Matrix<float> values(2, 10);
  std::uint32_t row = 0;
  for (int i = 0; i < kClients; ++i) {
    TestClient client;
    client.solver.steps = kSteps[i];
    client.solver.lr = kEta;
    client.solver.batch_size.reset();
    for (std::uint32_t copy = 0; copy < kCopies[i]; ++copy, ++row) {
      values(0, row) = static_cast<float>(kPoint[i][0]);
      values(1, row) = static_cast<float>(kPoint[i][1]);
      client.rows.push_back(row);
    }
    p.clients.push_back(client);
  }
  InputShape shape;
  shape.dims = {2};
  p.dataset = std::make_unique<DenseDataset>(shape, values, std::vector<std::int32_t>{});
  return p;
}

/// sum a_i e_i / sum a_i
template <class Coefficient>
Vector<double> weighted_point(Coefficient a) {
  Vector<double> sum = Vector<double>::Zero(2);
  double total = 0;
  for (int i = 0; i < kClients; ++i) {
    sum += a(i) * Vector<double>{{kPoint[i][0], kPoint[i][1]}};
    total += a(i);
  }
  return sum / total;
}

template <class T>
void require_fixed_point(const std::string& algorithm, const Vector<double>& expected, double tolerance,
                         double momentum) {
  Problem4 p = problem();
  for (TestClient& client : p.clients) client.solver.momentum = momentum;
  const Quadratic<T> model(2, 0.0);
  const auto method = read_method(algorithm);
  const Vector<T> x = run_rounds<T>(*method, model, *p.dataset, p.clients, 600);
  INFO(algorithm << ": x = " << x.transpose() << ", expected " << expected.transpose());
  REQUIRE((x.template cast<double>() - expected).norm() <= tolerance * expected.norm());
}

void require_fixed_point_in_both(const std::string& algorithm, const Vector<double>& expected, double momentum = 0) {
  require_fixed_point<double>(algorithm, expected, 1e-6, momentum);
  require_fixed_point<float>(algorithm, expected, 1e-5, momentum);
}

double p(int i) { return kCopies[i] / 10.0; }
double s(int i, double eta = kEta) { return 1 - std::pow(1 - eta, kSteps[i]); }

}  // namespace

TEST_CASE("FedAvg rests where unequal local steps put it") {
  const auto expected = weighted_point([](int i) { return p(i) * s(i); });
  require_fixed_point_in_both("{name: fedavg}", expected);
  // The oracle is not the optimum: a method that ignored tau_i would fail here.
  REQUIRE((expected - weighted_point(p)).norm() > 0.1);
}

TEST_CASE("FedProx rests where the spring puts it") {
  for (const double mu : {0.1, 1.0}) {
    const auto expected =
        weighted_point([&](int i) { return p(i) * (1 - std::pow(1 - kEta * (1 + mu), kSteps[i])) / (1 + mu); });
    require_fixed_point_in_both(fmt::format("{{name: fedprox, mu: {}}}", mu), expected);
  }
}

TEST_CASE("SCAFFOLD rests at the optimum of the mean objective, whatever the local steps") {
  const auto expected = weighted_point([](int) { return 1.0; });
  require_fixed_point_in_both("{name: scaffold, option: II}", expected);
  require_fixed_point_in_both("{name: scaffold, option: I}", expected);
}

TEST_CASE("server optimizers rest where FedAvg does") {
  const auto expected = weighted_point([](int i) { return p(i) * s(i); });
  for (const std::string method : {"{name: fedavgm, beta: 0.5}", "{name: fedavgm, beta: 0.5, nesterov: true}",
                                   "{name: fedadagrad, server_lr: 1, tau: 1}", "{name: fedadam, server_lr: 1, tau: 1}",
                                   "{name: fedyogi, server_lr: 1, tau: 1}", "{name: fedexp, epsilon: 2}"}) {
    require_fixed_point_in_both(method, expected);
  }
}

TEST_CASE("FedNova rests nearer to the optimum: changes count by their steps") {
  const auto expected = weighted_point([](int i) { return p(i) * s(i) / kSteps[i]; });
  require_fixed_point_in_both("{name: fednova}", expected);
  const auto optimum = weighted_point(p);
  const auto of_fedavg = weighted_point([](int i) { return p(i) * s(i); });
  REQUIRE((expected - optimum).norm() < 0.5 * (of_fedavg - optimum).norm());
}

TEST_CASE("FedNova divides by what momentum and spring make of the steps") {
  // With momentum rho, r = (y - e_i) / (x - e_i) follows v <- rho v - eta r, r <- r + v. The j-th gradient from the end
  // is in y with the weight 1 + rho + ... + rho^(j-1).
  const double rho = 0.5;
  const auto by_momentum = weighted_point([&](int i) {
    double r = 1, v = 0, total = 0, weight = 0;
    for (int k = 0; k < kSteps[i]; ++k) {
      v = rho * v - kEta * r;
      r += v;
      weight = 1 + rho * weight;
      total += weight;
    }
    return p(i) * (1 - r) / total;
  });
  require_fixed_point_in_both("{name: fednova}", by_momentum, rho);
  // With the spring, the j-th gradient from the end is shrunk by (1 - eta mu)^(j-1).
  const double mu = 0.5;
  const auto by_spring = weighted_point([&](int i) {
    double total = 0;
    for (int k = 0; k < kSteps[i]; ++k) total += std::pow(1 - kEta * mu, k);
    return p(i) * (1 - std::pow(1 - kEta * (1 + mu), kSteps[i])) / (1 + mu) / total;
  });
  require_fixed_point_in_both("{name: fednova, mu: 0.5}", by_spring);
}

TEST_CASE("MimeLite rests between FedAvg and the optimum") {
  // At rest m = x - sum p_i e_i, and client i tends to e_i - beta / (1 - beta) m by 1 - eta (1 - beta) a step.
  const double beta = 0.75;
  const auto pulled = weighted_point([&](int i) { return p(i) * s(i, kEta * (1 - beta)); });
  const auto optimum = weighted_point(p);
  require_fixed_point_in_both("{name: mimelite, beta: 0.75}", (1 - beta) * pulled + beta * optimum);
}

TEST_CASE("FedDyn and FedPD rest at the optimum of the mean objective, whatever the local steps") {
  const auto expected = weighted_point([](int) { return 1.0; });
  for (const std::string method :
       {"{name: feddyn, alpha: 1}", "{name: feddyn, alpha: 0.5}", "{name: fedpd, eta: 1}", "{name: fedpd, eta: 2}"}) {
    require_fixed_point_in_both(method, expected);
  }
}

TEST_CASE("FedDyn's rounds in closed form, with all clients and with some of them") {
  // Local steps tend to (e_i + g_i + alpha x) / (1 + alpha) by 1 - eta (1 + alpha): the change is c_i (e_i + g_i - x).
  const double alpha = 0.5;
  const Problem4 q = problem();
  const Quadratic<double> model(2, 0.0);
  for (const std::vector<std::uint32_t>& cohort : {std::vector<std::uint32_t>{0, 1, 2, 3}, {1, 2}}) {
    Vector<double> x = Vector<double>::Zero(2), h = x;
    std::vector<Vector<double>> g(kClients, x);
    for (int round = 1; round <= 5; ++round) {
      Vector<double> sum = Vector<double>::Zero(2);
      for (const std::uint32_t id : cohort) {
        const int i = static_cast<int>(id);
        const Vector<double> e{{kPoint[i][0], kPoint[i][1]}};
        const Vector<double> change = s(i, kEta * (1 + alpha)) / (1 + alpha) * (e + g[id] - x);
        g[id] -= alpha * change;
        sum += change;
      }
      h -= alpha * sum / kClients;
      x += sum / static_cast<double>(cohort.size()) - h / alpha;
      const auto method = read_method("{name: feddyn, alpha: 0.5}");
      const Vector<double> found = run_rounds<double>(*method, model, *q.dataset, q.clients, round, cohort);
      REQUIRE((found - x).norm() <= 1e-12 * x.norm());
    }
  }
}

TEST_CASE("FedSGD contracts to the optimum by 1 - eta a round") {
  const Problem4 q = problem();
  const Quadratic<double> model(2, 0.0);
  const auto optimum = weighted_point(p);
  const auto method = read_method("{name: fedsgd}");
  const Vector<double> x = run_rounds<double>(*method, model, *q.dataset, q.clients, 10);
  // x_0 = 0: x_t = optimum (1 - (1 - eta)^t)
  const Vector<double> expected = optimum * (1 - std::pow(1 - kEta, 10));
  REQUIRE((x - expected).norm() <= 1e-12);
}

TEST_CASE("with one local step on shards of one size they all are gradient descent") {
  Problem4 q = problem();
  for (TestClient& client : q.clients) {
    client.solver.steps = 1;
    client.rows.resize(1);
  }
  const Quadratic<double> model(2, 0.0);
  const Vector<double> expected = weighted_point([](int) { return 1.0; }) * (1 - std::pow(1 - kEta, 7));
  for (const std::string method :
       {"{name: fedavg}", "{name: fedsgd}", "{name: fedavgm, beta: 0}", "{name: fedprox, mu: 1}",
        "{name: scaffold, option: I}", "{name: scaffold, option: II}", "{name: fednova}", "{name: fednova, mu: 1}",
        "{name: mimelite, beta: 0}", "{name: fedexp, epsilon: 100}"}) {
    INFO(method);
    const Vector<double> x = run_rounds<double>(*read_method(method), model, *q.dataset, q.clients, 7);
    REQUIRE((x - expected).norm() <= 1e-12);
  }
  // MimeLite is then gradient descent with the server's momentum: m <- (1 - beta) (x - e) + beta m.
  const Vector<double> e = weighted_point([](int) { return 1.0; });
  Vector<double> x = Vector<double>::Zero(2), m = x;
  for (int t = 0; t < 7; ++t) {
    const Vector<double> gradient = x - e;
    x -= kEta * (0.25 * gradient + 0.75 * m);
    m = 0.25 * gradient + 0.75 * m;
  }
  const Vector<double> found =
      run_rounds<double>(*read_method("{name: mimelite, beta: 0.75}"), model, *q.dataset, q.clients, 7);
  REQUIRE((found - x).norm() <= 1e-12);
}

TEST_CASE("SCAFFOLD with one local step is gradient descent on the mean objective") {
  Problem4 q = problem();
  for (TestClient& client : q.clients) client.solver.steps = 1;
  const Quadratic<double> model(2, 0.0);
  const auto optimum = weighted_point([](int) { return 1.0; });
  const Vector<double> x = run_rounds<double>(*read_method("{name: scaffold}"), model, *q.dataset, q.clients, 7);
  REQUIRE((x - optimum * (1 - std::pow(1 - kEta, 7))).norm() <= 1e-12);
}
