// libFuzzer: any bytes as NumPy's array or archive, or as an idx file, plain or packed. Only Failure may come out, in
// bounded memory.
// tests/fuzz/CMakeLists.txt builds it; then, from the repository's root:
//   build/fuzz/fuzz_npy -rss_limit_mb=512 -max_total_time=60 build/fuzz/npy tests/fuzz/corpus/npy

#include "tests/fuzz/binary_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fedtide::run_npy({data, size});
  return 0;
}
