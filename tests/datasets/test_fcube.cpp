// FCUBE against its definition: Li et al. 2022, section IV-B.

#include <algorithm>
#include <array>
#include <set>

#include "sim/base/statistics.h"
#include "tests/datasets/partitions.h"
#include "tests/datasets/sources.h"

using namespace fedtide;

namespace {

/// 0 .. 7: a bit for each negative coordinate.
int octant(const Batch<double>& batch, std::uint32_t row) {
  int code = 0;
  for (Index f = 0; f < 3; ++f) code = 2 * code + (batch.dense(f, row) < 0 ? 1 : 0);
  return code;
}

}  // namespace

TEST_CASE("fcube: each of four parties holds two octants that mirror each other, and no one else has them") {
  const DataSource source = source_of("fcube");
  REQUIRE(source.train->size() == 4000);
  REQUIRE(source.test->size() == 1000);
  REQUIRE(source.natural_clients->population() == 4);
  const std::array<const Dataset*, 2> halves{source.train.get(), source.test.get()};
  const std::array<const Shards*, 2> shards{&*source.natural_clients, &*source.natural_test};
  for (std::size_t h = 0; h < 2; ++h) {
    const Batch<double> batch = everything(*halves[h]);
    CHECK(is_partition(*shards[h], halves[h]->size()));
    std::set<int> all;
    for (std::uint32_t p = 0; p < 4; ++p) {
      const auto rows = shards[h]->of(ClientId{p});
      CHECK(rows.size() == halves[h]->size() / 4);
      std::set<int> octants;
      for (const std::uint32_t row : rows) octants.insert(octant(batch, row));
      REQUIRE(octants.size() == 2);
      CHECK(*octants.begin() + *octants.rbegin() == 7);  // all signs turned round
      CHECK(*octants.begin() == static_cast<int>(p));
      all.insert(octants.begin(), octants.end());
    }
    CHECK(all.size() == 8);
  }
}

TEST_CASE("fcube: a label is the sign of the first coordinate, and each party has both alike often") {
  const DataSource source = source_of("fcube");
  const Batch<double> batch = everything(*source.train);
  const auto labels = source.train->labels();
  for (std::uint32_t row = 0; row < 4000; ++row) CHECK(labels[row] == (batch.dense(0, row) > 0 ? 0 : 1));
  for (std::uint32_t p = 0; p < 4; ++p) {
    const auto rows = source.natural_clients->of(ClientId{p});
    CHECK(std::count_if(rows.begin(), rows.end(), [&](std::uint32_t row) { return labels[row] == 1; }) == 500);
  }
}

TEST_CASE("fcube: coordinates are uniform in the cube") {
  const DataSource source = source_of("fcube", {{"samples", 40000}});
  const Batch<double> batch = everything(*source.train);
  for (Index f = 0; f < 3; ++f) {
    Moments signed_values, sizes;
    for (const double x : batch.dense.row(f)) {
      CHECK(std::abs(x) < 1);
      CHECK(x != 0);
      signed_values.add(x);
      sizes.add(std::abs(x));
    }
    // |x| is uniform in (0, 1): mean 1/2, variance 1/12; the signs are balanced by design.
    CHECK(std::abs(sizes.mean() - 0.5) < 3 * std::sqrt(1 / 12.0 / 40000));
    CHECK(sizes.variance() == Approx(1 / 12.0).epsilon(3 * std::sqrt(0.8 / 40000)));  // kurtosis 1.8
    CHECK(std::abs(signed_values.mean()) < 3 * std::sqrt(1 / 12.0 / 40000));
  }
}
