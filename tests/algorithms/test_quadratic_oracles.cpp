// Fixed points of federated methods on quadratics F_i(x) = 1/2 ||x - e_i||^2, in closed form.
//
// Client i takes tau_i steps of gradient descent with rate eta from x: it ends at e_i + (1 - eta)^tau_i (x - e_i), so
// its delta is s_i (e_i - x) with s_i = 1 - (1 - eta)^tau_i. The server's weighted mean is at rest where sum p_i s_i
// (e_i - x) = 0:
//
//   FedAvg     x = sum p_i s_i e_i / sum p_i s_i      (not the optimum sum p_i e_i: "objective inconsistency")
//   FedProx    the same with s_i = (1 - (1 - eta (1 + mu))^tau_i) / (1 + mu)
//   SCAFFOLD   x = (1/N) sum e_i, whatever eta and tau_i

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
void require_fixed_point(const std::string& algorithm, const Vector<double>& expected, double tolerance) {
  const Problem4 p = problem();
  const Quadratic<T> model(2, 0.0);
  const auto method = read_method(algorithm);
  const Vector<T> x = run_rounds<T>(*method, model, *p.dataset, p.clients, 600);
  INFO(algorithm << ": x = " << x.transpose() << ", expected " << expected.transpose());
  REQUIRE((x.template cast<double>() - expected).norm() <= tolerance * expected.norm());
}

void require_fixed_point_in_both(const std::string& algorithm, const Vector<double>& expected) {
  require_fixed_point<double>(algorithm, expected, 1e-6);
  require_fixed_point<float>(algorithm, expected, 1e-5);
}

double p(int i) { return kCopies[i] / 10.0; }

}  // namespace

TEST_CASE("FedAvg rests where unequal local steps put it") {
  const auto expected = weighted_point([](int i) { return p(i) * (1 - std::pow(1 - kEta, kSteps[i])); });
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

TEST_CASE("SCAFFOLD with one local step is gradient descent on the mean objective") {
  Problem4 q = problem();
  for (TestClient& client : q.clients) client.solver.steps = 1;
  const Quadratic<double> model(2, 0.0);
  const auto optimum = weighted_point([](int) { return 1.0; });
  const Vector<double> x = run_rounds<double>(*read_method("{name: scaffold}"), model, *q.dataset, q.clients, 7);
  REQUIRE((x - optimum * (1 - std::pow(1 - kEta, 7))).norm() <= 1e-12);
}
