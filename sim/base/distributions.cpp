#include "sim/base/distributions.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>

#include "sim/base/error.h"

namespace fedtide {

namespace {

__extension__ using Wide = unsigned __int128;

/// Gamma(shape, 1) for shape >= 1 by Marsaglia and Tsang (2000), without their squeeze.
double gamma_at_least_one(Stream& stream, double shape) {
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / (3.0 * std::sqrt(d));
  for (;;) {
    const double x = normal(stream);
    const double root = 1.0 + c * x;
    const double u = uniform_open(stream);
    if (root <= 0) continue;
    const double v = root * root * root;
    // d (1 - v + log v), and not d - dv + d log v: the latter cancels to noise for a large shape.
    if (std::log(u) < 0.5 * x * x + d * (1.0 - v + std::log(v))) return d * v;
  }
}

/// A set of 32-bit values below 2^32 - 1 with room for a number of them known beforehand.
class FlatSet {
 public:
  explicit FlatSet(std::uint32_t room)
      : shift_(64 - static_cast<int>(std::bit_width(std::uint64_t{room} * 2 + 1))),
        slots_(std::size_t{1} << (64 - shift_), kEmpty) {}

  /// False: it was in already.
  bool insert(std::uint32_t value) {
    std::size_t slot = static_cast<std::size_t>((value * 0x9e3779b97f4a7c15u) >> shift_);
    while (slots_[slot] != kEmpty) {
      if (slots_[slot] == value) return false;
      slot = (slot + 1) & (slots_.size() - 1);
    }
    slots_[slot] = value;
    return true;
  }

 private:
  static constexpr std::uint32_t kEmpty = 0xffffffffu;
  int shift_;
  std::vector<std::uint32_t> slots_;
};

}  // namespace

std::uint32_t uniform_below(Stream& stream, std::uint32_t n) {
  FEDTIDE_REQUIRE(n > 0, "there is no number below 0");
  std::uint64_t product = std::uint64_t{stream.next32()} * n;
  if (static_cast<std::uint32_t>(product) < n) {
    const std::uint32_t threshold = (0u - n) % n;
    while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{stream.next32()} * n;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

std::uint64_t uniform_below64(Stream& stream, std::uint64_t n) {
  FEDTIDE_REQUIRE(n > 0, "there is no number below 0");
  if (n <= 0xffffffffu) return uniform_below(stream, static_cast<std::uint32_t>(n));
  Wide product = Wide{stream.next64()} * n;
  if (static_cast<std::uint64_t>(product) < n) {
    const std::uint64_t threshold = (std::uint64_t{0} - n) % n;
    while (static_cast<std::uint64_t>(product) < threshold) product = Wide{stream.next64()} * n;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

double normal(Stream& stream) {
  const double radius = std::sqrt(-2.0 * std::log(uniform_open(stream)));
  return radius * std::cos(2.0 * std::numbers::pi * uniform(stream));
}

double lognormal(Stream& stream, double mu, double sigma) { return std::exp(mu + sigma * normal(stream)); }

double exponential(Stream& stream, double mean) { return -mean * std::log(uniform_open(stream)); }

double gamma(Stream& stream, double shape) {
  FEDTIDE_REQUIRE(shape > 0 && std::isfinite(shape), "the shape of a gamma distribution is {}", shape);
  if (shape >= 1) return gamma_at_least_one(stream, shape);
  const double boosted = gamma_at_least_one(stream, shape + 1.0);
  return boosted * std::pow(uniform_open(stream), 1.0 / shape);
}

double log_gamma_draw(Stream& stream, double shape) {
  FEDTIDE_REQUIRE(shape > 0 && std::isfinite(shape), "the shape of a gamma distribution is {}", shape);
  if (shape >= 1) return std::log(gamma_at_least_one(stream, shape));
  // log(u) is at least -37, so this is where the logarithm itself would overflow.
  const double kept = std::max(shape, 1e-306);
  const double boosted = gamma_at_least_one(stream, kept + 1.0);
  return std::log(boosted) + std::log(uniform_open(stream)) / kept;
}

void dirichlet(Stream& stream, std::span<const double> alpha, std::span<double> out) {
  FEDTIDE_REQUIRE(!alpha.empty() && alpha.size() == out.size(), "{} concentrations for {} shares", alpha.size(),
                  out.size());
  for (std::size_t k = 0; k < alpha.size(); ++k) out[k] = log_gamma_draw(stream, alpha[k]);
  const double largest = *std::max_element(out.begin(), out.end());
  double sum = 0;
  for (double& share : out) {
    share = std::exp(share - largest);
    sum += share;
  }
  for (double& share : out) share /= sum;
}

std::vector<std::uint32_t> bernoulli_subset(Stream& stream, std::uint32_t n, double q) {
  FEDTIDE_REQUIRE(q >= 0 && q <= 1, "the sampling probability is {}", q);
  std::vector<std::uint32_t> subset;
  if (q == 0) return subset;
  if (q == 1) {
    subset.resize(n);
    std::iota(subset.begin(), subset.end(), 0u);
    return subset;
  }
  subset.reserve(static_cast<std::size_t>(q * n + 4.0 * std::sqrt(q * n)) + 1);
  const double log_miss = std::log1p(-q);
  for (std::uint64_t index = 0; index < n; ++index) {
    // P(skip >= k) = P(u <= (1 - q)^k) = (1 - q)^k: k misses in a row.
    const double skip = std::log(uniform_open(stream)) / log_miss;
    if (skip >= static_cast<double>(n - index)) break;
    index += static_cast<std::uint64_t>(skip);
    subset.push_back(static_cast<std::uint32_t>(index));
  }
  return subset;
}

std::vector<std::uint32_t> sample_without_replacement(Stream& stream, std::uint32_t n, std::uint32_t k) {
  FEDTIDE_REQUIRE(k <= n, "{} different values of {}", k, n);
  std::vector<std::uint32_t> sample;
  sample.reserve(k);
  FlatSet taken(k);
  for (std::uint32_t last = n - k; last < n; ++last) {
    std::uint32_t pick = uniform_below(stream, last + 1);
    if (!taken.insert(pick)) {
      pick = last;
      taken.insert(pick);
    }
    sample.push_back(pick);
  }
  shuffle(stream, std::span<std::uint32_t>(sample));
  return sample;
}

std::size_t categorical(Stream& stream, std::span<const double> weight) {
  double total = 0;
  for (const double w : weight) {
    FEDTIDE_REQUIRE(w >= 0, "a weight is {}", w);
    total += w;
  }
  FEDTIDE_REQUIRE(total > 0 && std::isfinite(total), "the sum of the weights is {}", total);
  const double target = uniform(stream) * total;
  double passed = 0;
  std::size_t last_positive = 0;
  for (std::size_t i = 0; i < weight.size(); ++i) {
    if (weight[i] == 0) continue;
    passed += weight[i];
    if (target < passed) return i;
    last_positive = i;
  }
  // The target can round up to the total.
  return last_positive;
}

}  // namespace fedtide
