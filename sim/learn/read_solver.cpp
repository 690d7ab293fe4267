// The keys of `training:`.

#include "sim/learn/solver.h"

namespace fedtide {
namespace {

constexpr double kMostSteps = 1e9;

void read_optimizer(Section& section, SolverSpec& spec) {
  const Words optimizers{
      "sgd", {{"sgd", "mini-batch stochastic gradient descent", "Robbins and Monro 1951"}}, "local optimizer", ""};
  section.choose("name", optimizers, [&](const std::string&) {
    spec.lr = section.real("lr", Number{0.1, positive(), "learning rate of round 0", ""});
    Bounds below_one = between(0, 1);
    below_one.high_open = true;
    spec.momentum = section.real(
        "momentum", Number{0.0, below_one, "v <- momentum v - lr g; w <- w + v; v is 0 when a client starts",
                           "Sutskever et al. 2013"});
    spec.nesterov =
        section.flag("nesterov", Flag{false, "looks ahead: w <- w + momentum v - lr g", "Sutskever et al. 2013"});
    spec.weight_decay = section.real(
        "weight_decay", Number{0.0, non_negative(), "adds weight_decay w to each gradient", "Krogh and Hertz 1991"});
    if (spec.nesterov && spec.momentum == 0 && !section.describing()) {
      section.reject("nesterov", "needs momentum, got momentum 0; write a momentum greater than 0, or nesterov: false");
    }
  });
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
