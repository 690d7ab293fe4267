#include "sim/fleet/battery.h"

#include <algorithm>
#include <limits>

#include "sim/config/sample.h"

namespace fedtide {
namespace {

constexpr double kNoFloor = -std::numeric_limits<double>::infinity();
// That of fleet.availability's `charging`: the same keys there and here give the same hours.
constexpr std::uint8_t kChargingSalt = 2;
constexpr Turn kBatteryDraws{2};  // of a client's device: the first two are its rate and its powers
constexpr double kEmpty = 1e-9;   // J: a level is a sum, and a floor may be missed by rounding

}  // namespace

Batteries::Battery Batteries::battery(ClientId client) const {
  Stream stream(seed_, Purpose::device, client, kBatteryDraws);
  Battery b;
  b.capacity = sample(spec_->capacity, stream, kEmpty);
  b.start = std::min(1.0, sample(spec_->start, stream)) * b.capacity;
  b.charge_w = sample(spec_->charge, stream);
  b.use_w = sample(spec_->use, stream);
  return b;
}

double Batteries::capacity(ClientId client) const { return battery(client).capacity; }

Batteries::State Batteries::state(ClientId client, const Battery& battery) const {
  const auto found = states_.find(raw(client));
  return found != states_.end() ? found->second : State{battery.start, Time{0}};
}

/// Moves a state on by `to`, or until its level falls to `floor`: then that time, else Time::never().
Time Batteries::walk(ClientId client, const Battery& battery, State& state, Time to, double watts, double floor) const {
  const std::uint64_t own = salted(seed_, kChargingSalt);
  while (state.at < to) {
    // A full one that nothing is drawn from stays full, plugged in or not.
    if (watts <= 0 && battery.use_w <= 0 && state.level >= battery.capacity) break;
    const bool plugged = spec_->charging->available(own, client, state.at);
    const Time change = plugged ? spec_->charging->leaves(own, client, state.at, to)
                                : spec_->charging->returns(own, client, state.at, to);
    const Time next = std::min(change, to);
    const double net = (plugged ? battery.charge_w : -battery.use_w) - watts;
    const double seconds = (next - state.at).seconds();
    const double after = state.level + net * seconds;
    if (net < 0 && after < floor) {
      state.at = state.at + Duration::from_seconds(std::max(0.0, state.level - floor) / -net);
      state.level = std::min(state.level, floor);
      return state.at;
    }
    state.level = std::clamp(after, 0.0, battery.capacity);
    state.at = next;
  }
  state.at = std::max(state.at, to);
  return Time::never();
}

double Batteries::level(ClientId client, Time now) const {
  const Battery own = battery(client);
  State moving = state(client, own);
  walk(client, own, moving, now, 0, kNoFloor);
  return moving.level;
}

bool Batteries::ready(ClientId client, Time now) const {
  return level(client, now) >= spec_->minimum * capacity(client) - kEmpty;
}

Time Batteries::empties(ClientId client, Time from, std::span<const Draining> parts) const {
  const Battery own = battery(client);
  State moving = state(client, own);
  walk(client, own, moving, from, 0, kNoFloor);
  for (const Draining& part : parts) {
    const Time at = walk(client, own, moving, part.end, part.watts, spec_->stop * own.capacity);
    if (at != Time::never()) return at;
  }
  return Time::never();
}

void Batteries::drain(ClientId client, Time from, std::span<const Draining> parts, Time to) {
  const Battery own = battery(client);
  State moving = state(client, own);
  walk(client, own, moving, from, 0, kNoFloor);
  for (const Draining& part : parts) walk(client, own, moving, std::min(part.end, to), part.watts, kNoFloor);
  states_[raw(client)] = moving;
}

void Batteries::take(ClientId client, Time at, double joules) {
  const Battery own = battery(client);
  State moving = state(client, own);
  walk(client, own, moving, at, 0, kNoFloor);
  moving.level = std::max(0.0, moving.level - joules);
  states_[raw(client)] = moving;
}

namespace {

void read_drawn(Section& s, BatterySpec& spec) {
  const auto power = [&](const char* key, double fallback, const char* help) {
    return s.draw(key, Unit::watt, Draw{Draw::Kind::constant, fallback, 0},
                  {.fallback = {}, .bounds = between(0, 1e6), .help = help, .source = ""});
  };
  const auto share = [&](const char* key, double fallback, const char* help) {
    return s.real(key, {.fallback = fallback, .bounds = probability(), .help = help, .source = ""});
  };
  spec.capacity = s.draw("capacity", Unit::joule, Draw{Draw::Kind::constant, 54000, 0},
                         {.fallback = {}, .bounds = between(1e-3, 1e12), .help = "of a full battery", .source = ""});
  spec.start = s.draw("start", Unit::none, Draw{Draw::Kind::constant, 0.8, 0},
                      {.fallback = {},
                       .bounds = probability(),
                       .help = "level at the run's start, share of the capacity",
                       .source = ""});
  spec.charge = power("charge", 10, "power into the battery while it is plugged in");
  spec.use = power("use", 0, "what its owner draws while it is not plugged in");
  spec.minimum = share("minimum", 0.3, "level from which on a client may be selected, share of the capacity");
  spec.stop = share("stop", 0.1, "level at which a turn ends by its battery, share of the capacity");
  s.section("charging", "when clients are plugged in; the same keys as fleet.availability.charging give the same hours",
            [&](Section& c) {
              c.choose("model", Words{"diurnal", models_of_hours(), "how the hours go", ""},
                       [&](const std::string& name) {
                         spec.charging = Registry<AvailabilityEntry>::instance().at(name).read(c);
                       });
            });
  if (spec.stop > spec.minimum) {
    s.reject("stop", fmt::format("must be at most minimum, which is {}, got {}", spec.minimum, spec.stop));
  }
}

}  // namespace

std::shared_ptr<const BatterySpec> read_battery(Section& section) {
  std::shared_ptr<BatterySpec> spec;
  section.section("battery", "batteries that turns drain and that decide who may take part", [&](Section& s) {
    const Words models{"none",
                       {{"none", "power comes without end", ""}, {"drawn", "batteries from distributions", ""}},
                       "what clients take their power from",
                       ""};
    s.choose("model", models, [&](const std::string& name) {
      if (name == "none") return;
      spec = std::make_shared<BatterySpec>();
      read_drawn(s, *spec);
    });
  });
  return spec;
}

}  // namespace fedtide
