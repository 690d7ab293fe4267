// On and off in turn. Both for exponential times, it is a two-state Markov chain in continuous time:
//
//   on -> off at rate 1 / mean(on),  off -> on at rate 1 / mean(off)
//
// The same chain from two independent Poisson processes: "off marks" at rate 1 / mean(on) and "on marks" at rate 1 /
// mean(off). The client is on at t when the last mark before t is an on mark, and leaves at the next off mark. Each
// process is cut into windows of a few marks, and a window is a pure function of (seed, client, window): nothing to
// store, no recursion to the start, the same cost whatever the two means, and intervals run on across windows.

#include <algorithm>
#include <optional>

#include "sim/base/distributions.h"
#include "sim/fleet/availability.h"
#include "sim/fleet/availability_weibull.h"

namespace fedtide {
namespace {

// Long enough that a window rarely has no mark, short enough that few are drawn to find one.
constexpr double kMarksPerWindow = 8;

/// One of the two processes of all clients.
class Marks {
 public:
  Marks(double mean_gap_s, std::uint32_t kind)
      : mean_gap_s_(mean_gap_s),
        kind_(kind),
        window_(std::max(Duration{1}, Duration::from_seconds(kMarksPerWindow * mean_gap_s))) {}

  /// The last mark at or before `at`.
  std::optional<Time> last(std::uint64_t seed, ClientId client, Time at) const {
    for (std::int64_t window = at.ns / window_.ns; window >= 0; --window) {
      std::optional<Time> found;
      each_mark(seed, client, window, [&](Time mark) {
        if (mark > at) return false;
        found = mark;
        return true;
      });
      if (found) return found;
    }
    return std::nullopt;
  }

  /// The first mark after `at` and at most `horizon`; never, when there is none.
  Time first(std::uint64_t seed, ClientId client, Time at, Time horizon) const {
    for (std::int64_t window = at.ns / window_.ns; window <= horizon.ns / window_.ns; ++window) {
      Time found = Time::never();
      each_mark(seed, client, window, [&](Time mark) {
        if (mark <= at) return true;
        found = mark;
        return false;
      });
      if (found != Time::never()) return found <= horizon ? found : Time::never();
    }
    return Time::never();
  }

 private:
  /// Calls visit(time) for the marks of one window in order, until it returns false.
  template <class Visit>
  void each_mark(std::uint64_t seed, ClientId client, std::int64_t window, Visit visit) const {
    // A name has 32 bits for the window; those above go into the seed.
    const auto number = 2 * static_cast<std::uint64_t>(window) + kind_;
    const std::uint64_t fold = (number >> 32) * 0x9e3779b97f4a7c15u;
    Stream stream(seed ^ fold, Purpose::availability, raw(client), static_cast<std::uint32_t>(number));
    const Time begin{window * window_.ns};
    const Time end = begin + window_;
    for (Time mark = begin;;) {
      mark = mark + Duration::from_seconds(exponential(stream, mean_gap_s_));
      if (mark >= end || !visit(mark)) return;
    }
  }

  double mean_gap_s_;
  std::uint32_t kind_;
  Duration window_;
};

class OnOff final : public Availability {
 public:
  OnOff(double mean_on_s, double mean_off_s)
      : on_share_(mean_on_s / (mean_on_s + mean_off_s)), off_marks_(mean_on_s, 0), on_marks_(mean_off_s, 1) {}

  bool available(std::uint64_t seed, ClientId client, Time at) const override {
    const std::optional<Time> off = off_marks_.last(seed, client, at);
    const std::optional<Time> on = on_marks_.last(seed, client, at);
    if (on && off) return *on > *off;
    if (on || off) return on.has_value();
    // Before the first mark there is: the chain starts in its stationary state.
    Stream first(~seed, Purpose::availability, raw(client));
    return uniform(first) < on_share_;
  }

  Time leaves(std::uint64_t seed, ClientId client, Time at, Time horizon) const override {
    return off_marks_.first(seed, client, at, horizon);
  }

  Time returns(std::uint64_t seed, ClientId client, Time at, Time horizon) const override {
    return on_marks_.first(seed, client, at, horizon);
  }

 private:
  double on_share_;
  Marks off_marks_;
  Marks on_marks_;
};

std::unique_ptr<Availability> read(Section& s) {
  const auto mean = [&](const char* key, const char* help) {
    return s.duration(key, {.fallback = 3600, .bounds = at_least(1e-3), .help = help, .source = ""}).seconds();
  };
  const auto shape = [&](const char* key, const char* help) {
    return s.real(key, {.fallback = 1.0, .bounds = between(0.1, 100), .help = help, .source = ""});
  };
  const WeibullTimes on{mean("on", "mean time available"),
                        shape("on_shape", "Weibull shape of the times available; 1 is exponential")};
  const WeibullTimes off{mean("off", "mean time away"),
                         shape("off_shape", "Weibull shape of the times away; 1 is exponential")};
  // The two marks' processes answer at a cost that does not grow with time, but only exponential times can be had so.
  if (on.shape == 1 && off.shape == 1) return exponential_on_off(on.mean_s, off.mean_s);
  return weibull_on_off(on, off);
}

const Registration<AvailabilityEntry> on_off{
    {{"on_off", "available and away in turn, for exponential or Weibull times", ""}, read}};

}  // namespace

std::unique_ptr<Availability> exponential_on_off(double mean_on_s, double mean_off_s) {
  return std::make_unique<OnOff>(mean_on_s, mean_off_s);
}

}  // namespace fedtide
