// On and off in turn, both for exponential times: a two-state Markov chain in continuous time.
//
//   on -> off at rate a = 1 / mean(on),  off -> on at rate b = 1 / mean(off)
//
// The same chain by uniformization: at the points of a Poisson process of rate a + b the state is drawn anew, on with
// probability b / (a + b), whatever it was. So the state at t is the draw of the last point before t, and a window of
// the process is a pure function of (seed, client, window): nothing to store, no recursion to the start, and intervals
// run on across windows.

#include <algorithm>
#include <cmath>

#include "sim/base/distributions.h"
#include "sim/base/error.h"
#include "sim/fleet/availability.h"

namespace fedtide {
namespace {

// Long enough that a window rarely has no point, short enough that few are drawn to find one.
constexpr double kPointsPerWindow = 8;

/// Calls visit(time, on) for the points of one window in order, until it returns false.
template <class Visit>
bool each_point(std::uint64_t seed, ClientId client, std::int64_t window, Duration length, double mean_gap_s,
                double on_share, Visit visit) {
  Stream stream(seed, Purpose::availability, raw(client), static_cast<std::uint32_t>(window));
  const Time begin{window * length.ns};
  const Time end = begin + length;
  for (Time at = begin;;) {
    at = at + Duration::from_seconds(exponential(stream, mean_gap_s));
    if (at >= end) return true;
    if (!visit(at, uniform(stream) < on_share)) return false;
  }
}

class OnOff final : public Availability {
 public:
  OnOff(double mean_on_s, double mean_off_s)
      : mean_gap_s_(1 / (1 / mean_on_s + 1 / mean_off_s)),
        on_share_(mean_on_s / (mean_on_s + mean_off_s)),
        window_(std::max(Duration{1}, Duration::from_seconds(kPointsPerWindow * mean_gap_s_))) {}

  bool available(std::uint64_t seed, ClientId client, Time at) const override {
    for (std::int64_t window = at.ns / window_.ns; window >= 0; --window) {
      bool found = false;
      bool on = false;
      each_point(seed, client, window, window_, mean_gap_s_, on_share_, [&](Time point, bool drawn_on) {
        if (point > at) return false;
        found = true;
        on = drawn_on;
        return true;
      });
      if (found) return on;
    }
    // Before the first point there is: the chain starts in its stationary state.
    Stream first(seed, Purpose::availability, raw(client), ~std::uint32_t{0});
    return uniform(first) < on_share_;
  }

  Time leaves(std::uint64_t seed, ClientId client, Time at, Time horizon) const override {
    Time left = Time::never();
    for (std::int64_t window = at.ns / window_.ns; window <= horizon.ns / window_.ns && left == Time::never();
         ++window) {
      each_point(seed, client, window, window_, mean_gap_s_, on_share_, [&](Time point, bool on) {
        if (point <= at || on) return true;
        left = point;
        return false;
      });
    }
    return left <= horizon ? left : Time::never();
  }

 private:
  double mean_gap_s_;
  double on_share_;
  Duration window_;
};

const Registration<AvailabilityEntry> on_off{
    {{"on_off", "available and away in turn, both for exponential times", ""},
     [](Section& s) -> std::unique_ptr<Availability> {
       const double on =
           s.duration("on", {.fallback = 3600, .bounds = at_least(1e-3), .help = "mean time available", .source = ""})
               .seconds();
       const double off =
           s.duration("off", {.fallback = 3600, .bounds = at_least(1e-3), .help = "mean time away", .source = ""})
               .seconds();
       return std::make_unique<OnOff>(on, off);
     }}};

}  // namespace
}  // namespace fedtide
