// How much one local training does, and at what rate: known before it starts.

#include <algorithm>
#include <cmath>

#include "sim/learn/solver.h"

namespace fedtide {

double SolverSpec::lr_at(std::int64_t round) const {
  return lr * std::pow(lr_decay, static_cast<double>(round / lr_decay_every));
}

Work work_of(const SolverSpec& spec, std::uint64_t n) {
  Work work;
  const auto size = static_cast<std::int64_t>(n);
  if (size == 0) return work;
  const std::int64_t batch = spec.batch_size ? std::min(*spec.batch_size, size) : size;
  const std::int64_t each = (size + batch - 1) / batch;  // steps in an epoch
  if (spec.steps) {
    work.steps = *spec.steps;
    work.samples = work.steps / each * size + work.steps % each * batch;  // the short batch is an epoch's last
  } else {
    work.steps = spec.epochs * each;
    work.samples = spec.epochs * size;
  }
  return work;
}

}  // namespace fedtide
