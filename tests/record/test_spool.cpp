#include <fmt/format.h>

#include <chrono>
#include <vector>

#include "sim/record/spool.h"
#include "tests/catch.h"
#include "tests/record/support.h"

using namespace fedtide;

namespace {

const std::vector<ValueType> kColumns = {ValueType::int64, ValueType::uint32,  ValueType::uint8,
                                         ValueType::int32, ValueType::float32, ValueType::float64};

void append(Spool& spool, std::int64_t i) {
  spool.append(i * 1'000'003, static_cast<std::uint32_t>(i), static_cast<std::uint8_t>(i % 251),
               static_cast<std::int32_t>(-i), static_cast<float>(i) * 0.5f, static_cast<double>(i) / 3.0);
}

template <class T>
std::vector<T> column(Spool& spool, std::size_t index, std::int64_t first, std::int64_t count) {
  std::vector<T> values(static_cast<std::size_t>(count));
  spool.read(index, first, std::span<T>(values));
  return values;
}

}  // namespace

TEST_CASE("a spool gives back what was appended, at any number of rows around its blocks") {
  TemporaryFolder folder;
  for (const std::int64_t rows : {std::int64_t{0}, std::int64_t{1}, Spool::kBlockRows - 1, Spool::kBlockRows,
                                  Spool::kBlockRows + 1, 3 * Spool::kBlockRows + 5}) {
    Spool spool(folder / "table", kColumns);
    for (std::int64_t i = 0; i < rows; ++i) append(spool, i);
    REQUIRE(spool.rows() == rows);
    const auto a = column<std::int64_t>(spool, 0, 0, rows);
    const auto b = column<std::uint32_t>(spool, 1, 0, rows);
    const auto c = column<std::uint8_t>(spool, 2, 0, rows);
    const auto d = column<std::int32_t>(spool, 3, 0, rows);
    const auto e = column<float>(spool, 4, 0, rows);
    const auto f = column<double>(spool, 5, 0, rows);
    bool same = true;
    for (std::int64_t i = 0; i < rows; ++i) {
      const auto at = static_cast<std::size_t>(i);
      same = same && a[at] == i * 1'000'003 && b[at] == i && c[at] == i % 251 && d[at] == -i &&
             e[at] == static_cast<float>(i) * 0.5f && f[at] == static_cast<double>(i) / 3.0;
    }
    REQUIRE(same);
  }
}

TEST_CASE("a spool can be read in the middle of growing, at any place") {
  TemporaryFolder folder;
  Spool spool(folder / "table", kColumns);
  for (std::int64_t i = 0; i < Spool::kBlockRows + 10; ++i) append(spool, i);
  // Across the border between the block on disk and the one in memory.
  REQUIRE(column<std::uint32_t>(spool, 1, Spool::kBlockRows - 2, 4) ==
          std::vector<std::uint32_t>{16382, 16383, 16384, 16385});
  append(spool, Spool::kBlockRows + 10);
  REQUIRE(column<std::int32_t>(spool, 3, Spool::kBlockRows + 10, 1) == std::vector<std::int32_t>{-16394});
}

TEST_CASE("a spool's file goes away with it") {
  TemporaryFolder folder;
  {
    Spool spool(folder / "table", kColumns);
    REQUIRE(std::filesystem::exists(folder / "table"));
  }
  REQUIRE(!std::filesystem::exists(folder / "table"));
}

TEST_CASE("a spool that cannot be created is an io failure with the path and the reason") {
  TemporaryFolder folder;
  const auto path = folder / "absent" / "table";
  const std::string message = failure_of(ExitCode::io, [&] { Spool spool(path, kColumns); });
  REQUIRE(message == path.string() + ": cannot create: No such file or directory");
}

TEST_CASE("a spool whose file was cut off says so") {
  TemporaryFolder folder;
  Spool spool(folder / "table", {ValueType::int64});
  for (std::int64_t i = 0; i < Spool::kBlockRows; ++i) spool.append(i);
  std::filesystem::resize_file(folder / "table", 800);
  const std::string message = failure_of(ExitCode::io, [&] { column<std::int64_t>(spool, 0, 0, Spool::kBlockRows); });
  REQUIRE(message == (folder / "table").string() +
                         ": cannot read: ends at byte 800, 130272 bytes early; was it changed "
                         "by another program?");
}

TEST_CASE("a million rows go through a spool at a speed that no run notices") {
  TemporaryFolder folder;
  constexpr std::int64_t rows = 1'000'000;
  Spool spool(folder / "table", kColumns);
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t i = 0; i < rows; ++i) append(spool, i);
  const auto appended = std::chrono::steady_clock::now();
  double sum = 0;
  for (std::int64_t first = 0; first < rows; first += Spool::kBlockRows) {
    for (const double x : column<double>(spool, 5, first, std::min(Spool::kBlockRows, rows - first))) sum += x;
  }
  const auto read = std::chrono::steady_clock::now();
  // Sum of i / 3 for i < n is n (n - 1) / 6.
  REQUIRE(sum == Approx(1e6 * (1e6 - 1) / 6));
  const double seconds = std::chrono::duration<double>(appended - start).count();
  fmt::print("spool: {:.1f} M rows/s appended (29 bytes each), {:.1f} M values/s read\n", 1e-6 * rows / seconds,
             1e-6 * rows / std::chrono::duration<double>(read - appended).count());
  CHECK(seconds < 5);
}
