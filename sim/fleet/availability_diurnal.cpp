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
// give exactly the share asked for, at every hour.
//
// The sessions that start in a block of time are a pure function of (seed, client, block), drawn with the longest
// first: for a length l, v = exp(-l / D) is uniform, so that the v of a block's sessions are the points in (0, 1) of a
// Poisson process. Whether a session of long ago still goes on is then mostly settled by one draw.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/base/distributions.h"
#include "sim/fleet/all_of.h"

namespace fedtide {
namespace {

constexpr double kDay = 86400;
// In mean lengths of a session:
constexpr int kBlock = 4;
constexpr int kLongest = 12;  // longer ones, 6 in a million, are cut
constexpr std::int64_t kBlocksBack = kLongest / kBlock;

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
  double v;          ///< exp(-length / D), but for rounding
  double kept_draw;  ///< uniform below the highest rate
  double local_s;
  const DayShape& shape;

  bool kept() const { return kept_draw < shape.rate(local_s); }
  Time end() const {
    return start + Duration::from_seconds(shape.session_s * std::min<double>(-std::log(v), kLongest));
  }
};

class Diurnal final : public Availability {
 public:
  Diurnal(DayShape shape, std::vector<double> zones_s)
      : shape_(shape),
        zones_s_(std::move(zones_s)),
        most_(shape.rate_range().second),
        block_(Duration::from_seconds(kBlock * shape.session_s)),
        candidates_(most_ * block_.seconds()) {}

  bool available(std::uint64_t seed, ClientId client, Time at) const override {
    const Names names{seed, client, zone_s(seed, client)};
    bool found = false;
    each_block_back(at, [&](std::int64_t block, double shortest) {
      each_session(names, block, shortest, [&](const Session& session) {
        found = session.start <= at && session.end() > at && session.kept();
        return !found;
      });
      return !found;
    });
    return found;
  }

  Time leaves(std::uint64_t seed, ClientId client, Time at, Time horizon) const override {
    const Names names{seed, client, zone_s(seed, client)};
    Time end = at;
    // Each session that goes on at the end of those before it makes it later.
    for (Time before = Time::never(); end != before && end <= horizon;) {
      before = end;
      each_block_back(before, [&](std::int64_t block, double shortest) {
        each_session(names, block, shortest, [&](const Session& session) {
          if (session.start <= before && session.end() > end && session.kept()) end = session.end();
          return end <= horizon;
        });
        return end <= horizon;
      });
    }
    return end <= horizon ? end : Time::never();
  }

  Time returns(std::uint64_t seed, ClientId client, Time at, Time horizon) const override {
    const Names names{seed, client, zone_s(seed, client)};
    Time start = Time::never();
    for (std::int64_t block = block_of(at); block <= block_of(horizon) && start == Time::never(); ++block) {
      each_session(names, block, 1.0, [&](const Session& session) {
        if (session.start > at && session.start < start && session.kept()) start = session.start;
        return true;
      });
    }
    return start <= horizon ? start : Time::never();
  }

  Duration zone(std::uint64_t seed, ClientId client) const override {
    return Duration::from_seconds(zone_s(seed, client));
  }

 private:
  /// What a client's sessions are drawn by.
  struct Names {
    std::uint64_t seed;
    ClientId client;
    double zone_s;
  };

  std::int64_t block_of(Time at) const { return at.ns / block_.ns; }

  /// Calls visit(block, v of the shortest session that can go on at `at`) for each block where such sessions may start,
  /// the last first, until it returns false.
  template <class Visit>
  void each_block_back(Time at, Visit visit) const {
    static const double a_block = std::exp(-static_cast<double>(kBlock));
    const std::int64_t now = block_of(at);
    if (!visit(now, 1.0)) return;
    const Duration since{at.ns - now * block_.ns};
    double shortest = (1 + 1e-9) * std::exp(-since.seconds() / shape_.session_s);
    for (std::int64_t back = 1; back <= kBlocksBack; ++back, shortest *= a_block) {
      if (!visit(now - back, shortest)) return;
    }
  }

  double zone_s(std::uint64_t seed, ClientId client) const {
    if (zones_s_.size() == 1) return zones_s_.front();
    // One zone, whichever of the client's processes asks: the salt is none of the name's.
    Stream stream(~seed | kSaltBits, Purpose::availability, raw(client));
    return zones_s_[uniform_below(stream, static_cast<std::uint32_t>(zones_s_.size()))];
  }

  /// Calls visit(session) for those that may start in a block and have a smaller v than `shortest`, the longest first,
  /// until it returns false. Blocks start at -kBlocksBack.
  template <class Visit>
  void each_session(const Names& names, std::int64_t block, double shortest, Visit visit) const {
    Stream stream(names.seed, Purpose::availability, raw(names.client),
                  static_cast<std::uint32_t>(block + kBlocksBack));
    const Time begin{block * block_.ns};
    for (double v = 0;;) {
      // As many as would start at the highest rate, of which the hour's rate keeps its share (Lewis and Shedler 1979).
      const double gap = middle(stream.next32());
      if (v + (1 - gap) / candidates_ >= shortest) return;  // -ln u >= 1 - u: mostly without a logarithm
      v -= std::log(gap) / candidates_;
      if (v >= shortest) return;
      const double kept_draw = middle(stream.next32()) * most_;
      const Duration after{static_cast<std::int64_t>(uniform(stream) * static_cast<double>(block_.ns))};
      const double local_s = (begin + after).seconds() + names.zone_s;
      if (!visit(Session{begin + after, v, kept_draw, local_s, shape_})) return;
    }
  }

  /// Of one of 2^32 equal intervals of (0, 1).
  static double middle(std::uint32_t word) { return (word + 0.5) * 0x1p-32; }

  DayShape shape_;
  std::vector<double> zones_s_;  ///< ahead of the run's clock
  double most_;                  ///< highest rate
  Duration block_;
  double candidates_;  ///< sessions that would start in a block at the highest rate
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
