// libFuzzer: any bytes as the content of a checkpoint, and as the state of an aggregator.
// tests/fuzz/CMakeLists.txt builds it; then, from the repository's root:
//   build/fuzz/fuzz_checkpoint -rss_limit_mb=512 -max_total_time=60 build/fuzz/checkpoint tests/fuzz/corpus/checkpoint

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/checkpoint_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fedtide::run_checkpoint({data, size});
  return 0;
}
