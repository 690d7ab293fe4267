#include "sim/base/distributions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>
#include <set>
#include <vector>

#include "sim/base/error.h"
#include "sim/base/statistics.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

/// Holds the mean of n draws to its expectation within 4.5 standard errors, and the variance likewise; kurtosis is
/// E(x-mu)^4 / var^2.
void check_moments(std::uint32_t who, double mean, double variance, double kurtosis,
                   const std::function<double(Stream&)>& draw, int n = 100000) {
  Stream stream(11, Purpose::dataset, who);
  Moments moments;
  for (int i = 0; i < n; ++i) moments.add(draw(stream));
  CAPTURE(moments.mean(), mean, moments.variance(), variance);
  CHECK(std::abs(moments.mean() - mean) < 4.5 * std::sqrt(variance / n));
  CHECK(std::abs(moments.variance() - variance) < 4.5 * variance * std::sqrt((kurtosis - 1) / n));
}

/// Pearson's chi-square of counts against equal shares, as a number of standard deviations above its mean.
double chi_square_excess(const std::vector<double>& counts) {
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  const double expected = total / static_cast<double>(counts.size());
  double chi = 0;
  for (const double count : counts) chi += (count - expected) * (count - expected) / expected;
  const auto freedom = static_cast<double>(counts.size() - 1);
  return (chi - freedom) / std::sqrt(2 * freedom);
}

std::vector<double> values_of(const auto& counts) {
  std::vector<double> values;
  for (const auto& [key, count] : counts) values.push_back(count);
  return values;
}

/// Largest distance of the sample's distribution function from F, times sqrt(n); above 1.95 with probability 0.001.
double kolmogorov_smirnov(std::vector<double> sample, const std::function<double(double)>& f) {
  std::sort(sample.begin(), sample.end());
  const auto n = static_cast<double>(sample.size());
  double largest = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double p = f(sample[i]);
    largest = std::max({largest, p - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - p});
  }
  return largest * std::sqrt(n);
}

std::vector<double> draws(std::uint32_t who, const std::function<double(Stream&)>& draw, int n = 20000) {
  Stream stream(12, Purpose::dataset, who);
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(draw(stream));
  return values;
}

}  // namespace

TEST_CASE("uniforms stay in their interval and have its moments", "[distributions]") {
  // Kurtosis of the uniform distribution: 9/5.
  check_moments(1, 0.5, 1.0 / 12, 1.8, [](Stream& s) { return uniform(s); });
  check_moments(2, 0.5, 1.0 / 12, 1.8, [](Stream& s) { return uniform_open(s); });
  Stream stream(1, Purpose::dataset);
  for (int i = 0; i < 100000; ++i) {
    const double u = uniform(stream);
    const double open = uniform_open(stream);
    if (!(u >= 0 && u < 1 && open > 0 && open < 1)) FAIL("a uniform is " << u << " or " << open);
  }
}

TEST_CASE("the ends of the open interval are not its members", "[distributions]") {
  // The arithmetic of uniform_open at the least and the greatest 52 bits.
  CHECK((0.0 + 0.5) * 0x1p-52 > 0);
  CHECK((0x1p52 - 1 + 0.5) * 0x1p-52 < 1);
}

TEST_CASE("a number below n is uniform", "[distributions]") {
  for (const std::uint32_t n : {2u, 3u, 7u, 10u, 100u}) {
    Stream stream(13, Purpose::dataset, n);
    std::vector<double> counts(n, 0.0);
    std::vector<double> counts64(n, 0.0);
    for (std::uint32_t i = 0; i < 1000 * n; ++i) {
      counts.at(uniform_below(stream, n)) += 1;
      counts64.at(uniform_below64(stream, n)) += 1;
    }
    CHECK(chi_square_excess(counts) < 4.5);
    CHECK(chi_square_excess(counts64) < 4.5);
  }
}

TEST_CASE("a number below a large n has no bias", "[distributions]") {
  // Without rejection, four words make three values, and those divisible by 3 come twice as often.
  Stream stream(14, Purpose::dataset);
  const std::uint32_t n = 3u << 30;
  std::vector<double> thirds(3, 0.0);
  for (int i = 0; i < 30000; ++i) thirds.at(uniform_below(stream, n) % 3) += 1;
  CHECK(chi_square_excess(thirds) < 4.5);
  const std::uint64_t large = std::uint64_t{3} << 62;
  std::vector<double> thirds64(3, 0.0);
  for (int i = 0; i < 30000; ++i) thirds64.at(uniform_below64(stream, large) % 3) += 1;
  CHECK(chi_square_excess(thirds64) < 4.5);
}

TEST_CASE("below 1 there is only 0, and below 0 nothing", "[distributions]") {
  Stream stream(1, Purpose::dataset);
  CHECK(uniform_below(stream, 1) == 0);
  CHECK(uniform_below64(stream, 1) == 0);
  CHECK_THROWS_WITH(uniform_below(stream, 0), Catch::Matchers::Contains("there is no number below 0"));
  CHECK_THROWS_WITH(uniform_below64(stream, 0), Catch::Matchers::Contains("there is no number below 0"));
}

TEST_CASE("normals have the normal distribution", "[distributions]") {
  check_moments(3, 0, 1, 3, [](Stream& s) { return normal(s); });
  CHECK(kolmogorov_smirnov(draws(3, [](Stream& s) { return normal(s); }),
                           [](double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }) < 1.95);
}

TEST_CASE("the logarithm of a lognormal is normal", "[distributions]") {
  check_moments(4, 1.5, 0.25, 3, [](Stream& s) { return std::log(lognormal(s, 1.5, 0.5)); });
  Stream stream(1, Purpose::dataset);
  CHECK(lognormal(stream, 2, 0) == std::exp(2.0));
}

TEST_CASE("exponentials have the exponential distribution", "[distributions]") {
  // Variance mean^2, kurtosis 9.
  check_moments(5, 3, 9, 9, [](Stream& s) { return exponential(s, 3); });
  CHECK(kolmogorov_smirnov(draws(5, [](Stream& s) { return exponential(s, 3); }),
                           [](double x) { return 1 - std::exp(-x / 3); }) < 1.95);
}

TEST_CASE("gamma draws have mean and variance of their shape", "[distributions]") {
  std::uint32_t who = 100;
  for (const double shape : {0.05, 0.3, 0.999, 1.0, 2.5, 40.0, 1e6}) {
    // Kurtosis of the gamma distribution: 3 + 6 / shape.
    check_moments(++who, shape, shape, 3 + 6 / shape, [&](Stream& s) { return gamma(s, shape); });
  }
}

TEST_CASE("gamma draws of known distribution functions follow them", "[distributions]") {
  // Shape 1 is exponential; shape 2 has F = 1 - (1 + x) exp(-x); shape 1/2 is half a squared normal: F = erf(sqrt x).
  CHECK(kolmogorov_smirnov(draws(6, [](Stream& s) { return gamma(s, 1); }), [](double x) { return 1 - std::exp(-x); }) <
        1.95);
  CHECK(kolmogorov_smirnov(draws(7, [](Stream& s) { return gamma(s, 2); }),
                           [](double x) { return 1 - (1 + x) * std::exp(-x); }) < 1.95);
  CHECK(kolmogorov_smirnov(draws(8, [](Stream& s) { return gamma(s, 0.5); }),
                           [](double x) { return std::erf(std::sqrt(x)); }) < 1.95);
}

TEST_CASE("the logarithm of a gamma draw has mean digamma and variance trigamma", "[distributions]") {
  // digamma(0.3), trigamma(0.3) and polygamma(3, 0.3) from their series; the fourth cumulant is polygamma(3).
  const double mean = -3.5025242222;
  const double variance = 12.2453645461;
  const double fourth = 743.1417646550;
  check_moments(9, mean, variance, 3 + fourth / (variance * variance),
                [](Stream& s) { return log_gamma_draw(s, 0.3); });
}

TEST_CASE("the logarithm of a gamma draw is the logarithm of the gamma draw", "[distributions]") {
  for (const double shape : {0.3, 0.9, 1.0, 7.0, 1e10}) {
    Stream a(15, Purpose::dataset);
    Stream b(15, Purpose::dataset);
    for (int i = 0; i < 100; ++i) {
      CHECK(std::exp(log_gamma_draw(a, shape)) == Approx(gamma(b, shape)).epsilon(1e-9));
    }
  }
}

TEST_CASE("for a tiny shape, minus shape times the logarithm is exponential", "[distributions]") {
  // Gamma(a) = Gamma(a + 1) U^(1/a), and a log Gamma(a + 1) vanishes.
  std::uint32_t who = 20;
  for (const double shape : {1e-12, 1e-100, 1e-300, 1e-306}) {
    CHECK(kolmogorov_smirnov(draws(++who, [&](Stream& s) { return -shape * log_gamma_draw(s, shape); }),
                             [](double x) { return 1 - std::exp(-x); }) < 1.95);
  }
  Stream stream(1, Purpose::dataset);
  for (int i = 0; i < 1000; ++i) {
    CHECK(std::isfinite(log_gamma_draw(stream, std::numeric_limits<double>::denorm_min())));
  }
}

TEST_CASE("for a huge shape, a gamma draw is its shape, give or take a root", "[distributions]") {
  // Below 2^53 the normal approximation can be seen: (x - a) / sqrt(a), with skewness 2 / sqrt(a).
  check_moments(
      31, 0, 1, 3, [](Stream& s) { return (gamma(s, 1e14) - 1e14) / 1e7; }, 20000);
  Stream stream(1, Purpose::dataset);
  for (const double shape : {1e30, 1e200, 1e300, 1.7e308}) {
    CHECK(gamma(stream, shape) == Approx(shape).epsilon(1e-14));
    CHECK(log_gamma_draw(stream, shape) == Approx(std::log(shape)).epsilon(1e-14));
  }
}

TEST_CASE("a gamma distribution without a shape is refused", "[distributions]") {
  Stream stream(1, Purpose::dataset);
  for (const double shape : {0.0, -1.0, double(INFINITY), double(NAN)}) {
    CHECK_THROWS_WITH(gamma(stream, shape), Catch::Matchers::Contains("the shape of a gamma distribution is"));
    CHECK_THROWS_WITH(log_gamma_draw(stream, shape), Catch::Matchers::Contains("the shape of a gamma distribution is"));
  }
}

TEST_CASE("Dirichlet shares are shares", "[distributions]") {
  Stream stream(16, Purpose::partition);
  for (const double a : {1e-300, 1e-8, 0.01, 0.1, 1.0, 100.0, 1e10, 1e300}) {
    const std::vector<double> alpha(10, a);
    std::vector<double> shares(10);
    for (int i = 0; i < 200; ++i) {
      dirichlet(stream, alpha, shares);
      double sum = 0;
      for (const double share : shares) {
        CHECK((share >= 0 && share <= 1));
        sum += share;
      }
      CHECK(sum == Approx(1).epsilon(1e-14));
    }
  }
}

TEST_CASE("Dirichlet shares have the moments of their concentrations", "[distributions]") {
  // Share k is Beta(a_k, A - a_k): mean a_k / A, variance a_k (A - a_k) / (A^2 (A + 1)). A bound of 5 on the kurtosis
  // holds for these.
  const std::array<double, 3> alpha = {0.5, 1.0, 2.0};
  const double total = 3.5;
  for (std::size_t k = 0; k < 3; ++k) {
    const double variance = alpha[k] * (total - alpha[k]) / (total * total * (total + 1));
    check_moments(
        static_cast<std::uint32_t>(40 + k), alpha[k] / total, variance, 9,
        [&](Stream& s) {
          std::array<double, 3> shares{};
          dirichlet(s, alpha, shares);
          return shares[k];
        },
        40000);
  }
}

TEST_CASE("tiny concentrations give all to one, in proportion to them", "[distributions]") {
  const std::array<double, 2> alpha = {1e-300, 3e-300};
  Stream stream(17, Purpose::partition);
  const int n = 20000;
  int second = 0;
  for (int i = 0; i < n; ++i) {
    std::array<double, 2> shares{};
    dirichlet(stream, alpha, shares);
    REQUIRE(std::max(shares[0], shares[1]) == 1.0);
    REQUIRE(std::min(shares[0], shares[1]) == 0.0);
    if (shares[1] == 1.0) ++second;
  }
  CHECK(std::abs(second - 0.75 * n) < 4.5 * std::sqrt(n * 0.75 * 0.25));
}

TEST_CASE("huge concentrations give everyone the mean", "[distributions]") {
  const std::array<double, 4> alpha = {1e300, 1e300, 2e300, 1.0};
  std::array<double, 4> shares{};
  Stream stream(18, Purpose::partition);
  dirichlet(stream, alpha, shares);
  CHECK(shares[0] == Approx(0.25).epsilon(1e-12));
  CHECK(shares[2] == Approx(0.5).epsilon(1e-12));
  CHECK(shares[3] < 1e-290);
}

TEST_CASE("one share is all of it", "[distributions]") {
  for (const double a : {1e-300, 1.0, 1e300}) {
    Stream stream(19, Purpose::partition);
    const std::array<double, 1> alpha = {a};
    std::array<double, 1> share{};
    dirichlet(stream, alpha, share);
    CHECK(share[0] == 1.0);
  }
}

TEST_CASE("a Dirichlet distribution of other than its shares is refused", "[distributions]") {
  Stream stream(1, Purpose::partition);
  const std::array<double, 2> alpha = {1, 1};
  std::array<double, 3> shares{};
  CHECK_THROWS_WITH(dirichlet(stream, alpha, shares), Catch::Matchers::Contains("2 concentrations for 3 shares"));
  CHECK_THROWS_WITH(dirichlet(stream, {}, {}), Catch::Matchers::Contains("0 concentrations for 0 shares"));
}

TEST_CASE("a Bernoulli subset is empty at 0, all at 1, and takes no word for either", "[distributions]") {
  Stream stream(20, Purpose::cohort);
  CHECK(bernoulli_subset(stream, 1000, 0).empty());
  const auto all = bernoulli_subset(stream, 1000, 1);
  REQUIRE(all.size() == 1000);
  for (std::uint32_t i = 0; i < 1000; ++i) CHECK(all[i] == i);
  CHECK(stream.next32() == Stream(20, Purpose::cohort).next32());
  CHECK(bernoulli_subset(stream, 0, 0.5).empty());
  CHECK(bernoulli_subset(stream, 0, 1).empty());
}

TEST_CASE("a Bernoulli subset has each of its 2^n values with its probability", "[distributions]") {
  const double q = 0.3;
  const int n = 40000;
  Stream stream(21, Purpose::cohort);
  std::array<int, 8> counts{};
  for (int i = 0; i < n; ++i) {
    std::size_t mask = 0;
    for (const std::uint32_t index : bernoulli_subset(stream, 3, q)) mask |= std::size_t{1} << index;
    ++counts[mask];
  }
  for (std::size_t mask = 0; mask < 8; ++mask) {
    double p = 1;
    for (std::size_t bit = 0; bit < 3; ++bit) p *= (mask >> bit & 1) ? q : 1 - q;
    CAPTURE(mask, counts[mask], p * n);
    CHECK(std::abs(counts[mask] - p * n) < 4.5 * std::sqrt(n * p * (1 - p)));
  }
}

TEST_CASE("a Bernoulli subset is ascending and of binomial size", "[distributions]") {
  for (const double q : {1e-4, 0.01, 0.5, 0.99}) {
    Stream stream(22, Purpose::cohort, static_cast<std::uint32_t>(q * 1e6));
    const std::uint32_t n = 200000;
    const auto subset = bernoulli_subset(stream, n, q);
    CHECK(std::abs(static_cast<double>(subset.size()) - q * n) < 4.5 * std::sqrt(n * q * (1 - q)));
    CHECK(std::adjacent_find(subset.begin(), subset.end(), std::greater_equal<>()) == subset.end());
    CHECK((subset.empty() || subset.back() < n));
  }
}

TEST_CASE("a Bernoulli subset of next to nothing or next to all is that", "[distributions]") {
  Stream stream(23, Purpose::cohort);
  CHECK(bernoulli_subset(stream, 0xffffffffu, 1e-300).empty());
  CHECK(bernoulli_subset(stream, 0xffffffffu, std::numeric_limits<double>::denorm_min()).empty());
  CHECK(bernoulli_subset(stream, 10000, 1 - 0x1p-53).size() == 10000);
  for (const double q : {-0.1, 1.1, double(NAN)}) {
    CHECK_THROWS_WITH(bernoulli_subset(stream, 10, q), Catch::Matchers::Contains("the sampling probability is"));
  }
}

TEST_CASE("a shuffle keeps the values", "[distributions]") {
  Stream stream(24, Purpose::batches);
  std::vector<int> values(1000);
  std::iota(values.begin(), values.end(), 0);
  auto shuffled = values;
  shuffle(stream, std::span<int>(shuffled));
  CHECK(shuffled != values);
  std::sort(shuffled.begin(), shuffled.end());
  CHECK(shuffled == values);
  std::vector<int> one = {7};
  shuffle(stream, std::span<int>(one));
  CHECK(one == std::vector<int>{7});
  shuffle(stream, std::span<int>());
}

TEST_CASE("a shuffle makes every order equally often", "[distributions]") {
  Stream stream(25, Purpose::batches);
  std::map<std::vector<int>, double> counts;
  for (int i = 0; i < 24000; ++i) {
    std::vector<int> values = {0, 1, 2, 3};
    shuffle(stream, std::span<int>(values));
    counts[values] += 1;
  }
  REQUIRE(counts.size() == 24);
  CHECK(chi_square_excess(values_of(counts)) < 4.5);
}

TEST_CASE("a sample without replacement is of different values", "[distributions]") {
  Stream stream(26, Purpose::cohort);
  for (const std::uint32_t n : {1u, 2u, 10u, 1000u}) {
    for (const std::uint32_t k : {0u, 1u, n / 2, n}) {
      const auto sample = sample_without_replacement(stream, n, k);
      const std::set<std::uint32_t> different(sample.begin(), sample.end());
      CHECK(sample.size() == k);
      CHECK(different.size() == k);
      CHECK((different.empty() || *different.rbegin() < n));
    }
  }
  CHECK(sample_without_replacement(stream, 0, 0).empty());
  CHECK(sample_without_replacement(stream, 0xffffffffu, 1000).size() == 1000);
  CHECK_THROWS_WITH(sample_without_replacement(stream, 5, 6), Catch::Matchers::Contains("6 different values of 5"));
}

TEST_CASE("a sample without replacement has every order of every choice equally often", "[distributions]") {
  Stream stream(27, Purpose::cohort);
  std::map<std::vector<std::uint32_t>, double> counts;
  for (int i = 0; i < 60000; ++i) counts[sample_without_replacement(stream, 5, 3)] += 1;
  REQUIRE(counts.size() == 60);
  CHECK(chi_square_excess(values_of(counts)) < 4.5);
}

TEST_CASE("a category comes with the probability of its weight", "[distributions]") {
  const std::array<double, 5> weight = {0, 1, 0, 3, 0};
  Stream stream(28, Purpose::dataset);
  std::array<int, 5> counts{};
  const int n = 20000;
  for (int i = 0; i < n; ++i) ++counts[categorical(stream, weight)];
  CHECK(counts[0] + counts[2] + counts[4] == 0);
  CHECK(std::abs(counts[3] - 0.75 * n) < 4.5 * std::sqrt(n * 0.75 * 0.25));
}

TEST_CASE("the only category with weight is drawn, however small", "[distributions]") {
  const std::array<double, 3> weight = {0, std::numeric_limits<double>::denorm_min(), 0};
  Stream stream(29, Purpose::dataset);
  for (int i = 0; i < 1000; ++i) CHECK(categorical(stream, weight) == 1);
}

TEST_CASE("categories without weight are refused", "[distributions]") {
  Stream stream(1, Purpose::dataset);
  const std::array<double, 2> none = {0, 0};
  const std::array<double, 2> negative = {1, -1};
  const std::array<double, 2> infinite = {1, double(INFINITY)};
  CHECK_THROWS_WITH(categorical(stream, none), Catch::Matchers::Contains("the sum of the weights is 0"));
  CHECK_THROWS_WITH(categorical(stream, {}), Catch::Matchers::Contains("the sum of the weights is 0"));
  CHECK_THROWS_WITH(categorical(stream, negative), Catch::Matchers::Contains("a weight is -1"));
  CHECK_THROWS_WITH(categorical(stream, infinite), Catch::Matchers::Contains("the sum of the weights is inf"));
}
