// The keys of `training:`.

#include "sim/learn/solver.h"

namespace fedtide {
namespace {

constexpr double kMostSteps = 1e9;

void read_optimizer(Section& section, SolverSpec& spec) {
  Words names{"sgd", {}, "local optimizer", ""};
  for (const Optimizer* optimizer : optimizers()) names.options.push_back(optimizer->about);
  section.choose("name", names, [&](const std::string& name) {
    for (const Optimizer* optimizer : optimizers()) {
      if (optimizer->about.name == name) spec.optimizer = optimizer;
    }
    spec.optimizer->read(section, spec);
  });
  spec.clip_norm = section.maybe_real(
      "clip_norm", Number{std::nullopt, positive(), "longest a step's gradient may be: a longer one is scaled to it",
                          "Pascanu et al. 2013"});
  spec.clip_value = section.maybe_real(
      "clip_value",
      Number{std::nullopt, positive(), "largest an element of a step's gradient may be, before clip_norm", ""});
}

void read_schedule(Section& section, SolverSpec& spec) {
  const Words schedules{"constant",
                        {{"constant", "the same in every round", ""},
                         {"step", "lr * decay^floor(round / every)", "Reddi et al. 2021 (staircase)"}},
                        "how the learning rate changes over the rounds",
                        ""};
  section.choose("name", schedules, [&](const std::string& name) {
    if (name != "step") return;
    spec.lr_decay = section.real("decay", Number{0.99, fraction(), "factor on the learning rate", ""});
    spec.lr_decay_every = section.whole("every", Number{1, between(1, kMostSteps), "rounds between two decays", ""});
  });
}

}  // namespace

SolverSpec read_solver(Section& section) {
  SolverSpec spec;
  spec.steps = section.maybe_whole(
      "steps", Number{std::nullopt, between(1, kMostSteps), "steps of one local training, in place of epochs", ""});
  // With steps there are no epochs, also not in the resolved config, which has to read back.
  if (!spec.steps || section.given("epochs") || section.describing()) {
    spec.epochs = section.whole(
        "epochs", Number{1, between(1, kMostSteps), "passes over a client's samples in one local training (E)",
                         "McMahan et al. 2017"});
  }
  if (spec.steps && section.given("epochs") && !section.describing()) {
    section.reject("steps", fmt::format("got steps: {} and epochs: {}; write one of them", *spec.steps, spec.epochs));
  }
  spec.batch_size = section.whole_or(
      "batch_size", "full",
      Number{10, between(1, 1e9), "samples of one step (B); full: all of the client's in one", "McMahan et al. 2017"});
  section.section("optimizer", "how a step is taken", [&](Section& s) { read_optimizer(s, spec); });
  section.section("schedule", "the learning rate over the rounds", [&](Section& s) { read_schedule(s, spec); });
  return spec;
}

}  // namespace fedtide
