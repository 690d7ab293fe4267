// libFuzzer: any bytes as a file of LIBSVM's format, plain or packed. Only Failure may come out, in bounded memory, and
// what is read is sound.
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. -isystem /usr/include/eigen3 -DFMT_HEADER_ONLY
//     -o fuzz_libsvm tests/fuzz/fuzz_libsvm.cpp datasets/formats/{libsvm,lines,number,gzip}.cpp
//     sim/base/{error,text,quantity,units,opened_files}.cpp sim/config/tree.cpp -lz
//   ./fuzz_libsvm tests/fuzz/corpus/libsvm

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "datasets/formats/libsvm.h"
#include "tests/fuzz/text_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fedtide;
  expect_failure_at_most([&] {
    LibsvmRules rules;
    rules.whole_labels = size % 2 == 0;
    const LibsvmFile file = read_libsvm(ContentReader::over("fuzz", {data, size}), rules);
    FEDTIDE_REQUIRE(file.rows.size() == file.labels.size(), "{} rows", file.rows.size());
    for (std::size_t row = 0; row < file.rows.size(); ++row) {
      FEDTIDE_REQUIRE(std::isfinite(file.labels[row]), "row {}", row);
      for (std::uint64_t e = file.rows.begin[row]; e < file.rows.begin[row + 1]; ++e) {
        FEDTIDE_REQUIRE(file.rows.columns[e] < file.features, "row {}", row);
        FEDTIDE_REQUIRE(e == file.rows.begin[row] || file.rows.columns[e - 1] < file.rows.columns[e], "row {}", row);
        FEDTIDE_REQUIRE(file.rows.values.empty() || std::isfinite(file.rows.values[e]), "row {}", row);
      }
    }
  });
  return 0;
}
