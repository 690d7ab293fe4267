// Hours of the day: more clients are available at night, when phones charge unused, than by day.
// Bonawitz et al.: Towards federated learning at scale: system design. MLSys 2019 (arXiv 1902.01046), section 9: about
// four times as many devices take part at the peak as at the lowest point, in one time zone.
//
//   p(h) = mean (1 + A cos(2 pi (h - peak) / 24)),  A = (swing - 1) / (swing + 1):  share available at local hour h
//
// A client's sessions start by a Poisson process of rate lambda(h) and last for exponential times with mean D; it is
// available while at least one goes on. The number that go on at a time is Poisson with mean m, dm/dt = lambda - m / D
// (an infinite-server queue, Eick, Massey, Whitt 1993), so that
//
//   p = 1 - exp(-m)  and  lambda = dm/dt + m / D  for  m = -ln(1 - p)
//
// give exactly the share asked for, at every hour. A day's sessions are a pure function of (seed, client, day).

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/base/distributions.h"
#include "sim/fleet/all_of.h"

namespace fedtide {
namespace {

constexpr double kDay = 86400;
constexpr double kLongestSession = 86400;  // longer ones are cut: a client's state depends on two days at most

struct DayShape {
  double mean = 0;       ///< share available over the day
  double amplitude = 0;  ///< A
  double peak_s = 0;     ///< local time of the most
  double session_s = 0;  ///< D

  /// lambda at a local time of day, per second.
  double rate(double local_s) const {
    const double omega = 2 * std::numbers::pi / kDay;
    const double angle = omega * (local_s - peak_s);
    const double p = mean * (1 + amplitude * std::cos(angle));
    const double slope = -mean * amplitude * omega * std::sin(angle);
    return slope / (1 - p) - std::log1p(-p) / session_s;
  }
  /// The least and the most over the day; between grid points it moves by less than the margin of the second.
  std::pair<double, double> rate_range() const {
    double least = rate(0), most = least;
    for (double s = 0; s < kDay; s += 60) {
      least = std::min(least, rate(s));
      most = std::max(most, rate(s));
    }
    return {least, 1.001 * most};
  }
};

/// One that would start at the day's highest rate. Its end, and whether the hour's rate keeps it, are found where they
/// matter.
struct Session {
  Time start;
  double kept_draw;    ///< uniform below the highest rate
  double length_draw;  ///< uniform in (0, 1)
  double local_s;
  const DayShape& shape;

  bool kept() const { return kept_draw < shape.rate(local_s); }
  /// Exponential.
  Time end() const {
    return start + Duration::from_seconds(std::min(-shape.session_s * std::log(length_draw), kLongestSession));
  }
  /// Mostly without a logarithm: -ln u <= 1 / u - 1.
  bool ends_after(Time at) const {
    const double bound = shape.session_s * (1 / length_draw - 1);
    return bound > (1 - 1e-9) * (at - start).seconds() && end() > at;
  }
};

class Diurnal final : public Availability {
 public:
  Diurnal(DayShape shape, std::vector<double> zones_s)
      : shape_(shape), zones_s_(std::move(zones_s)), most_(shape.rate_range().second) {}

  bool available(std::uint64_t seed, ClientId client, Time at) const override {
    bool found = false;
    for (std::int64_t day = day_of(at) - 1; day <= day_of(at) && !found; ++day) {
      each_session(seed, client, day, [&](const Session& session) {
        if (session.start > at) return false;
        found = session.ends_after(at) && session.kept();
        return !found;
      });
    }
    return found;
  }

  Time leaves(std::uint64_t seed, ClientId client, Time at, Time horizon) const override {
    Time end = at;
    for (std::int64_t day = day_of(at) - 1; day <= day_of(end) && end <= horizon; ++day) {
      each_session(seed, client, day, [&](const Session& session) {
        if (session.start > end) return false;  // those that follow start later still
        if (session.ends_after(end) && session.kept()) end = session.end();
        return true;
      });
    }
    return end <= horizon ? end : Time::never();
  }

  Time returns(std::uint64_t seed, ClientId client, Time at, Time horizon) const override {
    Time start = Time::never();
    for (std::int64_t day = day_of(at); day <= day_of(horizon) && start == Time::never(); ++day) {
      each_session(seed, client, day, [&](const Session& session) {
        if (session.start > at && session.kept()) start = session.start;
        return start == Time::never();
      });
    }
    return start <= horizon ? start : Time::never();
  }

  Duration zone(std::uint64_t seed, ClientId client) const override {
    return Duration::from_seconds(zone_s(seed, client));
  }

 private:
  static std::int64_t day_of(Time at) { return at.ns / Duration::from_seconds(kDay).ns; }

  double zone_s(std::uint64_t seed, ClientId client) const {
    if (zones_s_.size() == 1) return zones_s_.front();
    // One zone, whichever of the client's processes asks: the salt is none of the name's.
    Stream stream(~seed | kSaltBits, Purpose::availability, raw(client));
    return zones_s_[uniform_below(stream, static_cast<std::uint32_t>(zones_s_.size()))];
  }

  /// Calls visit(session) for those that may start on a day, in order, until it returns false. Days start at -1.
  template <class Visit>
  void each_session(std::uint64_t seed, ClientId client, std::int64_t day, Visit visit) const {
    Stream stream(seed, Purpose::availability, raw(client), static_cast<std::uint32_t>(day + 1));
    const double zone = zone_s(seed, client);
    const Time begin{day * Duration::from_seconds(kDay).ns};
    // Candidates at the highest rate, of which as many are kept as the hour's rate says (Lewis and Shedler 1979).
    for (double s = exponential(stream, 1 / most_); s < kDay; s += exponential(stream, 1 / most_)) {
      const double kept_draw = uniform(stream) * most_;
      const double length_draw = uniform_open(stream);
      if (!visit(Session{begin + Duration::from_seconds(s), kept_draw, length_draw, s + zone, shape_})) return;
    }
  }

  DayShape shape_;
  std::vector<double> zones_s_;  ///< ahead of the run's clock
  double most_;
};

std::unique_ptr<Availability> read(Section& s) {
  const std::string google = "Bonawitz et al. 2019, section 9";
  DayShape shape;
  shape.mean = s.real("mean", {.fallback = 0.2,
                               .bounds = {.low = 0, .high = 1, .low_open = true, .high_open = true},
                               .help = "share of the clients available, over the day",
                               .source = ""});
  const double swing =
      s.real("swing", {.fallback = 4.0, .bounds = at_least(1), .help = "most over fewest available", .source = google});
  shape.amplitude = (swing - 1) / (swing + 1);
  shape.peak_s = s.duration("peak", {.fallback = 2 * 3600.0,
                                     .bounds = between(0, kDay),
                                     .help = "local time at which most are available",
                                     .source = google})
                     .seconds();
  shape.session_s = s.duration("session", {.fallback = 3600.0,
                                           .bounds = between(60, 3 * 3600.0),
                                           .help = "mean length of a time available",
                                           .source = ""})
                        .seconds();
  std::vector<double> zones = s.reals("zones", {0.0},
                                      {.fallback = {},
                                       .bounds = between(-12, 14),
                                       .help = "time zones, hours ahead of the run's clock; each client is in one of "
                                               "them, all equally likely",
                                       .source = ""});
  if (zones.empty()) zones.push_back(0);
  for (double& zone : zones) zone *= 3600;
  if (shape.mean * (1 + shape.amplitude) >= 1) {
    s.reject("mean", fmt::format("with swing {} the share at the peak would be {:.3g}, must be below 1; lower mean or "
                                 "swing",
                                 swing, shape.mean * (1 + shape.amplitude)));
    shape.mean = 0.1;
  }
  if (shape.rate_range().first < 0) {
    s.reject("session", "sessions of this mean length do not end fast enough for the swing; lower session or swing");
  }
  return std::make_unique<Diurnal>(shape, std::move(zones));
}

const Registration<AvailabilityEntry> diurnal{
    {{"diurnal", "more available by night than by day, by time zone", "Bonawitz et al. 2019, arXiv 1902.01046"}, read}};

}  // namespace
}  // namespace fedtide
