#pragma once
// Student's t distribution, for confidence intervals of means.

#include <cstdint>

namespace fedtide {

/// P(|T| < t) of Student's t with `degrees` >= 1 degrees of freedom; t >= 0. Exact finite sums (Abramowitz and Stegun
/// 26.7.3 and 26.7.4).
double student_t_within(double t, std::int64_t degrees);

/// The t for which P(|T| < t) is `probability`, in (0, 1): 12.706 for 0.95 and one degree.
double student_t_bound(double probability, std::int64_t degrees);

}  // namespace fedtide
