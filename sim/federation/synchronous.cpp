#include "sim/federation/synchronous.h"

#include <algorithm>
#include <cmath>

namespace fedtide {
namespace {

constexpr double kMostSelected = 4294967295.0;

}  // namespace

std::uint32_t SynchronousRule::selected() const {
  return static_cast<std::uint32_t>(std::min(std::ceil(over_selection * cohort - 1e-9), kMostSelected));
}

void Synchronous::schedule(EventPhase phase, Time at) {
  Event event;
  event.at = at;
  event.phase = phase;
  event.generation = generation_;
  world_.queue.push(event);
}

void Synchronous::begin() {
  book_.evaluate();
  if (end_if(book_.reached())) return;
  schedule(EventPhase::dispatch, Time{0});
  if (const auto event = book_.end_of_time()) world_.queue.push(*event);
}

void Synchronous::handle(const Event& event) {
  if (RoundBook::is_end_of_time(event)) return end(book_.time_is_over());
  if (event.phase == EventPhase::dispatch) return start_round();
  if (event.phase == EventPhase::deadline) {
    if (event.generation != generation_ || !open_) return;
    return accepted_.size() >= rule_.minimum_reports ? commit_round() : abandon_round();
  }
  const auto end = book_.advance(event);
  if (!end) return;
  if (end->arrived) arrive(end->slot);
  --running_;
  settle_when_decided();
}

void Synchronous::arrive(std::uint32_t slot) {
  if (book_.flight(slot).steps && !rule_.partial) return book_.finish(slot, Outcome::deadline);
  accepted_.push_back(slot);
}

void Synchronous::start_round() {
  world_.population.set_now(world_.queue.now());
  ++generation_;
  const Stream stream(world_.seed, Purpose::cohort, 0u, generation_);
  const std::vector<ClientId> cohort = world_.selector.select(world_.population, rule_.selected(), stream);
  if (cohort.size() < rule_.minimum_reports) {
    after_failure(0);
    if (!stopped()) schedule(EventPhase::dispatch, world_.queue.now() + rule_.retry);
    return;
  }
  open_ = true;
  cohort_.clear();
  accepted_.clear();
  running_ = cohort.size();
  // Without over-selection everyone who was selected is waited for: a Poisson cohort may be larger than K.
  goal_ = rule_.over_selection > 1 ? std::min(rule_.cohort, static_cast<std::uint32_t>(cohort.size()))
                                   : static_cast<std::uint32_t>(cohort.size());
  book_.record().started = world_.queue.now();
  WorkLimit limit{.unit = rule_.partial.value_or(WorkLimit::Unit::epochs), .by = {}, .stragglers = rule_.stragglers};
  if (rule_.partial && rule_.deadline) limit.by = world_.queue.now() + *rule_.deadline;
  for (const ClientId client : cohort) cohort_.push_back(book_.dispatch(client, limit));
  if (rule_.deadline) schedule(EventPhase::deadline, world_.queue.now() + *rule_.deadline);
}

void Synchronous::settle_when_decided() {
  if (accepted_.size() >= goal_) {
    commit_round();
  } else if (running_ == 0) {
    accepted_.size() >= rule_.minimum_reports ? commit_round() : abandon_round();
  }
}

void Synchronous::commit_round() {
  book_.hand_over();
  for (const std::uint32_t slot : accepted_) book_.take_in(slot);
  end_round(accepted_.size() >= goal_ ? Outcome::surplus : Outcome::deadline);
  book_.commit();
  if (!end_if(book_.reached())) schedule(EventPhase::dispatch, world_.queue.now() + rule_.pause);
}

void Synchronous::abandon_round() {
  abandon_turns(Outcome::deadline);
  ++book_.record().abandoned_rounds;
  after_failure(accepted_.size());
  if (!stopped() && !end_if(book_.reached())) schedule(EventPhase::dispatch, world_.queue.now() + rule_.pause);
}

/// Reports that came for nothing, and those still at work.
void Synchronous::abandon_turns(Outcome rest) {
  for (const std::uint32_t slot : accepted_) book_.finish(slot, Outcome::abandoned);
  end_round(rest);
}

/// Stops those still at work.
void Synchronous::end_round(Outcome rest) {
  open_ = false;
  for (const std::uint32_t slot : cohort_) {
    if (book_.under_way(slot)) book_.finish(slot, rest);
  }
}

void Synchronous::after_failure(std::size_t reports) {
  end_if(book_.fail(rule_.give_up,
                    fmt::format("rounds or selections in a row that failed; the last one had {} of the {} reports it "
                                "needs",
                                reports, rule_.minimum_reports)));
}

void Synchronous::end(StopReason reason) {
  if (open_) abandon_turns(Outcome::abandoned);
  book_.close();
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
  const std::string fedprox = "Li et al. 2020, arXiv 1812.06127, section 5.2";
  const std::string part =
      s.word("partial_work", {.fallback = "none",
                              .options = {{"none", "nothing that is used", "FedAvg in " + fedprox},
                                          {"epochs", "what it can do in whole epochs", fedprox},
                                          {"steps", "what it can do in whole steps", ""}},
                              .help = "what a client sends that would come after the deadline, or is a straggler",
                              .source = fedprox});
  if (part != "none") rule.partial = part == "epochs" ? WorkLimit::Unit::epochs : WorkLimit::Unit::steps;
  rule.stragglers =
      s.real("stragglers", {.fallback = 0.0,
                            .bounds = probability(),
                            .help = "share of the turns that have time for a uniform number of 1 .. E - 1 "
                                    "of their E epochs; of one epoch, of its steps",
                            .source = "0, 0.5, 0.9 in " + fedprox});
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
  if (rule.partial && !rule.deadline && rule.stragglers == 0 && !s.describing()) {
    s.reject("partial_work", "needs somebody who is short of time: set protocol.deadline or protocol.stragglers");
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
