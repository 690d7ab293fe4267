#include "sim/federation/day_profile.h"

#include <algorithm>
#include <vector>

namespace fedtide {
namespace {

constexpr std::uint32_t kObserved = 10'000;
constexpr std::uint32_t kTimed = 1'000;

/// The i-th of `wanted` clients spread over all.
ClientId spread(std::uint32_t i, std::uint32_t wanted, std::uint32_t all) {
  return ClientId{static_cast<std::uint32_t>(std::uint64_t{i} * all / wanted)};
}

}  // namespace

DayProfile observe_day(Population& population, Time now) {
  DayProfile day;
  const std::uint32_t all = population.population();
  const std::uint32_t asked = std::min(all, kObserved);
  for (std::size_t s = 0; s < DayProfile::kSlots; ++s) {
    population.set_now(Time{static_cast<std::int64_t>(s) * DayProfile::slot().ns + DayProfile::slot().ns / 2});
    std::uint32_t eligible = 0;
    for (std::uint32_t i = 0; i < asked; ++i) eligible += population.eligible(spread(i, asked, all)) ? 1 : 0;
    // None of those asked may still be some of all.
    day.share[s] = std::max(static_cast<double>(eligible), 0.5) / asked;
  }
  population.set_now(now);
  return day;
}

Duration expected_turn(const Population& population, double share) {
  const std::uint32_t all = population.population();
  const std::uint32_t asked = std::min(all, kTimed);
  std::vector<Duration> turns;
  for (std::uint32_t i = 0; i < asked; ++i) turns.push_back(population.view(spread(i, asked, all)).estimated);
  const auto rank = std::min<std::size_t>(static_cast<std::size_t>(share * asked), asked - 1);
  std::nth_element(turns.begin(), turns.begin() + static_cast<std::ptrdiff_t>(rank), turns.end());
  return turns[rank];
}

}  // namespace fedtide
