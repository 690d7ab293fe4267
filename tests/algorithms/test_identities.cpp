// Methods that are the same method must give the same numbers.

#include <cstring>
#include <numeric>

#include "sim/base/distributions.h"
#include "sim/model/model.h"
#include "tests/catch.h"
#include "tests/support/problem.h"
#include "tests/support/read.h"
#include "tests/support/rounds.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

bool same_bits(const Vector<float>& a, const Vector<float>& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), sizeof(float) * static_cast<std::size_t>(a.size())) == 0;
}

}  // namespace

TEST_CASE("FedProx with mu = 0 is FedAvg, bit for bit") {
  const SmallProblem p = small_problem();
  for (const std::string model_text : {"{name: softmax}", "{name: mlp, hidden: [20, 12]}"}) {
    const auto model = read_model(model_text)->make_float(p.dataset->shape());
    const auto avg = run_rounds<float>(*read_method("{name: fedavg}"), *model, *p.dataset, p.clients, 5);
    const auto prox = run_rounds<float>(*read_method("{name: fedprox, mu: 0}"), *model, *p.dataset, p.clients, 5);
    REQUIRE(same_bits(avg, prox));
    const auto pulled = run_rounds<float>(*read_method("{name: fedprox, mu: 0.1}"), *model, *p.dataset, p.clients, 5);
    REQUIRE_FALSE(same_bits(avg, pulled));
  }
}

TEST_CASE("FedSGD is FedAvg with one epoch of the full batch, bit for bit") {
  SmallProblem p = small_problem();
  const auto model = read_model("{name: mlp, hidden: [16]}")->make_float(p.dataset->shape());
  const auto sgd = run_rounds<float>(*read_method("{name: fedsgd}"), *model, *p.dataset, p.clients, 5);
  for (TestClient& client : p.clients) {
    client.solver.epochs = 1;
    client.solver.batch_size.reset();
  }
  const auto avg = run_rounds<float>(*read_method("{name: fedavg}"), *model, *p.dataset, p.clients, 5);
  REQUIRE(same_bits(sgd, avg));
}

TEST_CASE("FedSGD over all clients is gradient descent on the pooled data, to 1e-6") {
  const SmallProblem p = small_problem();
  const auto model = read_model("{name: mlp, hidden: [16]}")->make_float(p.dataset->shape());
  TestClient pooled = p.clients.front();
  pooled.rows.resize(p.dataset->size());
  std::iota(pooled.rows.begin(), pooled.rows.end(), 0u);
  const auto federated = run_rounds<float>(*read_method("{name: fedsgd}"), *model, *p.dataset, p.clients, 20);
  const auto centralized = run_rounds<float>(*read_method("{name: fedsgd}"), *model, *p.dataset, {pooled}, 20);
  REQUIRE((federated - centralized).norm() <= 1e-6f * centralized.norm());
}

TEST_CASE("one client's FedAvg is its local SGD") {
  const SmallProblem p = small_problem();
  const auto model = read_model("{name: softmax}")->make_float(p.dataset->shape());
  const std::vector<TestClient> one = {p.clients.front()};
  const auto federated = run_rounds<float>(*read_method("{name: fedavg}"), *model, *p.dataset, one, 1);
  Vector<float> w = model->initial_weights(Stream(1, Purpose::model_init));
  SolverMemory<float> memory;
  local_sgd(*model, ClientData{p.dataset.get(), one[0].rows}, one[0].solver, 0, Stream(1, Purpose::batches, 0u, 0u), w,
            memory);
  // w + (w' - w) rounds once more than w'.
  REQUIRE((federated - w).norm() <= 1e-6f * w.norm());
}

TEST_CASE("MimeLite with beta = 0 is FedAvg, bit for bit") {
  const SmallProblem p = small_problem();
  const auto model = read_model("{name: mlp, hidden: [20, 12]}")->make_float(p.dataset->shape());
  const auto avg = run_rounds<float>(*read_method("{name: fedavg}"), *model, *p.dataset, p.clients, 5);
  const auto lite = run_rounds<float>(*read_method("{name: mimelite, beta: 0}"), *model, *p.dataset, p.clients, 5);
  REQUIRE(same_bits(avg, lite));
}

TEST_CASE("FedNova where all take the same steps is FedAvg") {
  SmallProblem p = small_problem();
  const auto model = read_model("{name: mlp, hidden: [20, 12]}")->make_float(p.dataset->shape());
  const auto distance = [&](std::int64_t steps, double momentum) {
    for (TestClient& client : p.clients) {
      client.solver.steps = steps;
      client.solver.momentum = momentum;
    }
    const auto avg = run_rounds<float>(*read_method("{name: fedavg}"), *model, *p.dataset, p.clients, 5);
    const auto nova = run_rounds<float>(*read_method("{name: fednova}"), *model, *p.dataset, p.clients, 5);
    return same_bits(avg, nova) ? 0 : static_cast<double>((avg - nova).norm() / avg.norm());
  };
  // Bit for bit where the division by tau and the product with it are exact; else both round.
  REQUIRE(distance(4, 0) == 0);
  REQUIRE(distance(3, 0) < 1e-6);
  REQUIRE(distance(5, 0.9) < 1e-6);
}

namespace {

/// SCAFFOLD whose control variates stay 0.
class Frozen final : public Method {
 public:
  Traits traits() const override { return scaffold_->traits(); }
  std::string objection(const SolverSpec&) const override { return ""; }
  SolverSpec solver(const SolverSpec& given) const override { return given; }
  Algorithm<float> make_float(const ProblemSize& size) const override { return freeze(scaffold_->make_float(size)); }
  Algorithm<double> make_double(const ProblemSize& size) const override { return freeze(scaffold_->make_double(size)); }

 private:
  template <class T>
  struct Client final : ClientHalf<T> {
    explicit Client(std::unique_ptr<const ClientHalf<T>> own) : own_(std::move(own)) {}
    ClientOutput<T> train(const ClientInput<T>& in) const override {
      ClientOutput<T> out = own_->train(in);
      out.state = nullptr;
      out.extra.setZero();
      return out;
    }
    std::unique_ptr<const ClientHalf<T>> own_;
  };
  template <class T>
  static Algorithm<T> freeze(Algorithm<T> own) {
    return {std::make_unique<Client<T>>(std::move(own.client)), std::move(own.server)};
  }
  std::unique_ptr<Method> scaffold_ = read_method("{name: scaffold}");
};

}  // namespace

TEST_CASE("SCAFFOLD with its control variates frozen at 0 and shards of one size is FedAvg, bit for bit") {
  SmallProblem p = small_problem();
  for (TestClient& client : p.clients) client.rows.resize(8);  // a power of two: weights of 8 and of 1 round the same
  const auto model = read_model("{name: mlp, hidden: [20, 12]}")->make_float(p.dataset->shape());
  const auto avg = run_rounds<float>(*read_method("{name: fedavg}"), *model, *p.dataset, p.clients, 5);
  REQUIRE(same_bits(avg, run_rounds<float>(Frozen(), *model, *p.dataset, p.clients, 5)));
  const auto scaffold = run_rounds<float>(*read_method("{name: scaffold}"), *model, *p.dataset, p.clients, 5);
  REQUIRE_FALSE(same_bits(avg, scaffold));
}

TEST_CASE("FedPD with all clients is FedDyn with alpha = 1 / eta, to 1e-12") {
  const SmallProblem p = small_problem();
  const auto model = read_model("{name: softmax}")->make_double(p.dataset->shape());
  const auto dyn = run_rounds<double>(*read_method("{name: feddyn, alpha: 0.5}"), *model, *p.dataset, p.clients, 6);
  const auto pd = run_rounds<double>(*read_method("{name: fedpd, eta: 2}"), *model, *p.dataset, p.clients, 6);
  REQUIRE((dyn - pd).norm() <= 1e-12 * dyn.norm());
}
