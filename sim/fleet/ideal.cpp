#include "sim/fleet/ideal.h"

#include <limits>

namespace fedtide {
namespace {

class OneDevice final : public DeviceModel {
 public:
  explicit OneDevice(FlopRate compute) : compute_(compute) {}
  Device device(std::uint64_t, ClientId) const override { return {compute_}; }

 private:
  FlopRate compute_;
};

class NoDistance final : public LinkModel {
 public:
  Link link(std::uint64_t, ClientId) const override {
    constexpr double kInstant = std::numeric_limits<double>::infinity();
    return {{kInstant}, {kInstant}, {}, {}};
  }
};

class Open final : public Availability {
 public:
  bool available(std::uint64_t, ClientId, Time) const override { return true; }
  Time leaves(std::uint64_t, ClientId, Time, Time) const override { return Time::never(); }
  Time returns(std::uint64_t, ClientId, Time at, Time) const override { return at; }
};

}  // namespace

FleetSpec ideal_fleet(FlopRate compute) {
  FleetSpec spec;
  spec.device = std::make_shared<OneDevice>(compute);
  spec.link = std::make_shared<NoDistance>();
  spec.availability = std::make_shared<Open>();
  return spec;
}

}  // namespace fedtide
