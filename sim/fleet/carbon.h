#pragma once
// Carbon intensity of the electricity that clients use, by the hour.

#include <memory>
#include <vector>

#include "sim/base/time.h"
#include "sim/config/section.h"

namespace fedtide {

class CarbonIntensity {
 public:
  /// Grams of CO2-equivalent a kWh, of the hours since midnight of the clients' clocks; they repeat. At least one.
  explicit CarbonIntensity(std::vector<double> grams_per_kwh) : hours_(std::move(grams_per_kwh)) {}

  /// The mean from `from` to `to` >= `from` on a clock that is `zone` ahead of the run's; of no time, what holds then.
  double mean(Time from, Time to, Duration zone) const;

 private:
  std::vector<double> hours_;
};

/// `fleet.energy.carbon:`; null: not asked for.
std::unique_ptr<CarbonIntensity> read_carbon(Section& section);

}  // namespace fedtide
