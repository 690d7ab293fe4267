#pragma once
// What the fuzzers of text formats share.

#include "sim/base/error.h"

namespace fedtide {

/// Damage is a Failure; a bug of ours is one too, and must not pass.
template <class Run>
void expect_failure_at_most(Run run) {
  try {
    run();
  } catch (const Failure& failure) {
    if (failure.code() == ExitCode::bug) throw;
  }
}

}  // namespace fedtide
