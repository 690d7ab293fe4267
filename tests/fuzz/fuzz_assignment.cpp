// libFuzzer: any bytes as a partition, `client,index`, plain or packed. Only Failure may come out, in bounded memory,
// and what is read is a partition.
// tests/fuzz/CMakeLists.txt builds it; then, from the repository's root:
//   build/fuzz/fuzz_assignment -rss_limit_mb=512 -max_total_time=60 build/fuzz/assignment tests/fuzz/corpus/assignment

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
