#include "sim/federation/check_in_rule.h"

#include <algorithm>
#include <cmath>

#include "sim/federation/check_in.h"

namespace fedtide {
namespace {

const char* const kSource = "Bonawitz et al. 2019, section 2";

/// A part of a whole number, rounded up; a product that is meant to be whole is.
std::uint32_t part(double share, std::uint32_t of) {
  return std::max(1u, static_cast<std::uint32_t>(std::ceil(share * of - 1e-9)));
}

PaceRule read_pace(Section& protocol) {
  PaceRule rule;
  protocol.section("pace", "when devices check in", [&](Section& s) {
    rule.steering =
        s.flag("steering", {.fallback = true,
                            .help = "the server tells devices when to come back: few of them together, many "
                                    "at random, no more than rounds need, whatever the hour",
                            .source = "Bonawitz et al. 2019, section 2.3"});
    rule.period = s.duration("period", {.fallback = 3600.0,
                                        .bounds = positive(),
                                        .help = "without steering: from a check-in, or the end of a session, to the "
                                                "next check-in; all come for the first time at once",
                                        .source = ""});
    rule.arrivals = s.real("arrivals", {.fallback = 1.2,
                                        .bounds = between(0.01, 1000),
                                        .help = "check-ins asked for, for each device that a round wants",
                                        .source = ""});
    rule.least = s.duration("least", {.fallback = 60.0,
                                      .bounds = positive(),
                                      .help = "mean time between a device's check-ins at the least",
                                      .source = ""});
    rule.small = s.real("small", {.fallback = 4.0,
                                  .bounds = non_negative(),
                                  .help = "fewer eligible devices than this for each that a round wants are asked to "
                                          "come together",
                                  .source = "Bonawitz et al. 2019, section 2.3"});
    rule.spread = s.duration("spread", {.fallback = 10.0,
                                        .bounds = non_negative(),
                                        .help = "within which those that are to come together come",
                                        .source = ""});
  });
  return rule;
}

struct CheckInSpec final : ProtocolSpec {
  CheckInRule rule;
  std::uint32_t cohort() const override { return rule.cohort; }
  std::uint32_t selected() const override { return rule.goal(); }
  bool selects() const override { return false; }
  Bytes plan() const override { return rule.plan; }
  std::unique_ptr<Protocol> make(World& world) const override { return std::make_unique<CheckIn>(rule, world); }
};

void read_selection(Section& s, CheckInRule& rule) {
  rule.cohort = static_cast<std::uint32_t>(s.whole(
      "cohort",
      {.fallback = 100.0, .bounds = between(1, 1e6), .help = "reports that close a round (K)", .source = kSource}));
  rule.over_selection =
      s.real("over_selection", {.fallback = 1.3,
                                .bounds = between(1, 10),
                                .help = "devices selected for each report wanted; rounded up to whole "
                                        "devices",
                                .source = "Bonawitz et al. 2019, section 9"});
  rule.selection_timeout = s.duration("selection_timeout", {.fallback = 600.0,
                                                            .bounds = positive(),
                                                            .help = "how long a round that may begin waits for its "
                                                                    "devices",
                                                            .source = kSource});
  rule.minimum_selected =
      s.real("minimum_selected", {.fallback = 0.8,
                                  .bounds = fraction(),
                                  .help = "share of the devices wanted with which a round begins at "
                                          "the timeout; fewer are sent away",
                                  .source = kSource});
  rule.pipelined = s.flag("pipelined", {.fallback = true,
                                        .help = "the next round's devices are selected while a round goes on",
                                        .source = "Bonawitz et al. 2019, section 4.3"});
}

}  // namespace

std::uint32_t CheckInRule::goal() const { return part(over_selection, cohort); }
std::uint32_t CheckInRule::fewest_selected() const { return part(minimum_selected, goal()); }
std::uint32_t CheckInRule::fewest_reported() const { return part(minimum_reported, cohort); }

std::unique_ptr<ProtocolSpec> read_check_in(Section& s) {
  auto spec = std::make_unique<CheckInSpec>();
  CheckInRule& rule = spec->rule;
  read_selection(s, rule);
  rule.deadline = s.duration(
      "deadline", {.fallback = 600.0, .bounds = positive(), .help = "reporting window of a round", .source = kSource});
  rule.minimum_reported = s.real("minimum_reported", {.fallback = 0.8,
                                                      .bounds = fraction(),
                                                      .help = "share of the reports wanted with which a round is "
                                                              "committed when its window closes; fewer abandon it",
                                                      .source = kSource});
  rule.every = s.duration("every", {.fallback = 0.0,
                                    .bounds = non_negative(),
                                    .help = "from one round's begin to the next at the least",
                                    .source = ""});
  rule.plan = s.bytes("plan", {.fallback = 0.0,
                               .bounds = between(0, 1e12),
                               .help = "what is sent to each device beside the model",
                               .source = kSource});
  rule.pace = read_pace(s);
  rule.actors = read_actors(s);
  rule.bin = s.duration("traffic", {.fallback = 3600.0,
                                    .bounds = at_least(1),
                                    .help = "virtual time that a row of the recorded traffic is about",
                                    .source = ""});
  rule.give_up = s.whole("give_up", {.fallback = 1000.0,
                                     .bounds = between(1, 1e9),
                                     .help = "rounds or selections in a row that fail and end the run",
                                     .source = ""});
  return spec;
}

namespace {

const Registration<ProtocolEntry> entry{
    {{"check_in", "Google's: devices check in by themselves; selection, configuration, reporting",
      "Bonawitz et al. 2019, arXiv 1902.01046"},
     read_check_in}};

}  // namespace
}  // namespace fedtide
