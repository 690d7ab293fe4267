#include "sim/federation/actors.h"

#include <string>

#include "sim/base/distributions.h"

namespace fedtide {
namespace {

constexpr const char* kNames[kActors] = {"coordinator", "selector", "master", "aggregator"};
const char* const kSource = "Bonawitz et al. 2019, section 4";

/// Above the numbers of clients, whose streams say which selector they meet.
Stream stream_of(std::uint64_t seed, Actor actor, std::uint32_t number, std::uint32_t life) {
  return Stream(seed, Purpose::actor, number, life).keyed(1 + static_cast<std::uint64_t>(actor));
}

}  // namespace

std::optional<Duration> ActorRule::fails_after(std::uint64_t seed, Actor actor, std::uint32_t number,
                                               std::uint32_t life) const {
  const std::optional<Duration>& mean = mean_life[static_cast<std::size_t>(actor)];
  if (!mean) return std::nullopt;
  Stream stream = stream_of(seed, actor, number, life);
  return Duration::from_seconds(exponential(stream, mean->seconds()));
}

Duration ActorRule::notices_after(std::uint64_t seed, std::uint32_t selector, std::uint32_t life) const {
  Stream stream = Stream(seed, Purpose::actor, selector, life).keyed(1 + kActors);
  return Duration::from_seconds(uniform(stream) * restart.seconds());
}

ActorRule read_actors(Section& protocol) {
  ActorRule rule;
  protocol.section("actors", "the processes that the server is made of, and their failures", [&](Section& s) {
    rule.selectors = static_cast<std::uint32_t>(s.whole("selectors", {.fallback = 1.0,
                                                                      .bounds = between(1, 1000),
                                                                      .help = "processes that devices check in at",
                                                                      .source = kSource}));
    rule.headroom = s.real("headroom", {.fallback = 1.5,
                                        .bounds = between(1, 100),
                                        .help = "devices that all selectors together may hold, for each that a round "
                                                "wants",
                                        .source = ""});
    rule.devices_per_aggregator = static_cast<std::uint32_t>(
        s.whole("devices_per_aggregator", {.fallback = 100.0,
                                           .bounds = between(1, 1e9),
                                           .help = "devices of a round whose reports one process adds up",
                                           .source = kSource}));
    rule.restart = s.duration("restart", {.fallback = 10.0,
                                          .bounds = positive(),
                                          .help = "until a selector that failed is back, and within which each notices "
                                                  "that the coordinator is gone",
                                          .source = ""});
    for (std::size_t i = 0; i < kActors; ++i) {
      const std::string key = std::string(kNames[i]) + "_life";
      rule.mean_life[i] =
          s.maybe_duration(key, {.fallback = {},
                                 .bounds = at_least(1),
                                 .help = std::string("mean time until a ") + kNames[i] + " fails; none: it never does",
                                 .source = kSource});
    }
    s.sections("kill", "failures at given times", [&](Section& item) {
      Kill kill;
      const std::string actor = item.word("actor", {.fallback = {},
                                                    .options = {{kNames[0], "starts rounds", ""},
                                                                {kNames[1], "holds devices that wait", ""},
                                                                {kNames[2], "leads a round", ""},
                                                                {kNames[3], "adds up reports", ""}},
                                                    .help = "what fails",
                                                    .source = ""});
      for (std::size_t i = 0; i < kActors; ++i) {
        if (actor == kNames[i]) kill.actor = static_cast<Actor>(i);
      }
      kill.number = static_cast<std::uint32_t>(item.whole(
          "number",
          {.fallback = 0.0, .bounds = between(0, 1e6), .help = "which of the selectors or aggregators", .source = ""}));
      kill.at = item.duration(
          "at", {.fallback = {}, .bounds = non_negative(), .help = "virtual time of the failure", .source = ""});
      rule.kills.push_back(kill);
    });
  });
  return rule;
}

}  // namespace fedtide
