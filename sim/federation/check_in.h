#pragma once
// Google's system: Bonawitz, Eichner, Grieskamp, Huba, Ingerman, Ivanov, Kiddon, Konecny, Mazzocchi, McMahan, Van
// Overveldt, Petrou, Ramage, Roselander: Towards federated learning at scale: system design. MLSys 2019 (arXiv
// 1902.01046).
//
//   devices    Nobody picks them from a list: each checks in by itself, when it was told to, if it is eligible then.
//              What it is told is the pace (pace.h).
//   selection  Selectors hold those who came (selection_phase.h). Once the goal S = ceil(over_selection * K) is there,
//              the round begins; at the timeout it begins with `minimum_selected` of S, or all are sent away.
//   round      Each device is sent plan and model, trains, and uploads. The round closes when K have reported, or at
//              its deadline, or when nobody is left, and is committed with `minimum_reported` of K, else given up.
//              Whoever is still at work goes on, until its upload is rejected or the deadline cuts it off.
//   pipeline   The selection for the next round goes on meanwhile, unless `pipelined` is false.
//   failures   The server's actors may fail (actors.h).
//
// A device has one event to come that counts: its next check-in, or what ends its wait or its turn.

#include "sim/federation/check_in_rule.h"
#include "sim/federation/round_book.h"
#include "sim/federation/selection_phase.h"
#include "sim/federation/traffic.h"

namespace fedtide {

class CheckIn final : public Protocol {
 public:
  CheckIn(CheckInRule rule, World& world);

  void begin() override;
  void handle(const Event& event) override;
  void end(StopReason reason) override;

 private:
  /// What an event of the server's is about; those of devices that come are of the phase dispatch, those of turns the
  /// book's.
  enum class Kind : std::uint32_t {
    selection_timeout,    ///< of a selection's generation
    deadline,             ///< of a round
    rejection,            ///< of the upload of a slot's turn
    leaving,              ///< of the device at a place
    failure,              ///< of an actor's life; 0: whichever it has
    coordinator_noticed,  ///< to be gone, by a selector
    selector_back,
    start,  ///< of a round, after all that the instant brings
  };
  /// One turn, by the slot of the book.
  struct Session {
    std::uint32_t round = 0;
    std::uint32_t aggregator = 0;
    Outcome late = Outcome::surplus;  ///< what becomes of it after its round
    Time closes;                      ///< at the latest
  };
  struct Round {
    std::uint32_t number = 0;  ///< rounds begun
    bool open = false;
    Time began;
    Time closes;
    std::vector<std::uint32_t> cohort;    // slots, in order of dispatch
    std::vector<std::uint32_t> reported;  // slots of those that have, in order
    std::size_t running = 0;
  };

  // Devices: check_in_devices.cpp
  void call_devices();
  void come_again(ClientId client);
  void check_in(ClientId client);
  void send_away(const Waiting& device);
  void lose_waiting(const Waiting& device, char ending);
  void end_session(std::uint32_t slot, char ending);
  void end_turn(std::uint32_t slot, Outcome outcome, char ending);

  // Selection and rounds: check_in.cpp
  void act(const Event& event);
  void play_turn(const Event& event);
  void await_devices();
  void selection_timed_out();
  void start_when_ready();
  void start_round();
  void settle_when_decided();
  void close_round();
  void commit_round();
  void abandon_round(Outcome rest);
  void stop_waiting_for_others(Outcome rest);
  void reject_when_due(std::uint32_t slot);
  void reject(std::uint32_t slot);
  void after_round();

  // The server's actors: check_in_actors.cpp
  void begin_actors();
  void begin_round_actors();
  void await_failure(Actor actor, std::uint32_t number, std::uint32_t life);
  void fail(Actor actor, std::uint32_t number);
  void fail_coordinator();
  void notice_coordinator(std::uint32_t selector);
  void fail_selector(std::uint32_t selector);
  void bring_back_selector(std::uint32_t selector);
  void fail_master();
  void fail_aggregator(std::uint32_t aggregator);
  std::uint32_t life_of(Actor actor, std::uint32_t number) const;

  void push(Kind kind, Time at, std::uint32_t index, std::uint32_t generation);
  void count(TrafficCount what, std::int64_t by = 1) { traffic_.add(what, world_.queue.now(), by); }
  void count_bytes();

  CheckInRule rule_;
  World& world_;
  RoundBook book_;
  SelectionPhase selection_;
  Traffic traffic_;
  std::optional<Pace> pace_;          // once the run has begun
  std::vector<std::uint32_t> comes_;  // by client: how often it was told when to come
  std::vector<Session> sessions_;     // by slot
  Round round_;
  double usual_round_s_ = 0;                // moving mean of what rounds take
  Time earliest_;                           // begin of the next round
  std::optional<Time> start_at_;            // of the event that begins it
  bool timed_out_ = false;                  // the next round may begin with fewer
  std::uint32_t selection_generation_ = 0;  // selections: timeouts of earlier ones are void
  bool coordinator_up_ = true;
  std::uint32_t coordinator_life_ = 1;
  std::vector<std::uint32_t> selector_life_;
  std::int64_t counted_down_ = 0;  // bytes that are in the traffic
  std::int64_t counted_up_ = 0;
};

}  // namespace fedtide
