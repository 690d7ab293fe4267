// libFuzzer: any bytes as CIFAR's PNG batch or as labels in JSON, plain or packed. Only Failure may come out, in
// bounded memory.
// tests/fuzz/CMakeLists.txt builds it; then, from the repository's root:
//   build/fuzz/fuzz_png -rss_limit_mb=512 -max_total_time=60 build/fuzz/png tests/fuzz/corpus/png

#include "tests/fuzz/binary_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fedtide::run_png({data, size});
  return 0;
}
