// Devices and links whose rates are drawn from distributions given in the experiment.

#include "sim/config/sample.h"
#include "sim/fleet/device.h"

namespace fedtide {
namespace {

// A rate of zero would never finish; one FLOP/s and one bit/s are as slow as anything gets.
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

class DrawnLinks final : public LinkModel {
 public:
  DrawnLinks(Draw down, Draw up, Draw latency, Draw jitter)
      : down_(down), up_(up), latency_(latency), jitter_(jitter) {}
  Link link(std::uint64_t seed, ClientId client) const override {
    Stream stream(seed, Purpose::link, client);
    Link link;
    link.down = {sample(down_, stream, kSlowest)};
    link.up = {sample(up_, stream, kSlowest)};
    link.latency = Duration::from_seconds(sample(latency_, stream));
    link.jitter = Duration::from_seconds(sample(jitter_, stream));
    return link;
  }

 private:
  Draw down_, up_, latency_, jitter_;
};

const Registration<LinkEntry> drawn_link{
    {{"drawn", "rates and latency from distributions", ""}, [](Section& s) -> std::unique_ptr<LinkModel> {
       const auto rate = [&](const char* key, double fallback, const char* help) {
         return s.draw(key, Unit::bit_per_second, Draw{Draw::Kind::constant, fallback, 0},
                       {.fallback = {}, .bounds = positive(), .help = help, .source = ""});
       };
       const auto time = [&](const char* key, double fallback, const char* help) {
         return s.draw(key, Unit::second, Draw{Draw::Kind::constant, fallback, 0},
                       {.fallback = {}, .bounds = non_negative(), .help = help, .source = ""});
       };
       const Draw down = rate("down", 20e6, "download rate of a client");
       const Draw up = rate("up", 5e6, "upload rate of a client");
       const Draw latency = time("latency", 0.05, "one-way delay before each transfer");
       const Draw jitter = time("jitter", 0, "mean of the exponential extra delay of each transfer");
       return std::make_unique<DrawnLinks>(down, up, latency, jitter);
     }}};

}  // namespace
}  // namespace fedtide
