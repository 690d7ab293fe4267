#include "sim/fleet/fleet.h"

#include <algorithm>
#include <cmath>

#include "sim/base/distributions.h"
#include "sim/config/sample.h"
#include "sim/fleet/outages.h"

namespace fedtide {
namespace {

constexpr Turn kMeteredDraw{1};  // of a client's link: the first is its rates
constexpr Turn kMemoryDraw{3};   // of its device: the first three are its rate, its powers and its battery

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

Seconds seconds_at(const Journey& journey, const Legs& legs, Time at) {
  const Duration none{0};
  const Duration down = std::min(at, journey.downloaded) - journey.dispatched;
  const Duration up = std::max(none, at - journey.computed);
  const Duration compute = std::min(at, journey.computed) - journey.downloaded;
  Seconds s;
  s.wait_down = std::min(down, legs.wait_down).seconds();
  s.receive = std::max(none, down - legs.wait_down).seconds();
  s.compute = std::max(none, compute).seconds();
  s.wait_up = std::min(up, legs.wait_up).seconds();
  s.send = std::max(none, up - legs.wait_up).seconds();
  return s;
}

Accounts Fleet::accounts() const {
  return {spec_.energy != nullptr, spec_.energy != nullptr && spec_.carbon != nullptr, spec_.metered > 0, spec_.pauses};
}

Duration Fleet::recovery(ClientId client, Turn turn) const {
  if (spec_.recovery.kind == Draw::Kind::constant) return Duration::from_seconds(spec_.recovery.a);
  Stream stream(seed_, Purpose::dropout, client, turn);
  // The first two are whether and when it crashed.
  uniform(stream);
  uniform(stream);
  return Duration::from_seconds(sample(spec_.recovery, stream));
}

std::optional<Bytes> Fleet::memory(ClientId client) const {
  const Device own = device(client);
  if (own.memory) return own.memory;
  const Draw& draw = spec_.memory;
  if (draw.kind == Draw::Kind::constant && draw.a <= 0) return std::nullopt;
  Stream stream(seed_, Purpose::device, client, kMemoryDraw);
  return Bytes{static_cast<std::int64_t>(std::min(sample(draw, stream), 9e18))};
}

double Fleet::carbon(ClientId client, Time from, Time to, double joules) const {
  if (joules <= 0) return 0;
  constexpr double kJoulesPerKwh = 3.6e6;
  return joules / kJoulesPerKwh * spec_.carbon->mean(from, to, spec_.availability->zone(seed_, client));
}

bool Fleet::metered(ClientId client) const {
  Stream stream(seed_, Purpose::link, client, kMeteredDraw);
  return uniform(stream) < spec_.metered;
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
  const double factor = spec_.compute_jitter > 0 ? lognormal(jitter, 0, spec_.compute_jitter) : 1.0;
  const double slowdown = factor * sample(spec_.slowdown, jitter);
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
  if (spec_.pauses) return j;  // it is longer then than can be said here
  const Time leaves = spec_.availability->leaves(seed_, client, at, j.ends);
  if (leaves < j.ends) {
    j.ends = leaves;
    j.outcome = cause(client, leaves);
  }
  return j;
}

Journey Fleet::expected(ClientId client, const Load& load) const {
  const Link link_of = link(client);
  const Duration wait = link_of.latency + link_of.jitter;
  const Duration compute = Duration::from_seconds(load.flops.count / device(client).compute.per_second);
  return journey_of({wait, link_of.down, compute, wait, link_of.up}, load, Time{0});
}

namespace {

void read_energy(Section& section, FleetSpec& spec) {
  section.choose_from<EnergyEntry>("model", "none", "where their power comes from",
                                   [&](const EnergyEntry& entry) { spec.energy = entry.read(section); });
  section.section("carbon", "carbon intensity of the electricity", [&](Section& s) { spec.carbon = read_carbon(s); });
  if (spec.carbon && !spec.energy && !section.describing()) {
    section.reject("carbon", "needs an energy model: choose fleet.energy.model, for example phones");
  }
}

}  // namespace

FleetSpec read_fleet(Section& section) {
  FleetSpec spec;
  section.section("device", "what clients compute with", [&](Section& s) {
    s.choose_from<DeviceEntry>("catalog", "drawn", "which devices the clients have",
                               [&](const DeviceEntry& entry) { spec.device = entry.read(s); });
    spec.compute_jitter = s.real("jitter", {.fallback = 0.0,
                                            .bounds = between(0, 3),
                                            .help = "sigma of the lognormal factor on each turn's compute time",
                                            .source = ""});
    spec.slowdown = s.draw("slowdown", Unit::none, Draw{Draw::Kind::constant, 1, 0},
                           {.fallback = {},
                            .bounds = positive(),
                            .help = "another factor on each turn's compute time",
                            .source = "half-normal in Nguyen et al. 2022, arXiv 2106.06639"});
    spec.memory = s.draw("memory", Unit::byte, Draw{Draw::Kind::constant, 0, 0},
                         {.fallback = {},
                          .bounds = non_negative(),
                          .help = "memory that training may use, where the catalog does not say it; a client whose "
                                  "device has less than the model needs never takes part; 0 B: no bound",
                          .source = ""});
  });
  section.section("link", "what clients communicate with", [&](Section& s) {
    s.choose_from<LinkEntry>("catalog", "drawn", "which links the clients have",
                             [&](const LinkEntry& entry) { spec.link = entry.read(s); });
    spec.metered = s.real("metered", {.fallback = 0.0,
                                      .bounds = probability(),
                                      .help = "share of the clients whose link is paid by the byte: their bytes are "
                                              "counted apart",
                                      .source = ""});
  });
  section.section("shared", "links that the clients' transfers share",
                  [&](Section& s) { spec.shared = read_shared(s); });
  section.section("availability", "when clients are eligible", [&](Section& s) {
    s.choose_from<AvailabilityEntry>("model", "always", "how a client's hours go",
                                     [&](const AvailabilityEntry& entry) { spec.availability = entry.read(s); });
  });
  const auto all = std::make_shared<AllOf>();
  all->add(spec.availability, std::nullopt, 0);
  if (read_outages(section, *all)) spec.availability = all;
  section.section("dropout", "failures by chance", [&](Section& s) {
    spec.dropout = s.real("probability", {.fallback = 0.0,
                                          .bounds = probability(),
                                          .help = "probability that a turn fails, at a uniform moment of it",
                                          .source = "6 to 10 % in Bonawitz et al. 2019, section 9"});
    spec.recovery = s.draw(
        "recovery", Unit::second, Draw{Draw::Kind::constant, 0, 0},
        {.fallback = {}, .bounds = non_negative(), .help = "time that a client is away after it failed", .source = ""});
  });
  spec.pauses =
      section.word("interruption", {.fallback = "abort",
                                    .options = {{"abort", "the turn is lost", ""},
                                                {"resume",
                                                 "the turn pauses and goes on when the client is back; failures "
                                                 "by chance and batteries still lose it",
                                                 "Yang et al., WWW 2021 (FLASH)"}},
                                    .help = "what happens to a turn whose client leaves",
                                    .source = ""}) == "resume";
  section.section("energy", "what the clients' devices draw beyond what they would without their turns",
                  [&](Section& s) { read_energy(s, spec); });
  spec.battery = read_battery(section);
  if (spec.battery && !spec.energy && !section.describing()) {
    section.reject("battery.model", "needs an energy model: choose fleet.energy.model, for example phones");
  }
  return spec;
}

}  // namespace fedtide
