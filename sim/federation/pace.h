#pragma once
// Pace steering: when a device is asked to check in again. Bonawitz et al. 2019, section 2.3: stateless and
// probabilistic; devices of small populations are asked to come at the same time, those of large ones at random, no
// more often than the tasks need, whatever the hour of the day.
//
//   wanted   lambda = arrivals * goal / round                        check-ins a second, by all devices together
//   large    a device comes at the hazard  min(lambda / (N p(h)), 1 / least),  p(h) the eligible share at the hour
//   small    N p(h) < small * goal: all come at the next whole multiple of the rendezvous, within `spread`
//   off      each comes `period` after it was last seen, all for the first time at once
//
// The check-ins of a large population are the attempts at a hazard a(h) of N devices of which p(h) are eligible: a
// Poisson stream of rate N a(h) p(h) = lambda, the same at every hour. A hazard has no memory, so what a device is told
// depends on the hour alone.

#include <array>

#include "sim/base/random.h"
#include "sim/federation/day_profile.h"

namespace fedtide {

struct PaceRule {
  bool steering = true;
  Duration period;        ///< without steering, from one check-in or session to the next
  double arrivals = 1.2;  ///< check-ins for each device that a round wants
  Duration least;         ///< mean time between a device's check-ins at the least
  double small = 4;       ///< fewer eligible devices than this for each that a round wants
  Duration spread;        ///< of a rendezvous
};

class Pace {
 public:
  /// `goal` devices are wanted for a round; small populations meet every `rendezvous`.
  Pace(PaceRule rule, const DayProfile& day, std::uint32_t devices, std::uint32_t goal, Duration rendezvous);

  /// From now on a round is wanted once in this time.
  void want_round_every(Duration round);
  /// When a device comes for the first time.
  Time first(Stream& stream) const;
  /// When it comes again; after `now`.
  Time next(Time now, Stream& stream) const;

 private:
  Time at_random(Time now, Stream& stream) const;
  Time together(std::int64_t meeting, Stream& stream) const;

  PaceRule rule_;
  DayProfile day_;
  double devices_;
  double goal_;
  Duration rendezvous_;
  std::array<double, DayProfile::kSlots> hazard_{};      // per second
  std::array<double, DayProfile::kSlots + 1> summed_{};  // integral of the hazard from midnight to a slot's begin
};

}  // namespace fedtide
