// libFuzzer: any bytes as an ARFF file, header and rows, plain or packed. Only Failure may come out, in bounded memory.
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. -isystem /usr/include/eigen3 -DFMT_HEADER_ONLY
//     -o fuzz_arff tests/fuzz/fuzz_arff.cpp datasets/formats/{arff,csv,lines,number,dictionary,gzip}.cpp
//     sim/base/{error,text,quantity,units,opened_files}.cpp sim/config/tree.cpp -lz
//   ./fuzz_arff tests/fuzz/corpus/arff

#include <cstddef>
#include <cstdint>

#include "datasets/formats/arff.h"
#include "tests/fuzz/text_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fedtide;
  expect_failure_at_most([&] {
    LineReader lines(ContentReader::over("fuzz", {data, size}));
    const std::vector<ArffAttribute> attributes = read_arff_header(lines);
    for (const ArffAttribute& attribute : attributes) {
      FEDTIDE_REQUIRE(!attribute.name.empty(), "a name is empty");
      FEDTIDE_REQUIRE(attribute.values.empty() || attribute.kind == ArffAttribute::Kind::nominal, "values");
    }
    CsvReader rows(std::move(lines), arff_rows());
    while (rows.next()) FEDTIDE_REQUIRE(!rows.fields().empty(), "a row without fields");
  });
  return 0;
}
