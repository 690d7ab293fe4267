// libFuzzer: any bytes as a file of labels or of images, plain or packed. Only Failure may come out, in bounded memory.
// tests/fuzz/CMakeLists.txt builds it; then, from the repository's root:
//   build/fuzz/fuzz_idx -rss_limit_mb=512 -max_total_time=60 build/fuzz/idx tests/fuzz/corpus/idx

#include <cstddef>
#include <cstdint>

#include "datasets/formats/idx.h"
#include "sim/base/error.h"

namespace {

/// Damage is a Failure; a bug of ours is one too, and must not pass.
template <class Run>
void expect_failure_at_most(Run run) {
  try {
    run();
  } catch (const fedtide::Failure& failure) {
    if (failure.code() == fedtide::ExitCode::bug) throw;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fedtide;
  const std::span<const std::uint8_t> file(data, size);
  expect_failure_at_most([file] {
    const IdxLabels labels = read_idx_labels(ContentReader::over("fuzz", file), 10);
    for (const std::int32_t label : labels.labels) FEDTIDE_REQUIRE(label >= 0 && label < 10, "label {}", label);
  });
  expect_failure_at_most([file] {
    const IdxImages images = read_idx_images(ContentReader::over("fuzz", file), 2, "labels");
    FEDTIDE_REQUIRE(images.pixels.size() == std::size_t{2} * images.height * images.width, "{} pixels",
                    images.pixels.size());
  });
  return 0;
}
