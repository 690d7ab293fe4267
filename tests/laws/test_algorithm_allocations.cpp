// No registered method takes memory from the heap in a local step.

#include "tests/catch.h"
#include "tests/model/count_allocations.h"
#include "tests/support/problem.h"
#include "tests/support/read.h"

using namespace fedtide;
using namespace fedtide::testing;

TEST_CASE("law: forty local steps allocate no more than four") {
  const SmallProblem p = small_problem();
  const auto model = read_model("{name: mlp, hidden: [16]}")->make_float(p.dataset->shape());
  std::vector<std::string> methods = {"{name: scaffold, option: I}", "{name: fedprox, mu_rule: loss}",
                                      "{name: fednova, mu: 0.1}"};
  for (const About& about : Registry<AlgorithmEntry>::instance().list())
    methods.push_back("{name: " + about.name + "}");
  for (const std::string& text : methods) {
    INFO(text);
    const auto method = read_method(text);
    const Algorithm<float> algorithm = method->make_float({model->size(), 5});
    const SharedVector<float> broadcast = algorithm.server->broadcast();
    const Vector<float> x = model->initial_weights(Stream(1, Purpose::model_init));
    SolverMemory<float> memory;
    SharedVector<float> state;
    const auto train = [&](std::int64_t steps) {
      SolverSpec solver = p.clients[4].solver;
      solver.steps = steps;
      const ClientInput<float> input{.model = *model,
                                     .data = {p.dataset.get(), p.clients[4].rows},
                                     .solver = solver,
                                     .round = 0,
                                     .global = x,
                                     .broadcast = broadcast.get(),
                                     .state = state.get(),
                                     .stream = Stream(1, Purpose::batches),
                                     .memory = memory};
      ClientOutput<float> output;
      const long allocations = allocations_of([&] { output = algorithm.client->train(input); });
      state = output.state;
      return allocations;
    };
    train(4);  // makes room
    const long few = train(4);
    REQUIRE(train(40) == few);
  }
}
