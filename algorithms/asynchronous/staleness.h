#pragma once
// What a report loses of its weight with its staleness tau: s(tau), with s(0) = 1.
// Xie, Koyejo, Gupta: Asynchronous federated optimization. OPT 2020 (arXiv 1903.03934), section 5.2.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "sim/config/section.h"

namespace fedtide {

class StalenessFunction {
 public:
  /// Reads `staleness` and its parameters; `fallback` is its default.
  static StalenessFunction read(Section& s, const char* fallback) {
    const char* const source = "Xie et al. 2020, arXiv 1903.03934, section 5.2";
    StalenessFunction f;
    const Words words{fallback,
                      {{"constant", "s = 1", source},
                       {"polynomial", "s = (1 + tau)^-a", source},
                       {"hinge", "s = 1 up to tau = b, then 1 / (a (tau - b) + 1)", source}},
                      "what a report loses of its weight by the versions tau that have passed it",
                      source};
    s.choose("staleness", words, [&](const std::string& word) {
      f.kind_ = word == "constant" ? Kind::constant : word == "polynomial" ? Kind::polynomial : Kind::hinge;
      if (f.kind_ == Kind::constant) return;
      const bool hinge = f.kind_ == Kind::hinge;
      f.a_ = s.real(
          "a", {.fallback = hinge ? 10.0 : 0.5, .bounds = positive(), .help = "how fast it falls", .source = source});
      if (hinge) {
        f.b_ = s.real(
            "b", {.fallback = 4.0, .bounds = non_negative(), .help = "staleness that loses nothing", .source = source});
      }
    });
    return f;
  }

  double operator()(std::uint32_t tau) const {
    const double t = tau;
    switch (kind_) {
      case Kind::constant:
        return 1;
      case Kind::polynomial:
        return std::pow(1 + t, -a_);
      case Kind::hinge:
        return 1 / (a_ * std::max(t - b_, 0.0) + 1);
    }
    return 1;
  }

 private:
  enum class Kind { constant, polynomial, hinge };
  Kind kind_ = Kind::constant;
  double a_ = 0, b_ = 0;
};

}  // namespace fedtide
