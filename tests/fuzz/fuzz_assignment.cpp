// libFuzzer: any bytes as a partition, `client,index`, plain or packed. Only Failure may come out, in bounded memory,
// and what is read is a partition.
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. -isystem /usr/include/eigen3 -DFMT_HEADER_ONLY
//     -o fuzz_assignment tests/fuzz/fuzz_assignment.cpp datasets/partition/assignment.cpp sim/learn/shards.cpp
//     datasets/formats/{lines,gzip}.cpp sim/base/{error,text,quantity,units,opened_files}.cpp sim/config/tree.cpp -lz
//   ./fuzz_assignment tests/fuzz/corpus/assignment

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "datasets/partition/assignment.h"
#include "tests/fuzz/text_harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fedtide;
  constexpr std::uint32_t kSamples = 6;
  for (const bool sharing : {false, true}) {
    expect_failure_at_most([&] {
      const Shards shards = read_assignment(ContentReader::over("fuzz", {data, size}), kSamples, sharing);
      FEDTIDE_REQUIRE(shards.population() == shards.names.size() && shards.population() > 0, "{} names",
                      shards.names.size());
      FEDTIDE_REQUIRE(sharing || shards.rows.size() == kSamples, "{} rows", shards.rows.size());
      for (std::uint32_t i = 0; i < shards.population(); ++i) {
        const auto mine = shards.of(ClientId{i});
        for (std::size_t j = 0; j < mine.size(); ++j) {
          FEDTIDE_REQUIRE(mine[j] < kSamples && (j == 0 || mine[j - 1] < mine[j]), "client {}", i);
        }
      }
    });
  }
  return 0;
}
