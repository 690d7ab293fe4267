#include "sim/experiment/machine.h"

#include <sys/resource.h>
#include <unistd.h>

#include <Eigen/Core>
#include <algorithm>
#include <thread>

namespace fedtide {

int machine_threads() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

void pin_cache_sizes() {
  // Once: Eigen keeps them for the whole process, and other runs in it may be reading them.
  static const bool pinned = [] {
    Eigen::setCpuCacheSizes(32 << 10, 256 << 10, 2 << 20);
    return true;
  }();
  static_cast<void>(pinned);
}

double machine_memory() {
  const double physical = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return physical;
  return std::min(physical, static_cast<double>(limit.rlim_cur));
}

}  // namespace fedtide
