#include "sim/base/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "sim/base/error.h"

namespace fedtide {

namespace {

double total_of(std::span<const double> counts) {
  double total = 0;
  for (const double count : counts) {
    FEDTIDE_REQUIRE(count >= 0, "a count is {}", count);
    total += count;
  }
  return total;
}

/// p log(p / q); 0 for p = 0, by continuity.
double relative(double p, double q) { return p > 0 ? p * std::log(p / q) : 0.0; }

/// Share of one count; no counts at all have no shares.
double share(double count, double total) { return total > 0 ? count / total : 0.0; }

}  // namespace

double quantile(std::span<const double> values, double q) {
  FEDTIDE_REQUIRE(q >= 0 && q <= 1, "the quantile {} is outside of 0 .. 1", q);
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double rest = position - static_cast<double>(below);
  // Exactly on a value: an infinite neighbor must not turn it into NaN.
  if (rest == 0) return sorted[below];
  return sorted[below] + rest * (sorted[below + 1] - sorted[below]);
}

double gini(std::span<const double> values) {
  const double total = total_of(values);
  if (!(total > 0)) return 0;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<double>(sorted.size());
  double weighted = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    weighted += (2.0 * static_cast<double>(i + 1) - n - 1.0) * sorted[i];
  }
  return weighted / (n * total);
}

double entropy(std::span<const double> counts) {
  const double total = total_of(counts);
  double sum = 0;
  for (const double count : counts) sum -= relative(share(count, total), 1.0);
  return sum;
}

double label_emd(std::span<const double> counts, std::span<const double> reference) {
  FEDTIDE_REQUIRE(counts.size() == reference.size(), "{} counts against {}", counts.size(), reference.size());
  const double total = total_of(counts);
  const double reference_total = total_of(reference);
  double sum = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    sum += std::abs(share(counts[k], total) - share(reference[k], reference_total));
  }
  return sum;
}

double jensen_shannon(std::span<const double> counts, std::span<const double> reference) {
  FEDTIDE_REQUIRE(counts.size() == reference.size(), "{} counts against {}", counts.size(), reference.size());
  const double total = total_of(counts);
  const double reference_total = total_of(reference);
  double sum = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const double p = share(counts[k], total);
    const double q = share(reference[k], reference_total);
    const double middle = 0.5 * (p + q);
    sum += 0.5 * (relative(p, middle) + relative(q, middle));
  }
  return std::max(sum, 0.0);
}

}  // namespace fedtide
