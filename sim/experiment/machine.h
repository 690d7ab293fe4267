#pragma once
// What the machine offers a run.

namespace fedtide {

/// Number of threads that `execution.threads: 0` stands for.
int machine_threads();

/// A product's bits depend on the cache sizes that Eigen believes in: the same on all machines.
void pin_cache_sizes();

/// Bytes of memory that this process may use: the machine's, or less where a limit is set.
double machine_memory();

}  // namespace fedtide
