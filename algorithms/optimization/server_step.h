#pragma once
// What server optimizers share: their learning rate over the rounds, and the step.

#include <cmath>

#include "sim/federation/algorithm.h"

namespace fedtide {

/// The server's learning rate eta at its t-th step, t = 0, 1, ...: lr * decay^floor(t / every).
struct ServerRate {
  double lr = 1;
  double decay = 1;
  std::int64_t every = 1;

  /// Reads `server_lr`, with this default, and `server_schedule`.
  static ServerRate read(Section& section, double fallback, const std::string& source) {
    ServerRate eta;
    eta.lr = section.real(
        "server_lr",
        {.fallback = fallback, .bounds = positive(), .help = "eta, the server's learning rate", .source = source});
    section.section("server_schedule", "eta over the rounds", [&](Section& s) {
      const Words schedules{"constant",
                            {{"constant", "the same in every round", ""},
                             {"step", "server_lr * decay^floor(round / every)", "Reddi et al. 2021 (staircase)"}},
                            "how eta changes over the rounds",
                            ""};
      s.choose("name", schedules, [&](const std::string& name) {
        if (name != "step") return;
        eta.decay = s.real("decay", {.fallback = 0.99, .bounds = fraction(), .help = "factor on eta", .source = ""});
        eta.every = s.whole(
            "every", {.fallback = 1, .bounds = between(1, 1e9), .help = "rounds between two decays", .source = ""});
      });
    });
    return eta;
  }

  double at(std::int64_t t) const { return lr * std::pow(decay, static_cast<double>(t / every)); }
};

/// x += step, but for running statistics: they are no weights and move by their mean, whatever the step is.
template <class T>
void take_step(Vector<T>& x, Vector<T> step, const Vector<T>& mean, const std::vector<Stretch>& statistics) {
  for (const Stretch& s : statistics) step.segment(s.begin, s.size) = mean.segment(s.begin, s.size);
  x += step;
}

/// ||v||^2 over the weights, in double.
template <class T>
double squared_norm(const Vector<T>& v, const std::vector<Stretch>& statistics) {
  double sum = v.template cast<double>().squaredNorm();
  for (const Stretch& s : statistics) sum -= v.segment(s.begin, s.size).template cast<double>().squaredNorm();
  return sum;
}

}  // namespace fedtide
