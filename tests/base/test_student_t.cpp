#include "sim/base/student_t.h"

#include <cmath>
#include <numbers>

#include "tests/catch.h"

using namespace fedtide;

TEST_CASE("Student's t with one degree of freedom is Cauchy's distribution", "[base][student_t]") {
  // P(|T| < t) = 2 atan(t) / pi, so the bound is tan(pi p / 2).
  for (const double p : {0.1, 0.5, 0.9, 0.95, 0.99}) {
    CHECK(student_t_bound(p, 1) == Approx(std::tan(std::numbers::pi * p / 2)).epsilon(1e-12));
  }
  CHECK(student_t_bound(0.95, 1) == Approx(12.706204736174694).epsilon(1e-12));
}

TEST_CASE("Student's t with two degrees of freedom has a bound in closed form", "[base][student_t]") {
  // P(|T| < t) = t / sqrt(2 + t^2), so t = p sqrt(2 / (1 - p^2)).
  for (const double p : {0.1, 0.5, 0.9, 0.95, 0.99}) {
    CHECK(student_t_bound(p, 2) == Approx(p * std::sqrt(2 / (1 - p * p))).epsilon(1e-12));
  }
}

TEST_CASE("bounds of 95 % are those of the printed table", "[base][student_t]") {
  // Abramowitz and Stegun, table 26.10, two-sided 0.95.
  const std::pair<int, double> table[] = {{3, 3.182},  {4, 2.776},  {5, 2.571},  {9, 2.262},
                                          {10, 2.228}, {29, 2.045}, {30, 2.042}, {120, 1.980}};
  for (const auto& [degrees, t] : table) {
    CAPTURE(degrees);
    CHECK(student_t_bound(0.95, degrees) == Approx(t).margin(5.1e-4));
  }
}

TEST_CASE("with many degrees of freedom Student's t is the normal distribution", "[base][student_t]") {
  CHECK(student_t_bound(0.95, 1000000) == Approx(1.959963984540054).epsilon(3e-6));
  CHECK(student_t_within(1.0, 1000000) == Approx(std::erf(1 / std::numbers::sqrt2)).epsilon(3e-6));
}

TEST_CASE("a bound and its probability are inverse", "[base][student_t]") {
  for (const int degrees : {1, 2, 3, 4, 7, 8, 50}) {
    for (const double p : {0.01, 0.5, 0.95, 0.999}) {
      CHECK(student_t_within(student_t_bound(p, degrees), degrees) == Approx(p).epsilon(1e-12));
    }
  }
  CHECK(student_t_within(0, 5) == 0);
}
