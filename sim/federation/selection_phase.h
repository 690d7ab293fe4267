#pragma once
// The devices that have checked in and wait: selectors hold them until the coordinator has them forwarded to a round.
// Bonawitz et al. 2019, sections 2.2, 4.2 and 4.4.
//
//   a device meets one selector, the same each time
//   a selector holds as many as its quota, ceil(headroom * goal / selectors at work), by reservoir sampling of those
//   who come while the selection is open; it sends away the others a selector that fails loses those it holds, and is
//   met again when it is back

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/federation/reservoir.h"

namespace fedtide {

/// A device that waits for its round.
struct Waiting {
  ClientId client{};
  Time since;
};

class SelectionPhase {
 public:
  /// `goal` devices are wanted for a round, at least 1; `selectors` at least 1.
  SelectionPhase(std::uint64_t seed, std::uint32_t goal, std::uint32_t selectors, double headroom);

  std::uint32_t selectors() const { return static_cast<std::uint32_t>(selectors_.size()); }
  std::uint32_t selector_of(ClientId client) const;
  bool is_up(std::uint32_t selector) const { return selectors_[selector].up; }

  /// Begins to sample anew; those that wait are the first.
  void open();
  /// From now on all are sent away.
  void close() { open_ = false; }
  bool is_open() const { return open_; }
  std::uint32_t waiting() const { return waiting_; }

  struct Answer {
    std::optional<std::uint32_t> place;  ///< it waits here; else it is sent away
    std::optional<Waiting> instead_of;   ///< who is sent away for it
  };
  /// A device checks in at a selector that is up.
  Answer offer(ClientId client, Time now, Stream& stream);
  /// How often a place has been given to somebody: names who has it now.
  std::uint32_t generation(std::uint32_t place) const { return places_[place].generation; }
  /// The device at a place leaves, if it is the one of this generation.
  std::optional<Waiting> leave(std::uint32_t place, std::uint32_t generation);

  /// Takes up to `count` of those that wait, each subset equally likely, in random order.
  std::vector<Waiting> forward(std::uint32_t count, Stream& stream);
  /// Takes all.
  std::vector<Waiting> dismiss();

  /// A selector that is up fails: those it held.
  std::vector<Waiting> kill(std::uint32_t selector);
  void restart(std::uint32_t selector);

 private:
  struct Place {
    Waiting waiting;
    std::uint32_t selector = 0;
    std::uint32_t generation = 0;
  };
  struct Selector {
    Reservoir held;  // places
    bool up = true;
  };

  void share_quotas();
  Waiting free(std::uint32_t place);

  std::uint64_t seed_;
  std::uint32_t goal_;
  double headroom_;
  std::vector<Selector> selectors_;
  std::vector<Place> places_;
  std::vector<std::uint32_t> free_;
  std::uint32_t waiting_ = 0;
  bool open_ = false;
};

}  // namespace fedtide
