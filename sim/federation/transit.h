#pragma once
// Turns whose transfers meet on shared links: what one client moves depends on the others, so a turn is played phase by
// phase.
//
//   wait for latency, download, compute, wait, upload; a transfer is a flow of the client's network
//   a crash comes after the part of the turn that it would have come after with nobody else on the links
//   a client's hours end when they end
//
// One event stands for all flows: the end of the first. What changes flows makes it void, and asks again once the
// instant is over.

#include <memory>
#include <unordered_map>
#include <vector>

#include "sim/federation/flight.h"
#include "sim/federation/protocol.h"
#include "sim/fleet/shared_links.h"

namespace fedtide {

class Transit {
 public:
  Transit(World& world, std::vector<Flight>& flights);

  /// Begins a turn that has just been dispatched.
  void begin(std::uint32_t slot);
  /// Plays an event of the phases transit and lose. How the turn of the event's slot is lost by it, if it is.
  std::optional<Outcome> play(const Event& event);
  /// Ends a turn's part here: what it has spent by `at`. Its journey tells the phases that were never reached as they
  /// would have been.
  Progress end(std::uint32_t slot, Time at);

 private:
  /// Computing lasts until the upload begins.
  enum class Stage : std::uint8_t { waiting_down, down, computing, up, done };
  struct Part {
    Legs legs;
    Journey ideal;  // with nobody else on the links
    Stage stage = Stage::done;
    Stage crashes = Stage::done;  // where it will; done: nowhere
    bool flowing = false;
    FlowNetwork::Flow flow = 0;
    double moving = 0;  // bytes of the flow
    Time crash = Time::never();
    Time leave = Time::never();
  };

  void push(EventPhase phase, Time at, std::uint32_t slot);
  void ask_about_flows();
  void play_flows();
  void step(std::uint32_t slot);
  void flow(std::uint32_t slot, Direction direction);
  void downloaded(std::uint32_t slot);
  void uploaded(std::uint32_t slot);
  void look_for_leaving(std::uint32_t slot);
  void crash_at(std::uint32_t slot, Time at);
  static Stage stage_of_crash(const Part& part);

  World& world_;
  std::vector<Flight>& flights_;
  std::vector<Part> parts_;  // by slot
  ClientNetwork network_;
  std::vector<std::uint32_t> slot_of_;  // by flow
  std::uint32_t asked_ = 0;             // generation of the event of the flows
  bool asking_ = false;
};

}  // namespace fedtide
