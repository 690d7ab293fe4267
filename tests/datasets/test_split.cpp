#include <algorithm>
#include <cmath>

#include "sim/base/statistics.h"
#include "sim/learn/skew.h"
#include "sim/learn/split.h"
#include "tests/catch.h"
#include "tests/datasets/partitions.h"

namespace fedtide {
namespace {

TEST_CASE("a split puts every sample of a client on exactly one side, in the client's own mix") {
  const std::vector<std::int32_t> labels = make_labels({4000, 900, 70, 30, 1});
  const Shards shards = scheme("dirichlet", {{"alpha", 2}})->partition(handing_out(labels, 5, 40, 1));
  for (const double fraction : {0.0, 0.1, 0.25, 0.5, 0.9}) {
    INFO(fraction);
    const Split both = split_shards(shards, labels, {fraction, 0}, 3);
    REQUIRE(both.train.population() == 40);
    REQUIRE(both.test.population() == 40);
    CHECK(both.validation.rows.empty());
    const LabelCounts all = count_labels(shards, labels, 5);
    const LabelCounts test = count_labels(both.test, labels, 5);
    for (std::uint32_t i = 0; i < 40; ++i) {
      const ClientId client{i};
      std::vector<std::uint32_t> rows(both.train.of(client).begin(), both.train.of(client).end());
      rows.insert(rows.end(), both.test.of(client).begin(), both.test.of(client).end());
      std::sort(rows.begin(), rows.end());
      CHECK(std::equal(rows.begin(), rows.end(), shards.of(client).begin(), shards.of(client).end()));
      const double n = static_cast<double>(shards.size(client));
      CHECK(static_cast<double>(both.test.size(client)) == std::round(fraction * n));
      for (std::size_t k = 0; k < 5; ++k) CHECK(std::abs(test.of(client)[k] - fraction * all.of(client)[k]) < 1);
    }
  }
}

TEST_CASE(
    "validation samples come from what testing leaves, in the client's own mix, and do not change the test samples") {
  const std::vector<std::int32_t> labels = make_labels({4000, 900, 70, 30, 1});
  const Shards shards = scheme("dirichlet", {{"alpha", 2}})->partition(handing_out(labels, 5, 40, 1));
  const Split alone = split_shards(shards, labels, {0.2, 0}, 3);
  for (const double fraction : {0.1, 0.3, 0.75}) {
    INFO(fraction);
    const Split split = split_shards(shards, labels, {0.2, fraction}, 3);
    CHECK(split.test.rows == alone.test.rows);
    const LabelCounts all = count_labels(shards, labels, 5);
    const LabelCounts validation = count_labels(split.validation, labels, 5);
    for (std::uint32_t i = 0; i < 40; ++i) {
      const ClientId client{i};
      std::vector<std::uint32_t> rows;
      for (const Shards* part : {&split.train, &split.validation, &split.test}) {
        rows.insert(rows.end(), part->of(client).begin(), part->of(client).end());
        CHECK(std::is_sorted(part->of(client).begin(), part->of(client).end()));
      }
      std::sort(rows.begin(), rows.end());
      CHECK(std::equal(rows.begin(), rows.end(), shards.of(client).begin(), shards.of(client).end()));
      CHECK(static_cast<double>(split.validation.size(client)) ==
            std::round(fraction * static_cast<double>(shards.size(client))));
      // One more than the share where rounding up for testing took a class's last sample elsewhere.
      for (std::size_t k = 0; k < 5; ++k) CHECK(std::abs(validation.of(client)[k] - fraction * all.of(client)[k]) < 2);
    }
  }
}

TEST_CASE("validation too leaves a client one sample to train on") {
  Shards shards;
  for (std::uint32_t n = 0, row = 0; n < 6; ++n) {
    std::vector<std::uint32_t> mine(n);
    std::iota(mine.begin(), mine.end(), row);
    row += n;
    shards.append(mine);
  }
  const Split split = split_shards(shards, {}, {0.5, 0.49}, 1);
  CHECK(sizes_of(split.train) == std::vector<std::uint64_t>{0, 1, 1, 1, 1, 1});
  CHECK(sizes_of(split.test) == std::vector<std::uint64_t>{0, 0, 1, 2, 2, 3});
  CHECK(sizes_of(split.validation) == std::vector<std::uint64_t>{0, 0, 0, 0, 1, 1});
}

TEST_CASE("a split is a function of its seed") {
  const std::vector<std::int32_t> labels = make_labels({300, 300});
  const Shards shards = scheme("iid")->partition(handing_out(labels, 2, 10, 1));
  const Split once = split_shards(shards, labels, {0.2, 0.1}, 5);
  const Split again = split_shards(shards, labels, {0.2, 0.1}, 5);
  CHECK(again.test.rows == once.test.rows);
  CHECK(again.validation.rows == once.validation.rows);
  const Split other = split_shards(shards, labels, {0.2, 0.1}, 6);
  CHECK(other.test.rows != once.test.rows);
  CHECK(other.validation.rows != once.validation.rows);
}

TEST_CASE("rounding up is drawn: small clients together keep the global mix") {
  // 3,000 clients with one sample of each of ten classes; one is for testing, of a drawn class. Chi-square, 9 degrees
  // of freedom: mean 9, standard deviation 4.2.
  std::vector<std::int32_t> labels;
  Shards shards;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    std::vector<std::uint32_t> mine;
    for (std::int32_t k = 0; k < 10; ++k) {
      mine.push_back(static_cast<std::uint32_t>(labels.size()));
      labels.push_back(k);
    }
    shards.append(mine);
  }
  std::vector<double> tested(10);
  for (const std::uint32_t row : split_shards(shards, labels, {0.1, 0}, 1).test.rows) {
    ++tested[static_cast<std::size_t>(labels[row])];
  }
  double chi_square = 0;
  for (const double n : tested) chi_square += (n - 300) * (n - 300) / 300;
  CHECK(chi_square < 9 + 4 * 4.2);
  CHECK(chi_square > 0);
}

TEST_CASE("every sample is as likely as another to be held out") {
  const std::vector<std::int32_t> labels(20, 0);
  Shards shards;
  std::vector<std::uint32_t> all(20);
  std::iota(all.begin(), all.end(), 0u);
  shards.append(all);
  std::vector<double> tested(20);
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    for (const std::uint32_t row : split_shards(shards, labels, {0.25, 0}, seed).test.rows) ++tested[row];
  }
  // Binomial(4000, 1/4): standard deviation 27.4.
  for (const double n : tested) CHECK(std::abs(n - 1000) < 4.5 * 27.4);
}

TEST_CASE("a client keeps a sample for training, an empty one stays empty, and labels are not needed") {
  Shards shards;
  shards.append(std::vector<std::uint32_t>{4});
  shards.append({});
  shards.append(std::vector<std::uint32_t>{0, 1, 2, 3});
  const Split both = split_shards(shards, {}, {0.9, 0}, 1);
  CHECK(sizes_of(both.train) == std::vector<std::uint64_t>{1, 0, 1});
  CHECK(sizes_of(both.test) == std::vector<std::uint64_t>{0, 0, 3});
}

}  // namespace
}  // namespace fedtide
