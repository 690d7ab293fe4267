#include <algorithm>

#include "sim/config/schema_recorder.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/learn/solver.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

SolverSpec parse(const std::string& text, Resolved* resolved = nullptr) {
  Problems problems;
  const Node root = load_yaml_text(text, "exp.yaml");
  return read_config(root, problems, read_solver, resolved);
}

std::string mistakes(const std::string& text) {
  try {
    parse(text);
  } catch (const ConfigError& error) {
    std::string all;
    for (const Problem& problem : error.problems()) all += problem.path + ": " + problem.message + "\n";
    return all;
  }
  return "";
}

}  // namespace

TEST_CASE("an empty training section has the defaults") {
  const SolverSpec spec = parse("");
  CHECK(spec.epochs == 1);
  CHECK_FALSE(spec.steps);
  CHECK(spec.batch_size == 10);
  CHECK(spec.lr == 0.1);
  CHECK(spec.momentum == 0);
  CHECK_FALSE(spec.nesterov);
  CHECK(spec.weight_decay == 0);
  CHECK(spec.lr_at(500) == 0.1);
}

TEST_CASE("every training key reaches the solver") {
  const SolverSpec spec = parse(
      "epochs: 5\nbatch_size: full\n"
      "optimizer: {name: sgd, lr: 0.05, momentum: 0.9, nesterov: true, weight_decay: 1e-4}\n"
      "schedule: {name: step, decay: 0.5, every: 20}\n");
  CHECK(spec.epochs == 5);
  CHECK_FALSE(spec.batch_size);
  CHECK(spec.lr == 0.05);
  CHECK(spec.momentum == 0.9);
  CHECK(spec.nesterov);
  CHECK(spec.weight_decay == 1e-4);
  CHECK(spec.lr_decay == 0.5);
  CHECK(spec.lr_decay_every == 20);
  CHECK(parse("{steps: 20, batch_size: 32}").steps == 20);
  CHECK(parse("batch_size: 32").batch_size == 32);
}

TEST_CASE("every optimizer reads its own keys") {
  SolverSpec spec = parse("optimizer: {name: adam, lr: 0.002, beta1: 0.8, beta2: 0.9, epsilon: 1e-4, weight_decay: 1}");
  CHECK(spec.optimizer == &adam());
  CHECK(spec.lr == 0.002);
  CHECK(spec.beta1 == 0.8);
  CHECK(spec.beta2 == 0.9);
  CHECK(spec.epsilon == 1e-4);
  CHECK(spec.weight_decay == 1);
  spec = parse("optimizer: {name: adam}");
  CHECK(spec.lr == 0.001);
  CHECK(spec.weight_decay == 0);
  spec = parse("optimizer: {name: adamw}");
  CHECK(spec.optimizer == &adamw());
  CHECK(spec.weight_decay == 0.01);
  spec = parse("optimizer: {name: adagrad}");
  CHECK(spec.optimizer == &adagrad());
  CHECK(spec.lr == 0.01);
  CHECK(spec.epsilon == 1e-10);
  spec = parse("optimizer: {clip_norm: 2, clip_value: 0.5}");
  CHECK(spec.optimizer == &sgd());
  CHECK(spec.clip_norm == 2);
  CHECK(spec.clip_value == 0.5);
  CHECK_FALSE(spec.follows_gradients());
  CHECK(parse("optimizer: {weight_decay: 1e-4}").follows_gradients());
  CHECK_FALSE(parse("optimizer: {momentum: 0.5}").follows_gradients());
  CHECK_FALSE(parse("optimizer: {name: adagrad}").follows_gradients());
}

TEST_CASE("what an optimizer's key cannot be is a mistake that says what can") {
  CHECK(mistakes("optimizer: {name: adma}") == "optimizer.name: unknown value \"adma\"; did you mean \"adam\"?\n");
  CHECK(mistakes("optimizer: {clip_norm: 0}") == "optimizer.clip_norm: must be greater than 0, got 0\n");
  CHECK(mistakes("optimizer: {clip_value: -1}") == "optimizer.clip_value: must be greater than 0, got -1\n");
  CHECK(mistakes("optimizer: {name: adam, beta1: 1}") ==
        "optimizer.beta1: must be at least 0 and less than 1, got 1\n");
  CHECK(mistakes("optimizer: {name: adamw, beta2: 1}") ==
        "optimizer.beta2: must be at least 0 and less than 1, got 1\n");
  CHECK(mistakes("optimizer: {name: adagrad, epsilon: 0}") == "optimizer.epsilon: must be greater than 0, got 0\n");
  CHECK(mistakes("optimizer: {name: adam, momentum: 0.9}").find("optimizer.momentum: unknown key") == 0);
}

TEST_CASE("a resolved training section reads back to itself") {
  for (const char* text : {"", "steps: 20", "{epochs: 3, batch_size: full}", "schedule: {name: step, decay: 0.9}",
                           "optimizer: {name: adamw, clip_norm: 1}"}) {
    Resolved resolved, again;
    const SolverSpec spec = parse(text, &resolved);
    const SolverSpec back = parse(to_yaml(resolved), &again);
    CHECK(to_yaml(again) == to_yaml(resolved));
    CHECK(back.optimizer == spec.optimizer);
    CHECK(back.clip_norm == spec.clip_norm);
    CHECK(back.steps == spec.steps);
    CHECK(back.epochs == spec.epochs);
    CHECK(back.batch_size == spec.batch_size);
    CHECK(back.lr_decay == spec.lr_decay);
  }
}

TEST_CASE("what contradicts itself in training is a mistake with a remedy") {
  CHECK(mistakes("{epochs: 2, steps: 20}") == "steps: got steps: 20 and epochs: 2; write one of them\n");
  CHECK(mistakes("optimizer: {nesterov: true}") ==
        "optimizer.nesterov: needs momentum, got momentum 0; write a momentum greater than 0, or nesterov: false\n");
  for (const char* bad :
       {"epochs: 0", "steps: 0", "epochs: 1.5", "batch_size: 0", "batch_size: all", "optimizer: {lr: 0}",
        "optimizer: {momentum: 1}", "optimizer: {weight_decay: -1}", "optimizer: {name: lion}",
        "schedule: {name: cosine}", "schedule: {name: step, decay: 0}", "schedule: {name: step, decay: 1.5}",
        "schedule: {name: step, every: 0}", "schedule: {decay: 0.5}", "epoch: 3"}) {
    CAPTURE(bad);
    CHECK_FALSE(mistakes(bad).empty());
  }
}

TEST_CASE("the schema of training has every key") {
  const SchemaNode schema = record_schema([](Section& section) { read_solver(section); });
  std::vector<std::string> keys;
  for (const SchemaNode& node : schema.children) {
    keys.push_back(node.key);
    CHECK_FALSE(node.help.empty());
  }
  std::sort(keys.begin(), keys.end());
  CHECK(keys == std::vector<std::string>{"batch_size", "epochs", "optimizer", "schedule", "steps"});
}
