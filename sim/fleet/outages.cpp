#include "sim/fleet/outages.h"

#include "sim/base/distributions.h"
#include "sim/config/sample.h"
#include "sim/fleet/availability_weibull.h"

namespace fedtide {
namespace {

constexpr double kForGood = 8.64e9;  // 100,000 days: as long as a run can be
constexpr std::uint8_t kOutageSalt = 16;
constexpr Turn kRegionDraw{1};  // the first of this purpose is the cell of shared links
constexpr Turn kStayDraws{1};

/// Every client is in one region, and a region is dark for exponential times at a Poisson process's instants: all its
/// clients lose their network at once.
class Outages final : public Availability {
 public:
  Outages(std::uint32_t regions, double every_s, double lasts_s)
      : regions_(regions), process_(exponential_on_off(every_s, lasts_s)) {}

  bool available(std::uint64_t seed, ClientId client, Time at) const override {
    return process_->available(seed, region(seed, client), at);
  }
  Time leaves(std::uint64_t seed, ClientId client, Time at, Time horizon) const override {
    return process_->leaves(seed, region(seed, client), at, horizon);
  }
  Time returns(std::uint64_t seed, ClientId client, Time at, Time horizon) const override {
    return process_->returns(seed, region(seed, client), at, horizon);
  }

 private:
  ClientId region(std::uint64_t seed, ClientId client) const {
    Stream stream(seed, Purpose::cell, client, kRegionDraw);
    return ClientId{uniform_below(stream, regions_)};
  }

  std::uint32_t regions_;
  std::unique_ptr<Availability> process_;  // of regions in the place of clients
};

/// A client comes once, stays for a time and goes for good.
class Churn final : public Availability {
 public:
  Churn(Draw join, Draw stay) : join_(join), stay_(stay) {}

  bool available(std::uint64_t seed, ClientId client, Time at) const override {
    const Stay own = stay(seed, client);
    return own.begin <= at && at < own.end;
  }
  Time leaves(std::uint64_t seed, ClientId client, Time, Time horizon) const override {
    const Time end = stay(seed, client).end;
    return end <= horizon ? end : Time::never();
  }
  Time returns(std::uint64_t seed, ClientId client, Time at, Time horizon) const override {
    const Time begin = stay(seed, client).begin;
    return at < begin && begin <= horizon ? begin : Time::never();
  }

 private:
  struct Stay {
    Time begin;
    Time end;
  };
  Stay stay(std::uint64_t seed, ClientId client) const {
    Stream stream(seed, Purpose::membership, client, kStayDraws);
    const Time begin = Time{0} + Duration::from_seconds(sample(join_, stream));
    const double length = sample(stay_, stream);
    return {begin, length >= kForGood ? Time::never() : begin + Duration::from_seconds(length)};
  }

  Draw join_;
  Draw stay_;
};

}  // namespace

bool read_outages(Section& section, AllOf& all) {
  bool any = false;
  section.section("outages", "regions whose clients all lose their network at once", [&](Section& s) {
    const auto regions = static_cast<std::uint32_t>(
        s.whole("regions", {.fallback = 0.0,
                            .bounds = between(0, 1e6),
                            .help = "every client is in one, drawn evenly; 0: there are no outages",
                            .source = ""}));
    const double every = s.duration("every", {.fallback = 30 * 86400.0,
                                              .bounds = at_least(1e-3),
                                              .help = "mean time from the end of one outage of a region to the next",
                                              .source = ""})
                             .seconds();
    const double lasts =
        s.duration("duration",
                   {.fallback = 3600, .bounds = at_least(1e-3), .help = "mean length of an outage", .source = ""})
            .seconds();
    if (regions == 0) return;
    all.add(std::make_shared<Outages>(regions, every, lasts), Outcome::network, kOutageSalt);
    any = true;
  });
  section.section("churn", "clients that come late, or go for good", [&](Section& s) {
    const auto read = [&](const char* key, double fallback, const char* help) {
      return s.draw(key, Unit::second, Draw{Draw::Kind::constant, fallback, 0},
                    {.fallback = {}, .bounds = non_negative(), .help = help, .source = ""});
    };
    const Draw join = read("join", 0, "time from the run's start until a client comes for the first time");
    const Draw stay = read("stay", kForGood, "how long it stays before it goes for good; 100000 d: to the end");
    const bool from_start = join.kind == Draw::Kind::constant && join.a <= 0;
    const bool to_end = stay.kind == Draw::Kind::constant && stay.a >= kForGood;
    if (from_start && to_end) return;
    all.add(std::make_shared<Churn>(join, stay), Outcome::left, 0);
    any = true;
  });
  return any;
}

}  // namespace fedtide
