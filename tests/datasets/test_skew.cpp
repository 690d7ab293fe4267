#include <cmath>

#include "sim/learn/skew.h"
#include "tests/catch.h"

namespace fedtide {
namespace {

TEST_CASE("labels are counted by client and class") {
  const std::vector<std::int32_t> labels{0, 1, 2, 1, 0};
  Shards shards;
  shards.append(std::vector<std::uint32_t>{0, 1, 3});
  shards.append({});
  shards.append(std::vector<std::uint32_t>{2, 4});
  const LabelCounts counts = count_labels(shards, labels, 3);
  CHECK(counts.counts == std::vector<std::uint32_t>{1, 2, 0, 0, 0, 0, 1, 0, 1});
  CHECK(counts.of(ClientId{2})[2] == 1);
}

TEST_CASE("two clients with a class each: EMD 1, Jensen-Shannon 0.2158, no entropy of their own") {
  // Against (1/2, 1/2): |1 - 1/2| + |0 - 1/2| = 1. Middle (3/4, 1/4): 1/2 ln(4/3) + 1/2 (1/2 ln(2/3) + 1/2 ln 2) =
  // 0.215762.
  const Skew skew = measure_skew({2, 2, {10, 0, 0, 10}});
  CHECK(skew.emd[0] == Approx(1));
  CHECK(skew.emd[1] == Approx(1));
  CHECK(skew.jensen_shannon[0] == Approx(0.215762).epsilon(1e-5));
  CHECK(skew.entropy[0] == 0);
  CHECK(skew.classes == std::vector<std::uint32_t>{1, 1});
  CHECK(skew.global_entropy == Approx(std::log(2)));
  CHECK(skew.size_gini == Approx(0).margin(1e-12));
}

TEST_CASE("clients with the global mix have no skew, whatever their sizes") {
  // Sizes 4 and 12: Gini = (12 - 4) / (2 * 16) = 1/4.
  const Skew skew = measure_skew({2, 2, {1, 3, 3, 9}});
  CHECK(skew.emd[0] == Approx(0).margin(1e-12));
  CHECK(skew.jensen_shannon[1] == Approx(0).margin(1e-12));
  CHECK(skew.entropy[0] == Approx(skew.global_entropy));
  CHECK(skew.size_gini == Approx(0.25));
}

TEST_CASE("a client without samples has no skew of its own, and counts for the sizes") {
  const Skew skew = measure_skew({2, 2, {0, 0, 5, 5}});
  CHECK(skew.emd[0] == 0);
  CHECK(skew.jensen_shannon[0] == 0);
  CHECK(skew.entropy[0] == 0);
  CHECK(skew.classes[0] == 0);
  CHECK(skew.size_gini == Approx(0.5));
}

}  // namespace
}  // namespace fedtide
