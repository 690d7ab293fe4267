// libFuzzer: any bytes as CIFAR's records, plain or packed. Only Failure may come out, in bounded memory.
// tests/fuzz/CMakeLists.txt builds it; then, from the repository's root:
//   build/fuzz/fuzz_cifar -rss_limit_mb=512 -max_total_time=60 build/fuzz/cifar tests/fuzz/corpus/cifar

#include "tests/fuzz/binary_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fedtide::run_cifar({data, size});
  return 0;
}
