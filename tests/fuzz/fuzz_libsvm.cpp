// libFuzzer: any bytes as a file of LIBSVM's format, plain or packed.
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. -isystem /usr/include/eigen3 -DFMT_HEADER_ONLY
//     -o fuzz_libsvm tests/fuzz/fuzz_libsvm.cpp datasets/formats/{arff,csv,dictionary,gzip,libsvm,lines,number}.cpp
//     datasets/tables/table.cpp sim/base/{error,text,quantity,units,opened_files}.cpp sim/config/tree.cpp -lz
//   ./fuzz_libsvm tests/fuzz/corpus/libsvm

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/text_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fedtide::run_libsvm({data, size});
  return 0;
}
