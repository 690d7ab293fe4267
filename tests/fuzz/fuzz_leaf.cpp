// libFuzzer: any bytes as LEAF's JSON, plain or packed. Only Failure may come out, in bounded memory.
//   CC=clang CXX=clang++ cmake -S . -B build/fuzz -GNinja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DFEDTIDE_BENCHMARKS=OFF
//     -DFEDTIDE_ARCH= -DFEDTIDE_SANITIZE=fuzzer-no-link,address,undefined
//   cmake --build build/fuzz --target fedtide_datasets fedtide_learn fedtide_model
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. -isystem /usr/include/eigen3 -o fuzz_leaf
//     tests/fuzz/fuzz_leaf.cpp $(find build/fuzz/CMakeFiles/fedtide_{datasets,model}.dir -name '*.o')
//     build/fuzz/libfedtide_{learn,config,base}.a -lfmt -lyaml-cpp -lhdf5_serial -lpng -lzip -lz
//   ./fuzz_leaf -rss_limit_mb=512 tests/fuzz/corpus/leaf

#include "tests/fuzz/binary_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fedtide::run_leaf({data, size});
  return 0;
}
