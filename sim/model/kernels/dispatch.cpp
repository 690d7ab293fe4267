#include "sim/model/kernels/dispatch.h"

#include <cstdlib>
#include <string_view>

namespace fedtide::kernels {
namespace {

bool decide() {
#if defined(__x86_64__)
  const char* wanted = std::getenv("FEDTIDE_KERNELS");
  if (wanted != nullptr && std::string_view(wanted) == "portable") return false;
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0 &&
         __builtin_cpu_supports("bmi2") != 0;
#else
  return false;
#endif
}

}  // namespace

bool use_avx2() {
  static const bool decided = decide();
  return decided;
}

const char* variant() { return use_avx2() ? "avx2" : "portable"; }

}  // namespace fedtide::kernels
