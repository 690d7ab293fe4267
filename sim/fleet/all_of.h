#pragma once
// Several processes that must all hold for a client to take part; a turn ends by the first that ceases to.

#include <memory>
#include <optional>
#include <vector>

#include "sim/fleet/availability.h"

namespace fedtide {

/// Bits of a seed that tell apart the processes of one model, which draw by the same names. An experiment's seed has
/// none of them.
constexpr std::uint64_t kSaltBits = std::uint64_t{0xff} << 56;
constexpr std::uint64_t salted(std::uint64_t seed, std::uint8_t salt) { return seed ^ (std::uint64_t{salt} << 56); }

/// The models of one process: all but those that are made of others.
std::vector<About> models_of_hours();

class AllOf final : public Availability {
 public:
  /// `ends`: how a turn ends with the process; none: as it says itself.
  void add(std::shared_ptr<const Availability> process, std::optional<Outcome> ends, std::uint8_t salt) {
    parts_.push_back({std::move(process), ends, salt});
  }

  bool available(std::uint64_t seed, ClientId client, Time at) const override;
  Time leaves(std::uint64_t seed, ClientId client, Time at, Time horizon) const override;
  /// Looks from one process's return to the next one's: at most up to `horizon`.
  Time returns(std::uint64_t seed, ClientId client, Time at, Time horizon) const override;
  bool lets_leave() const override;
  Outcome cause(std::uint64_t seed, ClientId client, Time left) const override;
  /// That of the first process.
  Duration zone(std::uint64_t seed, ClientId client) const override;

 private:
  struct Part {
    std::shared_ptr<const Availability> process;
    std::optional<Outcome> ends;
    std::uint8_t salt;
  };
  std::vector<Part> parts_;
};

}  // namespace fedtide
