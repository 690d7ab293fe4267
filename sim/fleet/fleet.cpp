#include "sim/fleet/fleet.h"

#include <algorithm>
#include <cmath>

#include "sim/base/distributions.h"

namespace fedtide {
namespace {

Duration transfer_time(BitRate rate, Bytes bytes) {
  return Duration::from_seconds(8.0 * static_cast<double>(bytes.count) / rate.per_second);
}

double share(Time begin, Time end, Time at) {
  if (at >= end) return 1;
  if (at <= begin) return 0;
  return static_cast<double>((at - begin).ns) / static_cast<double>((end - begin).ns);
}

}  // namespace

ClientPhase Journey::phase_at(Time at) const {
  if (at < downloaded) return ClientPhase::download;
  if (at < computed) return ClientPhase::compute;
  if (at < arrived) return ClientPhase::upload;
  return ClientPhase::done;
}

Progress progress_at(const Journey& journey, const Load& load, Time at) {
  Progress p;
  p.bytes_down = share(journey.dispatched, journey.downloaded, at) * static_cast<double>(load.down.count);
  p.compute_s = share(journey.downloaded, journey.computed, at) * (journey.computed - journey.downloaded).seconds();
  p.bytes_up = share(journey.computed, journey.arrived, at) * static_cast<double>(load.up.count);
  return p;
}

Legs Fleet::legs(ClientId client, Turn turn, const Load& load) const {
  const Link link_of = link(client);
  Stream jitter(seed_, Purpose::jitter, client, turn);
  const auto wait = [&] {
    const double extra = link_of.jitter.ns > 0 ? exponential(jitter, link_of.jitter.seconds()) : 0.0;
    return link_of.latency + Duration::from_seconds(extra);
  };
  Legs legs;
  legs.wait_down = wait();
  legs.wait_up = wait();
  const double slowdown = spec_.compute_jitter > 0 ? lognormal(jitter, 0, spec_.compute_jitter) : 1.0;
  legs.compute = Duration::from_seconds(slowdown * load.flops.count / device(client).compute.per_second);
  legs.down = link_of.down;
  legs.up = link_of.up;
  return legs;
}

Journey journey_of(const Legs& legs, const Load& load, Time at) {
  Journey j;
  j.dispatched = at;
  j.downloaded = at + legs.wait_down + transfer_time(legs.down, load.down);
  j.computed = j.downloaded + legs.compute;
  j.arrived = j.computed + legs.wait_up + transfer_time(legs.up, load.up);
  // However fast the client, time passes: a round of no length would let a run that stops by time go on for ever.
  j.arrived = std::max(j.arrived, at + Duration{1});
  j.ends = j.arrived;
  return j;
}

Journey Fleet::plan(ClientId client, Turn turn, Time at, const Load& load, const Legs& legs) const {
  Journey j = journey_of(legs, load, at);
  if (spec_.dropout > 0) {
    Stream dropout(seed_, Purpose::dropout, client, turn);
    if (uniform(dropout) < spec_.dropout) {
      const auto length = static_cast<double>((j.arrived - at).ns);
      j.ends = at + Duration{static_cast<std::int64_t>(uniform(dropout) * length)};
      j.outcome = Outcome::crash;
    }
  }
  const Time leaves = spec_.availability->leaves(seed_, client, at, j.ends);
  if (leaves < j.ends) {
    j.ends = leaves;
    j.outcome = Outcome::left;
  }
  return j;
}

Journey Fleet::expected(ClientId client, const Load& load) const {
  const Link link_of = link(client);
  const Duration wait = link_of.latency + link_of.jitter;
  const Duration compute = Duration::from_seconds(load.flops.count / device(client).compute.per_second);
  return journey_of({wait, link_of.down, compute, wait, link_of.up}, load, Time{0});
}

FleetSpec read_fleet(Section& section) {
  FleetSpec spec;
  section.section("device", "what clients compute with", [&](Section& s) {
    s.choose_from<DeviceEntry>("catalog", "drawn", "which devices the clients have",
                               [&](const DeviceEntry& entry) { spec.device = entry.read(s); });
    spec.compute_jitter = s.real("jitter", {.fallback = 0.0,
                                            .bounds = between(0, 3),
                                            .help = "sigma of the lognormal factor on each turn's compute time",
                                            .source = ""});
  });
  section.section("link", "what clients communicate with", [&](Section& s) {
    s.choose_from<LinkEntry>("catalog", "drawn", "which links the clients have",
                             [&](const LinkEntry& entry) { spec.link = entry.read(s); });
  });
  section.section("shared", "links that the clients' transfers share",
                  [&](Section& s) { spec.shared = read_shared(s); });
  section.section("availability", "when clients are eligible", [&](Section& s) {
    s.choose_from<AvailabilityEntry>("model", "always", "how a client's hours go",
                                     [&](const AvailabilityEntry& entry) { spec.availability = entry.read(s); });
  });
  section.section("dropout", "failures by chance", [&](Section& s) {
    spec.dropout = s.real("probability", {.fallback = 0.0,
                                          .bounds = probability(),
                                          .help = "probability that a turn fails, at a uniform moment of it",
                                          .source = "6 to 10 % in Bonawitz et al. 2019, section 9"});
  });
  return spec;
}

}  // namespace fedtide
