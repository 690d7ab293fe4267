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
