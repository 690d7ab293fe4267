// Personalized methods that are another method at certain parameters, and what they keep of which model.

#include <cstring>

#include "tests/catch.h"
#include "tests/support/experiment.h"
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

Federation<float> after_five(const std::string& method, const std::string& model_text = "{name: mlp, hidden: [20]}") {
  const SmallProblem p = small_problem();
  const auto model = read_model(model_text)->make_float(p.dataset->shape());
  return federate<float>(*read_method(method), *model, *p.dataset, p.clients, 5);
}

Layout layout_of(const std::string& model_text) {
  return read_model(model_text)->make_float(small_problem().dataset->shape())->layout();
}

std::string names_of(const std::string& method, const std::string& model_text) {
  const Layout layout = layout_of(model_text);
  std::string names;
  for (const Stretch& s : read_method(method)->kept(layout)) {
    for (const WeightRange& range : layout.ranges()) {
      if (s.begin <= range.offset && range.offset < s.begin + s.size) names += range.name + " ";
    }
  }
  return names;
}

}  // namespace

TEST_CASE(
    "the global model of Ditto, fine-tuning, APFL and of FedPer without personal layers is FedAvg's, bit for bit") {
  const auto avg = after_five("{name: fedavg}");
  for (const std::string method :
       {"{name: ditto, lambda: 0.7}", "{name: ditto, personal_epochs: 5}", "{name: fine_tuning, personal_epochs: 2}",
        "{name: apfl, alpha: 0}", "{name: apfl, alpha: 0.5}", "{name: fedper, personal_layers: 0}",
        "{name: lg_fedavg, local_layers: 0}", "{name: fedrep, personal_layers: 0}", "{name: fedbn}"}) {
    INFO(method);
    REQUIRE(same_bits(after_five(method).x, avg.x));
  }
  for (const std::string method : {"{name: fedper}", "{name: lg_fedavg}", "{name: fedrep}"}) {
    INFO(method);
    REQUIRE_FALSE(same_bits(after_five(method).x, avg.x));
  }
}

TEST_CASE("clients of APFL with alpha = 0 and of FedPer without personal layers have the global model, bit for bit") {
  for (const std::string method :
       {"{name: apfl, alpha: 0}", "{name: fedper, personal_layers: 0}", "{name: fine_tuning, personal_epochs: 0}"}) {
    INFO(method);
    const auto f = after_five(method);
    for (const Vector<float>& personal : f.personal) REQUIRE(same_bits(personal, f.x));
  }
}

TEST_CASE("Ditto with lambda = 0 and FedPer with all layers are local only, bit for bit") {
  const auto alone = after_five("{name: local}");
  for (const std::string method :
       {"{name: ditto, lambda: 0}", "{name: fedper, personal_layers: 2}", "{name: lg_fedavg, local_layers: 2}"}) {
    INFO(method);
    const auto f = after_five(method);
    for (std::size_t i = 0; i < f.personal.size(); ++i) REQUIRE(same_bits(f.personal[i], alone.personal[i]));
  }
  const auto tied = after_five("{name: ditto, lambda: 1}");
  REQUIRE_FALSE(same_bits(tied.personal[0], alone.personal[0]));
}

TEST_CASE("IFCA with one model of equal clients is FedAvg, bit for bit") {
  SmallProblem p = small_problem();
  for (TestClient& client : p.clients) client.rows.resize(8);
  const auto model = read_model("{name: mlp, hidden: [20]}")->make_float(p.dataset->shape());
  const auto one = federate<float>(*read_method("{name: ifca, clusters: 1}"), *model, *p.dataset, p.clients, 5);
  const auto avg = federate<float>(*read_method("{name: fedavg}"), *model, *p.dataset, p.clients, 5);
  REQUIRE((one.x - avg.x).norm() <= 1e-6f * avg.x.norm());  // FedAvg's mean divides by 8 n
  REQUIRE(same_bits(one.personal[0], one.x));
}

TEST_CASE("Per-FedAvg with alpha = 0 and the whole shard as one batch is FedAvg") {
  SmallProblem p = small_problem();
  for (TestClient& client : p.clients) client.solver.batch_size.reset();
  const auto model = read_model("{name: mlp, hidden: [20]}")->make_double(p.dataset->shape());
  const auto avg = federate<double>(*read_method("{name: fedavg}"), *model, *p.dataset, p.clients, 5);
  for (const std::string variant : {"first_order", "hessian_free"}) {
    const auto meta = federate<double>(*read_method("{name: per_fedavg, alpha: 0, variant: " + variant + "}"), *model,
                                       *p.dataset, p.clients, 5);
    REQUIRE((meta.x - avg.x).norm() <= 1e-12 * avg.x.norm());
  }
}

TEST_CASE("Per-FedAvg's hessian-free step is the gradient of the loss after the client's own step") {
  // One step of one client on its whole shard: delta = -beta grad F(w), F(w) = f(w - alpha grad f(w)), whose slope
  // along u is measured by (F(w + h u) - F(w - h u)) / (2 h). First order misses the Hessian's part.
  SmallProblem p = small_problem();
  TestClient client = p.clients[4];
  client.solver.batch_size.reset();
  client.solver.steps = 1;
  const double beta = client.solver.lr, alpha = 0.5, h = 1e-5;
  const auto model = read_model("{name: softmax}")->make_double(p.dataset->shape());
  SolverMemory<double> memory;
  const ClientData data{p.dataset.get(), client.rows};
  const auto meta_loss = [&](const Vector<double>& w) {
    Vector<double> g;
    full_gradient(*model, data, w, memory, g);
    return evaluate_rows<double>(*model, *p.dataset, client.rows, w - alpha * g, memory).loss();
  };
  const Vector<double> w = model->initial_weights(Stream(1, Purpose::model_init));
  Vector<double> u(w.size());
  for (Index i = 0; i < u.size(); ++i) u[i] = std::sin(static_cast<double>(i + 1));
  const double slope = (meta_loss(w + h * u) - meta_loss(w - h * u)) / (2 * h);
  const auto found = [&](const std::string& variant) {
    const auto method = read_method("{name: per_fedavg, alpha: 0.5, variant: " + variant + "}");
    const auto f = federate<double>(*method, *model, *p.dataset, {client}, 1);
    return -(f.x - w).dot(u) / beta;
  };
  REQUIRE(found("hessian_free") == Approx(slope).epsilon(1e-6));
  REQUIRE(found("first_order") != Approx(slope).epsilon(1e-2));
}

TEST_CASE("what stays at the clients is what the method says") {
  const std::string mlp = "{name: mlp, hidden: [5, 4]}";
  REQUIRE(names_of("{name: fedper}", mlp) == "dense3.weight dense3.bias ");
  REQUIRE(names_of("{name: fedper, personal_layers: 2}", mlp) ==
          "dense2.weight dense2.bias dense3.weight dense3.bias ");
  REQUIRE(names_of("{name: fedrep}", mlp) == "dense3.weight dense3.bias ");
  REQUIRE(names_of("{name: lg_fedavg}", mlp) == "dense1.weight dense1.bias ");
  REQUIRE(names_of("{name: fedbn}", mlp).empty());
  const std::string normed = "{name: layers, layers: [{layer: dense, units: 5}, {layer: batch_norm}, {layer: relu}]}";
  REQUIRE(names_of("{name: fedbn}", normed) ==
          "batch_norm1.gamma batch_norm1.beta batch_norm1.mean batch_norm1.variance ");
}

TEST_CASE("more personal layers than there are is refused with their number") {
  REQUIRE(
      read_method("{name: fedper, personal_layers: 3}")->misfit(layout_of("{name: mlp, hidden: [5]}")) ==
      "personal_layers is 3 and the model has 2 layers with weights; set algorithm.personal_layers to at most that");
  REQUIRE(read_method("{name: lg_fedavg, local_layers: 3}")->misfit(layout_of("{name: mlp, hidden: [5]}")) ==
          "local_layers is 3 and the model has 2 layers with weights; set algorithm.local_layers to at most that");
  REQUIRE(read_method("{name: fedrep, personal_layers: 2}")->misfit(layout_of("{name: mlp, hidden: [5]}")).empty());
}
