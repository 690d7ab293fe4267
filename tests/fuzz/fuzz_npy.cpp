// libFuzzer: any bytes as NumPy's array or archive, or as an idx file, plain or packed. Only Failure may come out, in
// bounded memory.
//   CC=clang CXX=clang++ cmake -S . -B build/fuzz -GNinja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DFEDTIDE_BENCHMARKS=OFF
//     -DFEDTIDE_ARCH= -DFEDTIDE_SANITIZE=fuzzer-no-link,address,undefined
//   cmake --build build/fuzz --target fedtide_datasets fedtide_learn fedtide_model
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. -isystem /usr/include/eigen3 -o fuzz_npy
//     tests/fuzz/fuzz_npy.cpp $(find build/fuzz/CMakeFiles/fedtide_{datasets,model}.dir -name '*.o')
//     build/fuzz/libfedtide_{learn,config,base}.a -lfmt -lyaml-cpp -lhdf5_serial -lpng -lzip -lz
//   ./fuzz_npy -rss_limit_mb=512 tests/fuzz/corpus/npy

#include "tests/fuzz/binary_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fedtide::run_npy({data, size});
  return 0;
}
