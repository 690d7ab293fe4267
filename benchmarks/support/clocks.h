#pragma once
// Clocks and memory of this process.

#include <sys/resource.h>

#include <Eigen/Core>
#include <ctime>

namespace fedtide::bench {

inline double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}
/// Seconds of CLOCK_MONOTONIC, which is the same in all processes of a machine.
inline double wall_seconds() { return seconds_of(CLOCK_MONOTONIC); }
/// CPU seconds of all threads.
inline double process_seconds() { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }
/// CPU seconds of the calling thread.
inline double thread_seconds() { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }

/// A product's bits and speed depend on the cache sizes that Eigen believes in: those of a run.
inline void set_cache_sizes() { Eigen::setCpuCacheSizes(32 << 10, 256 << 10, 2 << 20); }

/// The most memory the process has had, MB.
inline double peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1000;
}

}  // namespace fedtide::bench
