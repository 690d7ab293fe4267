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
