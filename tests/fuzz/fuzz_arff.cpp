// libFuzzer: any bytes as an ARFF file, header and rows, plain or packed.
// tests/fuzz/CMakeLists.txt builds it; then, from the repository's root:
//   build/fuzz/fuzz_arff -rss_limit_mb=512 -max_total_time=60 build/fuzz/arff tests/fuzz/corpus/arff

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/text_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fedtide::run_arff({data, size});
  return 0;
}
