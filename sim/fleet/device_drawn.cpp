// Devices whose rates are drawn from a distribution given in the experiment.

#include "sim/config/sample.h"
#include "sim/fleet/device.h"

namespace fedtide {
namespace {

// A rate of zero would never finish; one FLOP/s is as slow as anything gets.
constexpr double kSlowest = 1;

class DrawnDevices final : public DeviceModel {
 public:
  explicit DrawnDevices(Draw compute) : compute_(compute) {}
  Device device(std::uint64_t seed, ClientId client) const override {
    Stream stream(seed, Purpose::device, client);
    return {{sample(compute_, stream, kSlowest)}};
  }

 private:
  Draw compute_;
};

const Registration<DeviceEntry> drawn_device{
    {{"drawn", "a compute rate from a distribution", ""}, [](Section& s) -> std::unique_ptr<DeviceModel> {
       return std::make_unique<DrawnDevices>(s.draw("compute", Unit::flop_per_second,
                                                    Draw{Draw::Kind::constant, 5e9, 0},
                                                    {.fallback = {},
                                                     .bounds = positive(),
                                                     .help = "sustained training rate of a client's device",
                                                     .source = ""}));
     }}};

}  // namespace
}  // namespace fedtide
