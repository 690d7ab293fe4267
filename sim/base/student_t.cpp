#include "sim/base/student_t.h"

#include <cmath>
#include <numbers>

#include "sim/base/error.h"

namespace fedtide {

namespace {

/// P(|T| < sqrt(degrees) tan(angle)).
double within_angle(double angle, std::int64_t degrees) {
  const double sine = std::sin(angle);
  const double cosine = std::cos(angle);
  const bool is_odd = degrees % 2 == 1;
  double term = is_odd ? cosine : 1;
  double sum = degrees == 1 ? 0 : term;
  for (std::int64_t k = is_odd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= cosine * cosine * static_cast<double>(k - 1) / static_cast<double>(k);
    sum += term;
  }
  return is_odd ? 2 / std::numbers::pi * (angle + sine * sum) : sine * sum;
}

}  // namespace

double student_t_within(double t, std::int64_t degrees) {
  FEDTIDE_REQUIRE(t >= 0 && degrees >= 1, "t {} with {} degrees", t, degrees);
  return within_angle(std::atan(t / std::sqrt(static_cast<double>(degrees))), degrees);
}

double student_t_bound(double probability, std::int64_t degrees) {
  FEDTIDE_REQUIRE(probability > 0 && probability < 1 && degrees >= 1, "{} with {} degrees", probability, degrees);
  double low = 0;
  double high = std::numbers::pi / 2;
  // Halved until nothing lies between: one bit a step.
  for (int step = 0; step < 64; ++step) {
    const double middle = (low + high) / 2;
    (within_angle(middle, degrees) < probability ? low : high) = middle;
  }
  return std::sqrt(static_cast<double>(degrees)) * std::tan((low + high) / 2);
}

}  // namespace fedtide
