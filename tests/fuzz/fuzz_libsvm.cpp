// libFuzzer: any bytes as a file of LIBSVM's format, plain or packed.
// tests/fuzz/CMakeLists.txt builds it; then, from the repository's root:
//   build/fuzz/fuzz_libsvm -rss_limit_mb=512 -max_total_time=60 build/fuzz/libsvm tests/fuzz/corpus/libsvm

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/text_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fedtide::run_libsvm({data, size});
  return 0;
}
