// What every registered method's server half names as its state is all of it, and as large as its traits say.

#include <deque>

#include "tests/catch.h"
#include "tests/support/experiment.h"
#include "tests/support/problem.h"
#include "tests/support/registered.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

/// Values in the order in which they were visited.
struct Tape {
  std::deque<std::int64_t> wholes;
  std::deque<double> reals;
  std::deque<Vector<double>> vectors;
  double floats = 0;  ///< in vectors; a double counts 2
};

class Recorder final : public StateVisitor {
 public:
  explicit Recorder(Tape& tape) : tape_(tape) {}
  bool loading() const override { return false; }

 private:
  void on_whole(std::string_view, std::int64_t& value) override { tape_.wholes.push_back(value); }
  void on_real(std::string_view, double& value) override { tape_.reals.push_back(value); }
  void on_vector(std::string_view, Vector<float>& value) override {
    tape_.vectors.push_back(value.cast<double>());
    tape_.floats += static_cast<double>(value.size());
  }
  void on_vector(std::string_view, Vector<double>& value) override {
    tape_.vectors.push_back(value);
    tape_.floats += 2 * static_cast<double>(value.size());
  }
  Tape& tape_;
};

class Player final : public StateVisitor {
 public:
  explicit Player(Tape& tape) : tape_(tape) {}
  bool loading() const override { return true; }

 private:
  template <class Values>
  static auto next(Values& values) {
    auto value = values.front();
    values.pop_front();
    return value;
  }
  void on_whole(std::string_view, std::int64_t& value) override { value = next(tape_.wholes); }
  void on_real(std::string_view, double& value) override { value = next(tape_.reals); }
  void on_vector(std::string_view, Vector<float>& value) override { value = next(tape_.vectors).cast<float>(); }
  void on_vector(std::string_view, Vector<double>& value) override { value = next(tape_.vectors); }
  Tape& tape_;
};

/// Four rounds of all clients. In the third, after two reports, a new server half takes over with the state that the
/// old one names; if asked for.
Vector<float> four_rounds(const Method& method, bool handed_over, Tape* tape = nullptr) {
  const SmallProblem p = small_problem();
  const auto model = read_model("{name: softmax}")->make_float(p.dataset->shape());
  const ProblemSize size{model->size(), static_cast<std::uint32_t>(p.clients.size())};
  Algorithm<float> algorithm = method.make_float(size);
  WeightedMean<float> aggregator(size.d);
  Vector<float> x = model->initial_weights(Stream(1, Purpose::model_init));
  std::vector<SharedVector<float>> states(p.clients.size());
  SolverMemory<float> memory;
  for (std::uint32_t round = 0; round < 4; ++round) {
    for (std::uint32_t id = 0; id < p.clients.size(); ++id) {
      const SharedVector<float> broadcast = algorithm.server->broadcast();
      const ClientOutput<float> output = algorithm.client->train({.model = *model,
                                                                  .data = {p.dataset.get(), p.clients[id].rows},
                                                                  .solver = method.solver(p.clients[id].solver),
                                                                  .round = round,
                                                                  .global = x,
                                                                  .broadcast = broadcast.get(),
                                                                  .state = states[id].get(),
                                                                  .stream = Stream(1, Purpose::batches, id, round),
                                                                  .memory = memory});
      const Report report{ClientId{id}, p.clients[id].rows.size(), 0};
      aggregator.absorb(output.delta, algorithm.server->weight(report, output));
      algorithm.server->absorb(output, report);
      if (output.state) states[id] = output.state;
      if (!handed_over || round != 2 || id != 1) continue;
      Recorder recorder(*tape);
      algorithm.server->visit_state(recorder);
      algorithm = method.make_float(size);
      Tape copy = *tape;
      Player player(copy);
      algorithm.server->visit_state(player);
      REQUIRE(copy.wholes.empty());
      REQUIRE(copy.reals.empty());
      REQUIRE(copy.vectors.empty());
    }
    algorithm.server->commit(x, aggregator.finish());
  }
  return x;
}

void require_whole_state(const std::string& text) {
  INFO(text);
  const auto method = read_method(text);
  Tape tape;
  const Vector<float> handed_over = four_rounds(*method, true, &tape);
  REQUIRE((handed_over.array() == four_rounds(*method, false).array()).all());
  const Traits traits = method->traits();
  const double d = static_cast<double>(handed_over.size());
  REQUIRE(tape.floats == d * (traits.server_per_weight + static_cast<double>(traits.broadcast_per_weight)));
}

}  // namespace

TEST_CASE("law: a server half that takes over another's named state goes on with the same bits") {
  for (const std::string& name : registered<AlgorithmEntry>()) require_whole_state("{name: " + name + "}");
  require_whole_state("{name: fedprox, mu: 0.5, mu_rule: loss, patience: 2}");
  require_whole_state("{name: fedadam, server_schedule: {name: step, decay: 0.5}}");
  require_whole_state("{name: fedavgm, server_schedule: {name: step, decay: 0.5}}");
}

TEST_CASE("law: the memory that check states has what the server and the clients keep") {
  const auto memory = [](const std::string& name) {
    ExperimentConfig config = read_text_experiment(kStormy, {"algorithm.name=" + name});
    const Assembly assembly = assemble(config);
    return std::pair{assembly.memory, static_cast<double>(assembly.layout.size())};
  };
  const double plain = memory("fedavg").first;
  for (const std::string& name : registered<AlgorithmEntry>()) {
    INFO(name);
    const Traits traits = read_method("{name: " + name + "}")->traits();
    if (traits.pooled) continue;
    auto [stated, d] = memory(name);
    ExperimentConfig config = read_text_experiment(kStormy, {"algorithm.name=" + name});
    // Where no model is everybody's, the test set is let go of: 300 samples of 12 features and a label.
    if (traits.several_models || !config.algorithm->kept(assemble(config).layout).empty()) stated += 300 * 13 * 4;
    // Beside what is on its way: one vector of float32 for each of 60 clients that may hold state.
    const double kept = traits.server_per_weight + (traits.stateful ? 60 : 0);
    REQUIRE(stated >= plain + 4 * d * kept);
    if (traits.broadcast_per_weight == 0 && traits.extra_per_weight == 0) REQUIRE(stated == plain + 4 * d * kept);
  }
}
