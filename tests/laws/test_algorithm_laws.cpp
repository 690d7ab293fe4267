// What every registered method obeys, before its author writes a test.

#include <algorithm>
#include <cmath>
#include <cstring>

#include "sim/federation/client_spread.h"
#include "sim/model/quadratic.h"
#include "tests/catch.h"
#include "tests/support/experiment.h"
#include "tests/support/problem.h"
#include "tests/support/read.h"
#include "tests/support/registered.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

std::unique_ptr<Method> method_of(const std::string& name) { return read_method("{name: " + name + "}"); }

/// The server's vector is a model for everybody. Where it is not, the clients' models are what the method makes.
bool has_global_model(const Method& method, const Layout& layout) {
  return method.kept(layout).empty() && !method.traits().several_models;
}

/// The models that a method makes: the global one, and the clients' own where it gives them any.
std::vector<Vector<double>> models_after(int rounds, const std::string& name, const Model<double>& model,
                                         const Dataset& dataset, const std::vector<TestClient>& clients,
                                         const std::vector<std::uint32_t>& cohort) {
  const auto method = method_of(name);
  const auto f =
      federate(*method, model, dataset, clients, rounds, cohort, problem_size(*method, model, clients.size()));
  std::vector<Vector<double>> models;
  if (has_global_model(*method, model.layout())) models.push_back(f.x);
  if (method->traits().personal) models.insert(models.end(), f.personal.begin(), f.personal.end());
  REQUIRE_FALSE(models.empty());
  return models;
}

/// Points of equal clients on the quadratic model, n clients.
struct Points {
  std::unique_ptr<DenseDataset> dataset;
  std::vector<TestClient> clients;
};

Points points(const std::vector<std::pair<float, float>>& at) {
  Points p;
  Matrix<float> values(2, static_cast<Index>(at.size()));
  for (std::size_t i = 0; i < at.size(); ++i) {
    values(0, static_cast<Index>(i)) = at[i].first;
    values(1, static_cast<Index>(i)) = at[i].second;
    TestClient client;
    client.rows = {static_cast<std::uint32_t>(i)};
    client.solver.steps = 3;
    client.solver.lr = 0.125;
    client.solver.batch_size.reset();
    p.clients.push_back(client);
  }
  InputShape shape;
  shape.dims = {2};
  p.dataset = std::make_unique<DenseDataset>(shape, values, std::vector<std::int32_t>{});
  return p;
}

}  // namespace

TEST_CASE("law: eight equal clients do as one does") {
  const Quadratic<double> model(2, 0.0);
  const Points eight = points(std::vector<std::pair<float, float>>(8, {3, -2}));
  const Points one = points({{3, -2}});
  for (const std::string& name : registered<AlgorithmEntry>()) {
    INFO(name);
    const auto single = models_after(10, name, model, *one.dataset, one.clients, {0});
    const auto many = models_after(10, name, model, *eight.dataset, eight.clients, everyone(eight.clients));
    // The global one is first in both; the rest are the clients'.
    for (std::size_t i = 0; i < many.size(); ++i) {
      REQUIRE((many[i] - single[std::min(i, single.size() - 1)]).norm() <= 1e-12);
    }
  }
}

TEST_CASE("law: the order in which clients report does not matter but for rounding") {
  const Quadratic<double> model(2, 0.0);
  const Points p = points({{1, 0}, {-2, 5}, {4, 4}, {0, -3}});
  for (const std::string& name : registered<AlgorithmEntry>()) {
    INFO(name);
    const auto forward = models_after(10, name, model, *p.dataset, p.clients, {0, 1, 2, 3});
    const auto backward = models_after(10, name, model, *p.dataset, p.clients, {3, 2, 1, 0});
    for (std::size_t i = 0; i < forward.size(); ++i) REQUIRE((forward[i] - backward[i]).norm() <= 1e-12);
  }
}

TEST_CASE("law: where every gradient is zero nothing moves") {
  const Quadratic<double> model(2, 1.5);
  const Points p = points({{1.5, 1.5}, {1.5, 1.5}});
  for (const std::string& name : registered<AlgorithmEntry>()) {
    INFO(name);
    for (const auto& x : models_after(5, name, model, *p.dataset, p.clients, {0, 1})) {
      REQUIRE(x[0] == 1.5);
      REQUIRE(x[1] == 1.5);
    }
    const auto x = run_rounds<double>(*method_of(name), model, *p.dataset, p.clients, 5);
    REQUIRE((x.array() == 1.5).all());
  }
}

TEST_CASE("law: with a common optimum the first round gets nearer to it, and the model ends there") {
  const Quadratic<double> model(2, 0.0);
  const Points p = points({{1, 1}, {1, 1}, {1, 1}});
  for (const std::string& name : registered<AlgorithmEntry>()) {
    INFO(name);
    const auto at_first = models_after(0, name, model, *p.dataset, p.clients, {0, 1, 2});
    const auto soon = models_after(1, name, model, *p.dataset, p.clients, {0, 1, 2});
    const auto at_last = models_after(400, name, model, *p.dataset, p.clients, {0, 1, 2});
    const auto distance = [](const Vector<double>& x) { return (x - Vector<double>{{1, 1}}).norm(); };
    for (std::size_t i = 0; i < soon.size(); ++i) {
      REQUIRE(distance(soon[i]) < distance(at_first[i]));
      REQUIRE(distance(at_last[i]) < 0.01 * distance(at_first[i]));
    }
  }
}

TEST_CASE("law: float32 does as float64 to its precision") {
  const SmallProblem p = small_problem();
  const auto factory = read_model("{name: softmax}");
  const auto single = factory->make_float(p.dataset->shape());
  const auto reference = factory->make_double(p.dataset->shape());
  for (const std::string& name : registered<AlgorithmEntry>()) {
    INFO(name);
    const auto f = federate<float>(*method_of(name), *single, *p.dataset, p.clients, 3);
    const auto reference_f = federate<double>(*method_of(name), *reference, *p.dataset, p.clients, 3);
    const auto require_near = [](const Vector<float>& x, const Vector<double>& y) {
      REQUIRE((x.cast<double>() - y).norm() <= 1e-5 * y.norm());
    };
    require_near(f.x, reference_f.x);
    for (std::size_t i = 0; i < f.personal.size(); ++i) require_near(f.personal[i], reference_f.personal[i]);
  }
}

TEST_CASE("law: every method learns in a stormy world") {
  for (const std::string& name : registered<AlgorithmEntry>()) {
    const auto method = method_of(name);
    const bool personal = method->traits().personal;
    std::vector<std::string> words = {"algorithm.name=" + name, "stop.rounds=30"};
    if (personal) words.push_back("evaluate.per_client=60");
    const Played p = play_text(kStormy, words);
    const EvaluationRecord &first = p.memory.evaluations.front(), &last = p.memory.evaluations.back();
    INFO(name << ": " << first.test_loss << " -> " << last.test_loss);
    ExperimentConfig config = read_text_experiment(kStormy, words);
    const bool global = has_global_model(*method, assemble(config).layout);
    REQUIRE(std::isnan(last.test_loss) == !global);
    REQUIRE((global || personal));
    if (global) REQUIRE(last.test_loss < first.test_loss);
    if (personal) REQUIRE(spread_of(last.client_loss).mean < spread_of(first.client_loss).mean);
  }
}

TEST_CASE("law: a method's extra bytes are those it sends") {
  const SmallProblem p = small_problem();
  const auto model = read_model("{name: softmax}")->make_float(p.dataset->shape());
  for (const std::string& name : registered<AlgorithmEntry>()) {
    INFO(name);
    const auto method = method_of(name);
    const Traits traits = method->traits();
    const ProblemSize size = problem_size(*method, *model, 5);
    auto algorithm = method->make_float(size);
    const SharedVector<float> broadcast = algorithm.server->broadcast();
    REQUIRE((broadcast ? broadcast->size() : 0) == traits.broadcast_size(model->size()));
    SolverMemory<float> memory;
    const Vector<float> x = model->initial_weights(Stream(1, Purpose::model_init));
    const ClientOutput<float> out = algorithm.client->train({.model = *model,
                                                             .data = {p.dataset.get(), p.clients[0].rows},
                                                             .solver = method->solver(p.clients[0].solver),
                                                             .round = 0,
                                                             .global = x,
                                                             .broadcast = broadcast.get(),
                                                             .state = nullptr,
                                                             .stream = Stream(1, Purpose::batches),
                                                             .memory = memory});
    REQUIRE(out.extra.size() == traits.extra_size(model->size()));
    REQUIRE((out.state != nullptr) == traits.stateful);
    if (out.state) REQUIRE(out.state->size() <= model->size());  // what `check` counts for each client
    REQUIRE(out.delta.size() == model->size());
    for (const Stretch& s : size.kept) REQUIRE(out.delta.segment(s.begin, s.size).isZero(0));
  }
}

TEST_CASE("law: running statistics move by the clients' mean, or part of it") {
  const SmallProblem p = small_problem();
  const auto model =
      read_model("{name: layers, layers: [{layer: dense, units: 5}, {layer: batch_norm}, {layer: relu}]}")
          ->make_double(p.dataset->shape());
  const std::vector<Stretch> statistics = statistic_stretches(model->layout());
  REQUIRE_FALSE(statistics.empty());
  std::vector<std::string> texts = {"{name: ifca, clusters: 1}"};  // with more, the mean is over those that chose one
  for (const std::string& name : registered<AlgorithmEntry>()) {
    if (!method_of(name)->traits().several_models) texts.push_back("{name: " + name + "}");
  }
  for (const std::string& text : texts) {
    INFO(text);
    const auto method = read_method(text);
    const std::vector<Stretch> kept = method->kept(model->layout());
    const Algorithm<double> algorithm = method->make_double(problem_size(*method, *model, 5));
    WeightedMean<double> aggregator(model->size());
    const Vector<double> x = model->initial_weights(Stream(1, Purpose::model_init));
    const SharedVector<double> broadcast = algorithm.server->broadcast();
    SolverMemory<double> memory;
    Vector<double> sum = Vector<double>::Zero(model->size());
    double total = 0;
    for (std::uint32_t id = 0; id < p.clients.size(); ++id) {
      const ClientInput<double> input{.model = *model,
                                      .data = {p.dataset.get(), p.clients[id].rows},
                                      .solver = method->solver(p.clients[id].solver),
                                      .round = 0,
                                      .global = x,
                                      .broadcast = broadcast.get(),
                                      .state = nullptr,
                                      .stream = Stream(1, Purpose::batches, id, 0u),
                                      .memory = memory};
      const ClientOutput<double> output = algorithm.client->train(input);
      const Report report{ClientId{id}, p.clients[id].rows.size(), 0};
      const double weight = algorithm.server->weight(report, output);
      aggregator.absorb(output.delta, weight);
      algorithm.server->absorb(output, report);
      sum += weight * output.delta;
      total += weight;
    }
    Vector<double> next = x;
    algorithm.server->commit(next, aggregator.finish());
    for (const Stretch& s : statistics) {
      const bool stays = std::any_of(kept.begin(), kept.end(), [&](const Stretch& k) {
        return k.begin <= s.begin && s.begin + s.size <= k.begin + k.size;
      });
      if (stays) {  // at the clients: the server's do not move at all
        REQUIRE((next - x).segment(s.begin, s.size).isZero(0));
        continue;
      }
      const Vector<double> moved = (next - x).segment(s.begin, s.size);
      const Vector<double> mean = (sum / total).segment(s.begin, s.size);
      const double part = moved.dot(mean) / mean.squaredNorm();
      REQUIRE(part > 0);
      REQUIRE(part <= 1 + 1e-12);
      REQUIRE((moved - part * mean).norm() <= 1e-12 * mean.norm());
    }
  }
}

TEST_CASE("law: a client without data does no harm") {
  SmallProblem p = small_problem();
  p.clients[2].rows.clear();
  const auto model = read_model("{name: softmax}")->make_float(p.dataset->shape());
  std::vector<std::string> methods;
  for (const std::string& name : registered<AlgorithmEntry>()) methods.push_back("{name: " + name + "}");
  methods.insert(methods.end(), {"{name: scaffold, option: I}", "{name: fedprox, mu_rule: loss}"});
  for (const std::string& method : methods) {
    INFO(method);
    const auto x = run_rounds<float>(*read_method(method), *model, *p.dataset, p.clients, 4);
    REQUIRE(x.allFinite());
  }
}
