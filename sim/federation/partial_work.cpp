#include "sim/federation/partial_work.h"

#include "sim/base/distributions.h"

namespace fedtide {
namespace {

constexpr std::uint64_t kStragglers = 1;  // salt: other draws than the turn's jitter

/// Units that a straggler has time for, of so many: uniform in 1 .. units - 1.
std::int64_t straggle(double share, std::int64_t units, Stream stream) {
  if (units < 2 || uniform(stream) >= share) return units;
  return 1 + static_cast<std::int64_t>(uniform_below64(stream, static_cast<std::uint64_t>(units - 1)));
}

}  // namespace

std::optional<std::int64_t> steps_in_time(const WorkLimit& limit, const World& world, ClientId client, Turn turn) {
  const Population& population = world.population;
  const std::uint32_t samples = population.held(client).count;
  const std::int64_t whole = population.work(samples).steps;
  const std::int64_t epochs = population.epochs().value_or(1);
  const std::int64_t units = limit.unit == WorkLimit::Unit::epochs && epochs > 1 ? epochs : whole;
  if (whole == 0) return std::nullopt;
  const std::int64_t in_one = whole / units;

  const std::int64_t most =
      straggle(limit.stragglers, units, Stream(world.seed, Purpose::jitter, client, turn).keyed(kStragglers));
  const auto in_time = [&](std::int64_t done) {
    const Load load = population.load(samples, population.work(samples, done * in_one));
    const Legs legs = world.fleet.legs(client, turn, load);
    return journey_of(legs, load, world.queue.now()).arrived <= *limit.by;
  };
  std::int64_t done = most;
  if (limit.by && !in_time(most)) {
    // The most that is in time: so many are, one more is not.
    done = 0;
    for (std::int64_t late = most; late - done > 1;) {
      const std::int64_t middle = done + (late - done) / 2;
      (in_time(middle) ? done : late) = middle;
    }
    if (done == 0) done = most;
  }
  if (done == units) return std::nullopt;
  return done * in_one;
}

}  // namespace fedtide
