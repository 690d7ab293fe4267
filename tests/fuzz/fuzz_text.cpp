// libFuzzer: any bytes as plain text, and a play with speakers, plain or packed.
// tests/fuzz/CMakeLists.txt builds it; then, from the repository's root:
//   build/fuzz/fuzz_text -rss_limit_mb=512 -max_total_time=60 build/fuzz/text tests/fuzz/corpus/text

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/text_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fedtide::run_text({data, size});
  return 0;
}
