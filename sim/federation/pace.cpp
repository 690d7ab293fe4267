#include "sim/federation/pace.h"

#include <algorithm>
#include <cmath>

#include "sim/base/distributions.h"

namespace fedtide {

Pace::Pace(PaceRule rule, const DayProfile& day, std::uint32_t devices, std::uint32_t goal, Duration rendezvous)
    : rule_(rule), day_(day), devices_(devices), goal_(goal), rendezvous_(std::max(Duration{1}, rendezvous)) {
  want_round_every(rendezvous_);
}

void Pace::want_round_every(Duration round) {
  const double wanted = rule_.arrivals * goal_ / std::max(round.seconds(), 1e-9);
  for (std::size_t s = 0; s < DayProfile::kSlots; ++s) {
    hazard_[s] = std::min(wanted / (devices_ * day_.share[s]), 1 / rule_.least.seconds());
    summed_[s + 1] = summed_[s] + hazard_[s] * DayProfile::slot().seconds();
  }
}

Time Pace::first(Stream& stream) const {
  if (!rule_.steering) return Time{0};
  const bool small = devices_ * day_.share[0] < rule_.small * goal_;
  return small ? together(0, stream) : at_random(Time{0}, stream);
}

Time Pace::next(Time now, Stream& stream) const {
  if (!rule_.steering) return now + rule_.period;
  const bool small = devices_ * day_.share[DayProfile::slot_of(now)] < rule_.small * goal_;
  return small ? together(now.ns / rendezvous_.ns + 1, stream) : at_random(now, stream);
}

Time Pace::together(std::int64_t meeting, Stream& stream) const {
  const Duration late = Duration::from_seconds(uniform(stream) * rule_.spread.seconds());
  std::int64_t begin = 0;
  if (__builtin_mul_overflow(meeting, rendezvous_.ns, &begin)) return Time::never();
  return Time{begin} + late;
}

/// The time by which the hazard since `now` has come to an exponential draw.
Time Pace::at_random(Time now, Stream& stream) const {
  const std::size_t slot = DayProfile::slot_of(now);
  const Duration in_day{now.ns % DayProfile::day().ns};
  const double in_slot = (in_day - Duration{static_cast<std::int64_t>(slot) * DayProfile::slot().ns}).seconds();
  const double due = summed_[slot] + hazard_[slot] * in_slot + exponential(stream, 1);
  const double days = std::floor(due / summed_.back());
  const double rest = due - days * summed_.back();
  const auto above = std::upper_bound(summed_.begin() + 1, summed_.end() - 1, rest);
  const auto found = static_cast<std::size_t>(above - summed_.begin()) - 1;
  const double seconds = days * DayProfile::day().seconds() +
                         static_cast<double>(found) * DayProfile::slot().seconds() +
                         (rest - summed_[found]) / hazard_[found];
  return std::max(now + Duration{1}, now + (Duration::from_seconds(seconds) - in_day));
}

}  // namespace fedtide
