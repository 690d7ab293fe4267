// libFuzzer: any bytes as a config file.
// tests/fuzz/CMakeLists.txt builds it; then, from the repository's root:
//   build/fuzz/fuzz_yaml -rss_limit_mb=512 -max_total_time=60 build/fuzz/yaml tests/fuzz/corpus/yaml

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/config_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fedtide::fuzz::run_yaml({reinterpret_cast<const char*>(data), size});
  return 0;
}
