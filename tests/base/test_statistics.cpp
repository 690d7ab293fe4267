#include "sim/base/statistics.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "sim/base/distributions.h"
#include "tests/catch.h"

using namespace fedtide;

using Values = std::vector<double>;

TEST_CASE("moments of hand-made values", "[statistics]") {
  Moments moments;
  CHECK(moments.count() == 0);
  CHECK(moments.mean() == 0);
  CHECK(moments.variance() == 0);
  moments.add(4);
  CHECK(moments.mean() == 4);
  CHECK(moments.variance() == 0);
  moments.add(8);
  moments.add(9);
  // Mean 7; squares 9 + 1 + 4 = 14; over 2.
  CHECK(moments.count() == 3);
  CHECK(moments.mean() == Approx(7).epsilon(1e-15));
  CHECK(moments.variance() == Approx(7).epsilon(1e-15));
}

TEST_CASE("moments keep their digits far from 0", "[statistics]") {
  // Of sums of squares, 1e9^2 would swallow the variance.
  Moments moments;
  for (const double x : {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}) moments.add(x);
  CHECK(moments.mean() == 1e9 + 10);
  CHECK(moments.variance() == Approx(30).epsilon(1e-12));
}

TEST_CASE("quantiles interpolate between order statistics", "[statistics]") {
  // Type 7: position q (n - 1) of 1, 2, 4, 8.
  const Values values = {8, 1, 4, 2};
  CHECK(quantile(values, 0) == 1);
  CHECK(quantile(values, 1) == 8);
  CHECK(quantile(values, 0.5) == 3);
  CHECK(quantile(values, 0.25) == 1.75);
  CHECK(quantile(values, 0.9) == Approx(4 + 0.7 * 4));
  CHECK(quantile(Values{5}, 0.3) == 5);
  CHECK(std::isnan(quantile({}, 0.5)));
  CHECK(values == Values{8, 1, 4, 2});
}

TEST_CASE("a quantile next to an infinite value is its own", "[statistics]") {
  CHECK(quantile(Values{1, 2, INFINITY}, 0.5) == 2);
  CHECK(quantile(Values{1, 2, INFINITY}, 1) == INFINITY);
}

TEST_CASE("a quantile outside of 0 to 1 is refused", "[statistics]") {
  for (const double q : {-0.01, 1.01, double(NAN)}) {
    CHECK_THROWS_WITH(quantile(Values{1}, q), Catch::Matchers::Contains("is outside of 0 .. 1"));
  }
}

TEST_CASE("the Gini coefficient runs from equality to one who holds all", "[statistics]") {
  CHECK(gini(Values{3, 3, 3}) == Approx(0).margin(1e-15));
  CHECK(gini(Values{0, 0, 0, 5}) == Approx(0.75));  // 1 - 1/n
  CHECK(gini(Values{7}) == 0);
  CHECK(gini(Values{0, 0}) == 0);
  CHECK(gini({}) == 0);
  // Half the mean absolute difference over the mean: of 1, 2, 3 the nine differences sum to 8; 8/9 / 2 / 2 = 2/9.
  CHECK(gini(Values{3, 1, 2}) == Approx(2.0 / 9));
}

TEST_CASE("the Gini coefficient is half the relative mean difference", "[statistics]") {
  Stream stream(1, Purpose::dataset);
  Values values;
  for (int i = 0; i < 50; ++i) values.push_back(exponential(stream, 2));
  double differences = 0;
  double sum = 0;
  for (const double a : values) {
    sum += a;
    for (const double b : values) differences += std::abs(a - b);
  }
  CHECK(gini(values) == Approx(differences / (2 * 50 * sum)));
}

TEST_CASE("entropy of hand-made counts", "[statistics]") {
  CHECK(entropy(Values{5, 5}) == Approx(std::numbers::ln2));
  CHECK(entropy(Values{1, 1, 1, 1}) == Approx(2 * std::numbers::ln2));
  CHECK(entropy(Values{2, 1, 1}) == Approx(1.5 * std::numbers::ln2));  // 1/2, 1/4, 1/4: 1.5 bits
  CHECK(entropy(Values{9, 0, 0}) == 0);
  CHECK_FALSE(std::signbit(entropy(Values{9, 0, 0})));
  CHECK(entropy(Values{0, 0}) == 0);
  CHECK(entropy({}) == 0);
}

TEST_CASE("the distance of label distributions is the sum of absolute differences", "[statistics]") {
  CHECK(label_emd(Values{1, 0}, Values{0, 7}) == 2);
  CHECK(label_emd(Values{3, 6}, Values{1, 2}) == 0);
  CHECK(label_emd(Values{1, 3}, Values{1, 1}) == 0.5);
  // One of ten classes against all ten: 0.9 + 9 * 0.1.
  CHECK(label_emd(Values{4, 0, 0, 0, 0, 0, 0, 0, 0, 0}, Values(10, 1.0)) == Approx(1.8));
}

TEST_CASE("the Jensen-Shannon divergence of hand-made counts", "[statistics]") {
  CHECK(jensen_shannon(Values{1, 0}, Values{0, 9}) == Approx(std::numbers::ln2));
  CHECK(jensen_shannon(Values{2, 4}, Values{1, 2}) == Approx(0).margin(1e-15));
  // (1, 0) against (1/2, 1/2), middle (3/4, 1/4): half of log(4/3) + half of (1/2 log(2/3) + 1/2 log 2).
  const double expected = 0.5 * std::log(4.0 / 3) + 0.25 * std::log(2.0 / 3) + 0.25 * std::log(2.0);
  CHECK(jensen_shannon(Values{1, 0}, Values{1, 1}) == Approx(expected));
  CHECK(jensen_shannon(Values{1, 1}, Values{1, 0}) == Approx(expected));
}

TEST_CASE("distances of random counts keep their bounds and Pinsker's inequality", "[statistics]") {
  Stream stream(2, Purpose::dataset);
  for (int i = 0; i < 500; ++i) {
    Values a(6);
    Values b(6);
    for (double& x : a) x = uniform_below(stream, 4);
    for (double& x : b) x = uniform_below(stream, 4);
    a[0] += 1;
    b[1] += 1;
    const double emd = label_emd(a, b);
    const double divergence = jensen_shannon(a, b);
    CHECK((emd >= 0 && emd <= 2 + 1e-12));
    CHECK((divergence >= 0 && divergence <= std::numbers::ln2 + 1e-12));
    // KL(p, m) >= |p - m|^2 / 2 with |p - m| = |p - q| / 2; Lin (1991) has JS <= ln 2 |p - q| / 2.
    CHECK(divergence >= emd * emd / 8 - 1e-12);
    CHECK(divergence <= std::numbers::ln2 * emd / 2 + 1e-12);
  }
}

TEST_CASE("counts below 0 and of other lengths are refused", "[statistics]") {
  CHECK_THROWS_WITH(gini(Values{1, -2}), Catch::Matchers::Contains("a count is -2"));
  CHECK_THROWS_WITH(entropy(Values{-1}), Catch::Matchers::Contains("a count is -1"));
  CHECK_THROWS_WITH(label_emd(Values{1}, Values{1, 2}), Catch::Matchers::Contains("1 counts against 2"));
  CHECK_THROWS_WITH(jensen_shannon(Values{1}, Values{1, 2}), Catch::Matchers::Contains("1 counts against 2"));
}
