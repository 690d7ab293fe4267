// libFuzzer: any bytes as a CSV table with a label, a category and numbers, plain or packed.
// tests/fuzz/CMakeLists.txt builds it; then, from the repository's root:
//   build/fuzz/fuzz_csv -rss_limit_mb=512 -max_total_time=60 build/fuzz/csv tests/fuzz/corpus/csv

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/text_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fedtide::run_csv({data, size});
  return 0;
}
