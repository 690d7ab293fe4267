// libFuzzer: any bytes as a table of edges with a number and a time, plain or packed.
// tests/fuzz/CMakeLists.txt builds it; then, from the repository's root:
//   build/fuzz/fuzz_edges -rss_limit_mb=512 -max_total_time=60 build/fuzz/edges tests/fuzz/corpus/edges

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/text_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fedtide::run_edges({data, size});
  return 0;
}
