// libFuzzer: any bytes as a config file.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/config_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fedtide::fuzz::run_yaml({reinterpret_cast<const char*>(data), size});
  return 0;
}
