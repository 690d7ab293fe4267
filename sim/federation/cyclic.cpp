#include "sim/federation/cyclic.h"

#include <numeric>

#include "sim/base/distributions.h"
#include "sim/federation/serverless.h"

namespace fedtide {

Cyclic::Cyclic(CyclicRule rule, World& world)
    : rule_(std::move(rule)), world_(world), book_(world), order_(world.population.population()) {
  std::iota(order_.begin(), order_.end(), 0u);
  model_ = world.ledger.current();
}

void Cyclic::schedule(EventPhase phase, Time at) {
  Event event;
  event.at = at;
  event.phase = phase;
  event.generation = turns_;
  world_.queue.push(event);
}

void Cyclic::begin() {
  book_.evaluate();
  if (end_if(book_.reached())) return;
  schedule(EventPhase::dispatch, Time{0});
  if (const auto event = book_.end_of_time()) world_.queue.push(*event);
}

void Cyclic::handle(const Event& event) {
  if (RoundBook::is_end_of_time(event)) return end(book_.time_is_over());
  if (event.phase == EventPhase::dispatch) {
    if (!open_) begin_cycle();
    return pass_on();
  }
  if (event.phase == EventPhase::deadline) {
    if (!slot_ || event.generation != turns_) return;
    book_.finish(*slot_, Outcome::deadline);
  } else {
    const auto end = book_.advance(event);
    if (!end) return;
    if (end->arrived) {
      book_.hand_over();
      model_ = world_.ledger.train(book_.report(end->slot));
      ++trained_;
    }
  }
  slot_.reset();
  schedule(EventPhase::dispatch, world_.queue.now());
}

void Cyclic::begin_cycle() {
  const bool draw = rule_.order == CycleOrder::shuffled || (rule_.order == CycleOrder::drawn && cycles_ == 0);
  if (draw) {
    Stream stream(world_.seed, Purpose::topology, 2u, cycles_);
    shuffle(stream, std::span(order_));
  }
  ++cycles_;
  open_ = true;
  next_ = 0;
  trained_ = 0;
  book_.record().started = world_.queue.now();
}

/// To the next client that is there.
void Cyclic::pass_on() {
  const Time now = world_.queue.now();
  world_.population.set_now(now);
  while (next_ < order_.size() && !world_.population.eligible(ClientId{order_[next_]})) ++next_;
  if (next_ == order_.size()) return end_cycle();
  slot_ = book_.dispatch(ClientId{order_[next_++]}, model_, 1, 1);
  ++turns_;
  if (rule_.deadline) schedule(EventPhase::deadline, now + *rule_.deadline);
}

void Cyclic::end_cycle() {
  const Time now = world_.queue.now();
  open_ = false;
  if (trained_ == 0) {
    ++book_.record().abandoned_rounds;
    if (end_if(book_.fail(rule_.give_up, "cycles in a row in which nobody trained")) || end_if(book_.reached())) return;
    return schedule(EventPhase::dispatch, now + rule_.retry);
  }
  book_.hand_over();
  book_.commit_mean({model_});
  model_ = world_.ledger.current();
  if (!end_if(book_.reached())) schedule(EventPhase::dispatch, now + rule_.pause);
}

void Cyclic::end(StopReason reason) {
  if (slot_) book_.finish(*slot_, Outcome::abandoned);
  slot_.reset();
  book_.close();
  stop(std::move(reason));
}

namespace {

struct CyclicSpec final : ProtocolSpec {
  CyclicRule rule;
  std::uint32_t cohort() const override { return 1; }
  std::uint32_t selected() const override { return 1; }
  bool selects() const override { return false; }
  std::string objection(const Method& method) const override { return needs_server(method, "cyclic"); }
  bool sends_updates() const override { return false; }
  std::unique_ptr<Protocol> make(World& world) const override { return std::make_unique<Cyclic>(rule, world); }
};

std::unique_ptr<ProtocolSpec> read_cyclic(Section& s) {
  auto spec = std::make_unique<CyclicSpec>();
  CyclicRule& rule = spec->rule;
  const std::string order = s.word("order", {.fallback = "fixed",
                                             .options = {{"fixed", "by number", "Chang et al. 2018"},
                                                         {"drawn", "drawn once, for all cycles", ""},
                                                         {"shuffled", "drawn anew for each cycle", ""}},
                                             .help = "in which the clients have the model",
                                             .source = ""});
  rule.order = order == "drawn" ? CycleOrder::drawn : order == "shuffled" ? CycleOrder::shuffled : CycleOrder::fixed;
  rule.deadline = s.maybe_duration("deadline", {.fallback = {},
                                                .bounds = positive(),
                                                .help = "longest a client may have the model: then the next one has "
                                                        "it as it was before; none: wait",
                                                .source = ""});
  rule.retry = s.duration(
      "retry",
      {.fallback = 60.0, .bounds = positive(), .help = "pause after a cycle in which nobody trained", .source = ""});
  rule.pause = s.duration(
      "pause", {.fallback = 0.0, .bounds = non_negative(), .help = "pause between two cycles", .source = ""});
  rule.give_up = s.whole("give_up", {.fallback = 1000.0,
                                     .bounds = between(1, 1e9),
                                     .help = "cycles in a row in which nobody trained that end the run",
                                     .source = ""});
  return spec;
}

const Registration<ProtocolEntry> entry{
    {{"cyclic", "the model goes from client to client, each trains it in turn", "Chang et al., JAMIA 2018"},
     read_cyclic}};

}  // namespace
}  // namespace fedtide
