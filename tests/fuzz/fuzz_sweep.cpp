// libFuzzer: any text as the section `sweep` of a file and the words of `fedtide sweep`.
// tests/fuzz/CMakeLists.txt builds it; then, from the repository's root:
//   build/fuzz/fuzz_sweep -rss_limit_mb=1024 -max_total_time=60 build/fuzz/sweep tests/fuzz/corpus/sweep

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/config_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fedtide::fuzz::run_sweep({reinterpret_cast<const char*>(data), size});
  return 0;
}
