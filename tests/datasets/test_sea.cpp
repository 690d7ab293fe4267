// The SEA stream against its definition: Street and Kim 2001.

#include <cmath>

#include "tests/datasets/partitions.h"
#include "tests/datasets/sources.h"

using namespace fedtide;

TEST_CASE("sea: without noise a label says whether two features stay below the block's threshold") {
  const DataSource source = source_of("sea", {{"noise", 0}, {"samples", 1001}});
  const Batch<double> batch = everything(*source.train);
  const std::vector<double> thetas{8, 9, 7, 9.5};
  const Column& blocks = source.columns.front();
  CHECK(blocks.name == "block");
  CHECK(blocks.groups == std::vector<std::string>{"theta 8", "theta 9", "theta 7", "theta 9.5"});
  REQUIRE(blocks.codes.size() == 1001);
  for (std::uint32_t row = 0; row < 1001; ++row) {
    CHECK(blocks.codes[row] == row * 4 / 1001);  // in order, 250 or 251 each
    const double sum = batch.dense(0, row) + batch.dense(1, row);
    CHECK(source.train->labels()[row] == (sum <= thetas[blocks.codes[row]] ? 1 : 0));
  }
}

TEST_CASE("sea: the share of each label is that of a triangle in a square") {
  const DataSource source = source_of("sea", {{"samples", 80'000}}, {{"thresholds", {8, 9, 7, 12}}});
  // P(x_1 + x_2 <= theta) = theta^2 / 200, or 1 - (20 - theta)^2 / 200 above 10; turned round with probability 0.1.
  const std::vector<double> below{64 / 200.0, 81 / 200.0, 49 / 200.0, 1 - 64 / 200.0};
  std::vector<double> ones(4);
  for (std::uint32_t row = 0; row < 80'000; ++row) ones[source.columns[0].codes[row]] += source.train->labels()[row];
  for (std::size_t b = 0; b < 4; ++b) {
    const double p = 0.9 * below[b] + 0.1 * (1 - below[b]);
    CHECK(std::abs(ones[b] / 20'000 - p) < 3 * share_error(p, 20'000));
  }
}

TEST_CASE("sea: a stream without blocks is a mistake") {
  Settings settings;
  settings.lists["thresholds"] = {};
  source_loader("sea", settings);
  CHECK(settings.mistakes ==
        std::vector<std::string>{"thresholds: has no number; a stream needs at least one block, for "
                                 "example [8, 9, 7, 9.5]"});
}
