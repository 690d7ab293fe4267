#pragma once
// The runs of a sweep: which key has which value in each.

#include <cstddef>
#include <string>
#include <vector>

#include "sim/config/sweep_section.h"

namespace fedtide {

/// One key's value in one run.
struct Assignment {
  const Override* at = nullptr;  ///< of the Sweep, which must outlive it
  Node value;
};
using Assignments = std::vector<Assignment>;

/// "algorithm.name=fedavg data.partition.alpha=0.1"
std::string to_string(const Assignments& run);

/// All runs in order: the grid's first key slowest, then zip, then the random draws; the last key of the grid is the
/// fastest when it is `seed`, else the draws are. Excluded ones are left out. Mistakes, and a number of runs above
/// kMostSwept, are noted; then the list is empty.
std::vector<Assignments> expand(const Sweep& sweep, Problems& problems);

}  // namespace fedtide
