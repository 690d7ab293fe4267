// Methods that take (x - y) / lr for a sum of gradients say so where local training is something else.

#include "tests/catch.h"
#include "tests/support/read.h"

using namespace fedtide;
using namespace fedtide::testing;

TEST_CASE("SCAFFOLD objects to local training whose steps are not lr times a gradient") {
  const auto scaffold = read_method("name: scaffold");
  SolverSpec spec;
  CHECK(scaffold->objection(spec) == "");
  spec.weight_decay = 0.1;
  CHECK(scaffold->objection(spec) == "");
  spec.clip_norm = 1;
  CHECK(scaffold->objection(spec) ==
        "with clipped gradients (x - y_i) / (K eta_l) is no mean gradient, and the control variates are wrong; remove "
        "training.optimizer.clip_norm and clip_value");
  spec.clip_norm.reset();
  spec.clip_value = 1;
  CHECK_FALSE(scaffold->objection(spec).empty());
  spec.optimizer = &adamw();
  CHECK(scaffold->objection(spec) ==
        "with adamw (x - y_i) / (K eta_l) is no mean gradient, and the control variates are wrong; set "
        "training.optimizer.name to sgd");
}

TEST_CASE("FedNova objects to local training that ||a_i||_1 does not count") {
  SolverSpec spec;
  const auto nova = read_method("name: fednova");
  CHECK(nova->objection(spec) == "");
  spec.momentum = 0.9;
  CHECK(nova->objection(spec) == "");
  CHECK(read_method("{name: fednova, mu: 0.1}")->objection(spec) ==
        "the paper has ||a_i||_1 for momentum or for the proximal term, not for both; set algorithm.mu or "
        "training.optimizer.momentum to 0");
  spec.nesterov = true;
  CHECK(nova->objection(spec) ==
        "||a_i||_1 is that of momentum without Nesterov's look ahead; set training.optimizer.nesterov to false");
  spec = {};
  spec.optimizer = &adam();
  CHECK(nova->objection(spec) ==
        "with adam a client's change is no sum of gradients that ||a_i||_1 counts; set training.optimizer.name to sgd");
}

TEST_CASE("MimeLite objects to local steps that are not its own") {
  SolverSpec spec;
  const auto lite = read_method("name: mimelite");
  CHECK(lite->objection(spec) == "");
  spec.momentum = 0.9;
  CHECK(lite->objection(spec) ==
        "with momentum a local step is not the one of MimeLite's base, SGD with the server's momentum; set "
        "training.optimizer.momentum to 0");
  spec = {};
  spec.weight_decay = 0.1;
  CHECK(lite->objection(spec) ==
        "weight decay is no part of the gradient that the momentum is of; set training.optimizer.weight_decay to 0");
}
