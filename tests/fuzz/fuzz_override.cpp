// libFuzzer: any lines as the words of a command line.
// tests/fuzz/CMakeLists.txt builds it; then, from the repository's root:
//   build/fuzz/fuzz_override -rss_limit_mb=512 -max_total_time=60 build/fuzz/override tests/fuzz/corpus/override

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/config_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fedtide::fuzz::run_overrides({reinterpret_cast<const char*>(data), size});
  return 0;
}
