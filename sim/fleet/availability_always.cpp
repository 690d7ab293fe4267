// Clients that never leave.

#include "sim/fleet/availability.h"

namespace fedtide {
namespace {

class Always final : public Availability {
 public:
  bool available(std::uint64_t, ClientId, Time) const override { return true; }
  Time leaves(std::uint64_t, ClientId, Time, Time) const override { return Time::never(); }
  bool lets_leave() const override { return false; }
  Time returns(std::uint64_t, ClientId, Time at, Time) const override { return at; }
};

const Registration<AvailabilityEntry> always{
    {{"always", "every client is always available", ""},
     [](Section&) -> std::unique_ptr<Availability> { return std::make_unique<Always>(); }}};

}  // namespace
}  // namespace fedtide
