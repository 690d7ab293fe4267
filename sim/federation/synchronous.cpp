#include "sim/federation/synchronous.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/base/distributions.h"

namespace fedtide {
namespace {

// Slots of events that are not about a flight.
constexpr std::uint32_t kRound = 0;
constexpr std::uint32_t kEndOfTime = 1;
constexpr double kMostSelected = 4294967295.0;

std::int64_t whole_bytes(double bytes) { return static_cast<std::int64_t>(std::llround(bytes)); }

}  // namespace

std::uint32_t SynchronousRule::selected() const {
  return static_cast<std::uint32_t>(std::min(std::ceil(over_selection * cohort - 1e-9), kMostSelected));
}

void Synchronous::schedule(EventPhase phase, Time at, std::uint32_t slot) {
  Event event;
  event.at = at;
  event.phase = phase;
  event.slot = slot;
  event.tie = slot;  // a round's deadline at the last moment of a run is still in time
  event.generation = generation_;
  world_.queue.push(event);
}

void Synchronous::begin() {
  record_.round = 1;
  evaluate();
  if (end_when_reached()) return;
  schedule(EventPhase::dispatch, Time{0}, kRound);
  if (world_.stop.time) schedule(EventPhase::deadline, Time{0} + *world_.stop.time, kEndOfTime);
}

void Synchronous::handle(const Event& event) {
  switch (event.phase) {
    case EventPhase::arrive:
    case EventPhase::lose:
      if (event.generation != generation_ || !open_) return;
      event.phase == EventPhase::arrive ? arrive(flights_[event.slot]) : lose(flights_[event.slot]);
      return;
    case EventPhase::deadline:
      if (event.slot == kEndOfTime) {
        return end({StopReason::Kind::time, fmt::format("reached {} of virtual time",
                                                        format_quantity(world_.stop.time->seconds(), Unit::second))});
      }
      if (event.generation == generation_ && open_) {
        accepted_.size() >= rule_.minimum_reports ? commit_round() : abandon_round();
      }
      return;
    case EventPhase::dispatch:
      return start_round();
    case EventPhase::evaluate:
      return;  // models are evaluated where they are committed
  }
}

void Synchronous::start_round() {
  world_.population.set_now(world_.queue.now());
  ++generation_;
  const Stream stream(world_.seed, Purpose::cohort, 0u, generation_);
  const std::vector<ClientId> cohort = world_.selector.select(world_.population, rule_.selected(), stream);
  if (cohort.size() < rule_.minimum_reports) {
    after_failure(0);
    if (!stopped()) schedule(EventPhase::dispatch, world_.queue.now() + rule_.retry, kRound);
    return;
  }
  open_ = true;
  version_ = world_.ledger.current();
  flights_.clear();
  accepted_.clear();
  running_ = cohort.size();
  // Without over-selection everyone who was selected is waited for: a Poisson cohort may be larger than K.
  goal_ = rule_.over_selection > 1 ? std::min(rule_.cohort, static_cast<std::uint32_t>(cohort.size()))
                                   : static_cast<std::uint32_t>(cohort.size());
  record_.started = world_.queue.now();
  for (const ClientId client : cohort) dispatch(client);
  if (rule_.deadline) schedule(EventPhase::deadline, world_.queue.now() + *rule_.deadline, kRound);
}

void Synchronous::dispatch(ClientId client) {
  InFlight flight;
  flight.client = client;
  flight.turn = world_.population.begin_turn(client);
  flight.load = world_.population.load(client);
  flight.journey = world_.fleet.plan(client, flight.turn, world_.queue.now(), flight.load);
  ++record_.dispatched;

  Event event;
  event.at = flight.journey.ends;
  event.phase = flight.journey.lost() ? EventPhase::lose : EventPhase::arrive;
  event.tie = Stream(world_.seed, Purpose::ties, client, flight.turn).next64();
  event.client = client;
  event.generation = generation_;
  event.slot = static_cast<std::uint32_t>(flights_.size());
  flights_.push_back(flight);
  world_.queue.push(event);
}

void Synchronous::arrive(InFlight& flight) {
  flight.ended = true;
  accepted_.push_back(static_cast<std::uint32_t>(&flight - flights_.data()));
  --running_;
  settle_when_decided();
}

void Synchronous::lose(InFlight& flight) {
  finish_turn(flight, flight.journey.ends, flight.journey.outcome, false);
  --running_;
  settle_when_decided();
}

void Synchronous::settle_when_decided() {
  if (accepted_.size() >= goal_) {
    commit_round();
  } else if (running_ == 0) {
    accepted_.size() >= rule_.minimum_reports ? commit_round() : abandon_round();
  }
}

/// Books what a turn spent until `at` and how it ended.
void Synchronous::finish_turn(InFlight& flight, Time at, Outcome outcome, bool used) {
  flight.ended = true;
  const Progress progress = progress_at(flight.journey, flight.load, at);
  const Spending spent{whole_bytes(progress.bytes_down), whole_bytes(progress.bytes_up), progress.compute_s};
  record_.spent += spent;
  if (!used) record_.wasted += spent;
  ++record_.outcomes[static_cast<std::size_t>(outcome)];
  record_.total_bytes_down += spent.bytes_down;
  record_.total_bytes_up += spent.bytes_up;
  world_.population.release(flight.client);

  ClientTrace trace;
  trace.round = record_.round;
  trace.client = flight.client;
  trace.turn = raw(flight.turn);
  trace.version = raw(version_->number);
  trace.dispatched = flight.journey.dispatched;
  trace.downloaded = flight.journey.downloaded;
  trace.computed = flight.journey.computed;
  trace.ended = at;
  trace.phase = flight.journey.phase_at(at);
  trace.outcome = outcome;
  trace.spent = spent;
  world_.ledger.record(trace);
}

void Synchronous::commit_round() {
  hand_over_record();
  const std::uint32_t staleness = raw(world_.ledger.current()->number) - raw(version_->number);
  for (const std::uint32_t index : accepted_) {
    InFlight& flight = flights_[index];
    finish_turn(flight, flight.journey.arrived, Outcome::reported, true);
    record_.trained_samples += world_.population.work(flight.client).samples;
    world_.ledger.absorb({flight.client, world_.population.samples(flight.client), staleness}, flight.turn, version_,
                         flight.journey.arrived);
  }
  end_round(accepted_.size() >= goal_ ? Outcome::surplus : Outcome::deadline);
  failures_ = 0;
  world_.ledger.commit();
  record_.committed = world_.queue.now();
  const bool due = record_.round % world_.evaluation.every == 0;
  begin_record();
  if (due) {
    evaluate();
    hand_over_record();
  }
  if (!end_when_reached()) schedule(EventPhase::dispatch, world_.queue.now() + rule_.pause, kRound);
}

void Synchronous::abandon_round() {
  abandon_turns(Outcome::deadline);
  ++record_.abandoned_rounds;
  after_failure(accepted_.size());
  if (!stopped() && !end_when_reached()) schedule(EventPhase::dispatch, world_.queue.now() + rule_.pause, kRound);
}

/// Reports that came for nothing, and those still at work.
void Synchronous::abandon_turns(Outcome rest) {
  for (const std::uint32_t index : accepted_) {
    finish_turn(flights_[index], flights_[index].journey.arrived, Outcome::abandoned, false);
  }
  end_round(rest);
}

/// Stops those still at work.
void Synchronous::end_round(Outcome rest) {
  open_ = false;
  for (InFlight& flight : flights_) {
    if (!flight.ended) finish_turn(flight, world_.queue.now(), rest, false);
  }
  version_.reset();  // nobody trains from it any more: its weights may go
}

void Synchronous::after_failure(std::size_t reports) {
  if (++failures_ < rule_.give_up) return;
  end({StopReason::Kind::gave_up,
       fmt::format(
           "gave up after {} rounds or selections in a row that failed; the last one had {} of the {} reports it needs",
           failures_, reports, rule_.minimum_reports)});
}

/// The committed round's record waits for its evaluation, which may come with the end of the run; what happens from now
/// on is the next round's.
void Synchronous::begin_record() {
  RoundRecord next;
  next.round = record_.round + 1;
  next.total_bytes_down = record_.total_bytes_down;
  next.total_bytes_up = record_.total_bytes_up;
  committed_ = std::exchange(record_, next);
}

void Synchronous::hand_over_record() {
  if (committed_) world_.ledger.record(*committed_);
  committed_.reset();
}

void Synchronous::evaluate() {
  EvaluationPlan plan{world_.queue.now(), {}};
  const std::int64_t round = rounds();
  const auto available = static_cast<std::uint32_t>(world_.evaluable.size());
  const std::uint32_t wanted = std::min(world_.evaluation.per_client, available);
  if (wanted > 0) {
    Stream stream(world_.seed, Purpose::evaluation, 0u, static_cast<std::uint32_t>(round));
    for (const std::uint32_t pick : sample_without_replacement(stream, available, wanted)) {
      plan.clients.push_back(world_.evaluable[pick]);
    }
  }
  world_.ledger.evaluate(std::move(plan));
  evaluated_ = round;
}

/// Ends the run when a stop rule holds. The accuracy is a value: asking for it resolves everything up to here.
bool Synchronous::end_when_reached() {
  const std::int64_t total = record_.total_bytes_down + record_.total_bytes_up;
  if (world_.stop.rounds && rounds() >= *world_.stop.rounds) {
    end({StopReason::Kind::rounds, fmt::format("reached {} rounds", rounds())});
  } else if (world_.stop.bytes && total >= world_.stop.bytes->count) {
    end({StopReason::Kind::bytes, fmt::format("used {} of {} bytes", total, world_.stop.bytes->count)});
  } else if (world_.stop.accuracy && evaluated_ == rounds() && !world_.ledger.timing_only()) {
    world_.ledger.settle();
    const auto& last = world_.ledger.last_evaluation();
    if (last && last->test_accuracy >= *world_.stop.accuracy) {
      end({StopReason::Kind::accuracy, fmt::format("reached a test accuracy of {:.4f}, the goal was {}",
                                                   last->test_accuracy, *world_.stop.accuracy)});
    }
  }
  return stopped().has_value();
}

void Synchronous::end(StopReason reason) {
  if (open_) abandon_turns(Outcome::abandoned);
  if (evaluated_ < rounds()) evaluate();
  hand_over_record();
  world_.ledger.record_rest(record_);
  stop(std::move(reason));
}

namespace {

struct SynchronousSpec final : ProtocolSpec {
  SynchronousRule rule;
  std::uint32_t cohort() const override { return rule.cohort; }
  std::uint32_t selected() const override { return rule.selected(); }
  std::unique_ptr<Protocol> make(World& world) const override { return std::make_unique<Synchronous>(rule, world); }
};

std::unique_ptr<ProtocolSpec> read_synchronous(Section& s) {
  auto spec = std::make_unique<SynchronousSpec>();
  SynchronousRule& rule = spec->rule;
  const std::string google = "Bonawitz et al. 2019, section 2";
  rule.cohort = static_cast<std::uint32_t>(s.whole("cohort", {.fallback = 10.0,
                                                              .bounds = between(1, 1e9),
                                                              .help = "reports that a round wants (K)",
                                                              .source = "McMahan et al. 2017"}));
  rule.over_selection =
      s.real("over_selection", {.fallback = 1.0,
                                .bounds = between(1, 100),
                                .help = "clients selected per report wanted; rounded up to whole clients",
                                .source = "1.3 in " + google});
  rule.deadline = s.maybe_duration("deadline", {.fallback = {},
                                                .bounds = positive(),
                                                .help = "reporting window of a round; none: wait for all",
                                                .source = google});
  rule.minimum_reports =
      static_cast<std::uint32_t>(s.whole("minimum_reports", {.fallback = 1.0,
                                                             .bounds = between(1, 1e9),
                                                             .help = "fewer reports at the deadline abandon the round",
                                                             .source = google}));
  rule.retry = s.duration("retry", {.fallback = 60.0,
                                    .bounds = positive(),
                                    .help = "pause before looking again when too few clients are eligible",
                                    .source = ""});
  rule.pause = s.duration("pause", {.fallback = 0.0,
                                    .bounds = non_negative(),
                                    .help = "pause between the end of a round and the next selection",
                                    .source = ""});
  rule.give_up = s.whole("give_up", {.fallback = 1000.0,
                                     .bounds = between(1, 1e9),
                                     .help = "failed rounds or selections in a row that end the run",
                                     .source = ""});
  if (rule.minimum_reports > rule.cohort) {
    s.reject("minimum_reports",
             fmt::format("must be at most protocol.cohort, which is {}, got {}", rule.cohort, rule.minimum_reports));
  }
  return spec;
}

}  // namespace

std::unique_ptr<ProtocolSpec> rounds_of_one() {
  auto spec = std::make_unique<SynchronousSpec>();
  spec->rule.cohort = 1;
  spec->rule.give_up = 1;
  return spec;
}

namespace {

const Registration<ProtocolEntry> entry{{{"synchronous", "rounds with over-selection, deadline and abandonment",
                                          "McMahan et al. 2017; Bonawitz et al. 2019"},
                                         read_synchronous}};

}  // namespace
}  // namespace fedtide
