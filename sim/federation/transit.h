#pragma once
// Turns that are played phase by phase: where their transfers meet on shared links, so that what one client moves
// depends on the others, and where a turn pauses while its client is away.
//
//   wait for latency, download, compute, wait, upload; a transfer is a flow of the client's network
//   a crash comes after the part of the turn that it would have come after with nobody else on the links
//   a client's hours end when they end: the turn is lost, or stands still until the client is back
//   a battery that falls to its lowest level ends the turn
//
// One event stands for all flows: the end of the first. What changes flows makes it void, and asks again once the
// instant is over.

#include <array>
#include <memory>
#include <optional>
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
  /// What the device has done in the seconds of a turn by now. Before end().
  Seconds seconds(std::uint32_t slot) const;
  /// How long the turn has stood still.
  Duration away(std::uint32_t slot) const;
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
    bool paused = false;
    FlowNetwork::Flow flow = 0;
    double moving = 0;                 // bytes of the stage's flow, all its parts together
    double moved = 0;                  // of these, before the last pause
    Time since;                        // when the stage began, or went on after a pause
    Duration before;                   // length of the stage's parts before that
    Time due = Time::never();          // of the stage's end, or of the pause's; flows have none
    std::optional<Duration> crash_in;  // what is left, in a pause, of the time until the crash
    Time crash = Time::never();
    Time leave = Time::never();
    Time look = Time::never();   // when hours are looked at again
    Time empty = Time::never();  // of the battery
    Seconds spent;               // in the stages that are over
    Duration away;               // in pauses
  };

  void push(EventPhase phase, Time at, std::uint32_t slot);
  void step_at(Time at, std::uint32_t slot);
  void ask_about_flows();
  void play_flows();
  void step(std::uint32_t slot);
  void flow(std::uint32_t slot, Direction direction);
  void downloaded(std::uint32_t slot);
  void uploaded(std::uint32_t slot);
  void enter(std::uint32_t slot, Stage stage);
  Duration elapsed(const Part& part) const;
  void pause(std::uint32_t slot, Time back);
  void resume(std::uint32_t slot);
  void start_flow(std::uint32_t slot, Direction direction);
  double stop_flow(std::uint32_t slot);
  std::array<Draining, 2> stretches(std::uint32_t slot, Time from, Time to) const;
  void watch_battery(std::uint32_t slot);
  void drain_battery(std::uint32_t slot, double bytes);
  static void add_seconds(Stage stage, Duration length, const Legs& legs, Seconds& to);
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
