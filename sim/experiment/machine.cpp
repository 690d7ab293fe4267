#include "sim/experiment/machine.h"

#include <sys/resource.h>
#include <unistd.h>

#include <Eigen/Core>
#include <algorithm>
#include <thread>

namespace fedtide {

int machine_threads() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

void pin_cache_sizes() { Eigen::setCpuCacheSizes(32 << 10, 256 << 10, 2 << 20); }

double machine_memory() {
  const double physical = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return physical;
  return std::min(physical, static_cast<double>(limit.rlim_cur));
}

}  // namespace fedtide
