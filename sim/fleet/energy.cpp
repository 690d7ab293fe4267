#include "sim/fleet/energy.h"

namespace fedtide {

Energy energy_of(const Power& power, const Seconds& seconds, std::int64_t down, std::int64_t up) {
  Energy e;
  e.compute_j = power.compute_w * seconds.compute;
  e.receive_j = power.receive_w * seconds.receive + power.receive_j_per_byte * static_cast<double>(down);
  e.send_j = power.send_w * seconds.send + power.send_j_per_byte * static_cast<double>(up);
  e.idle_j = power.idle_w * (seconds.wait_down + seconds.wait_up);
  return e;
}

namespace {

const Registration<EnergyEntry> none{
    {{"none", "no energy is recorded", ""}, [](Section&) -> std::unique_ptr<EnergyModel> { return nullptr; }}};

}  // namespace
}  // namespace fedtide
