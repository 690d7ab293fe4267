#include "sim/learn/optimizer.h"

namespace fedtide {

const std::vector<const Optimizer*>& optimizers() {
  static const std::vector<const Optimizer*> all = {&sgd(), &adam(), &adamw(), &adagrad()};
  return all;
}

}  // namespace fedtide
