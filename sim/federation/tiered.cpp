#include "sim/federation/tiered.h"

#include <algorithm>
#include <numeric>

#include "sim/federation/members.h"
#include "sim/federation/serverless.h"

namespace fedtide {

Tiered::Tiered(TieredRule rule, World& world) : rule_(std::move(rule)), world_(world), book_(world) {
  tiers_.resize(rule_.tiers);
  for (Tier& tier : tiers_) {
    tier.model = world_.ledger.current();
    tier.sum = world_.ledger.begin_sum();
  }
  part_clients();
}

/// By the time that a server would expect of a turn; of equals, low numbers first.
void Tiered::part_clients() {
  const std::uint32_t clients = world_.population.population();
  std::vector<Duration> expected(clients);
  for (std::uint32_t i = 0; i < clients; ++i) expected[i] = world_.population.view(ClientId{i}).estimated;
  std::vector<std::uint32_t> order(clients);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return expected[a] < expected[b]; });
  tier_of_.resize(clients);
  for (std::uint32_t i = 0; i < clients; ++i) {
    const Id id = static_cast<Id>(std::uint64_t{i} * rule_.tiers / clients);
    tiers_[id].members.push_back(ClientId{order[i]});
    tier_of_[order[i]] = id;
  }
}

void Tiered::schedule(Id id, EventPhase phase, Time at) {
  Event event;
  event.at = at;
  event.phase = phase;
  event.slot = id;
  event.generation = tiers_[id].generation;
  world_.queue.push(event);
}

void Tiered::begin() {
  book_.evaluate();
  if (end_if(book_.reached())) return;
  for (Id id = 0; id < rule_.tiers; ++id) schedule(id, EventPhase::dispatch, Time{0});
  if (const auto event = book_.end_of_time()) world_.queue.push(*event);
}

void Tiered::handle(const Event& event) {
  if (RoundBook::is_end_of_time(event)) return end(book_.time_is_over());
  if (event.phase == EventPhase::dispatch) return begin_round(event.slot);
  if (event.phase == EventPhase::deadline) {
    const Tier& tier = tiers_[event.slot];
    if (tier.open && tier.generation == event.generation) end_round(event.slot);
    return;
  }
  const auto end = book_.advance(event);
  if (!end) return;
  const Id id = tier_of_[raw(end->client)];
  if (end->arrived) tiers_[id].arrived.push_back(end->slot);
  if (--tiers_[id].waiting == 0) end_round(id);
}

void Tiered::begin_round(Id id) {
  Tier& tier = tiers_[id];
  const Time now = world_.queue.now();
  world_.population.set_now(now);
  ++tier.generation;
  const Stream stream(world_.seed, Purpose::cohort, id + 1, tier.generation);
  const auto chosen = select_among(world_.selector, world_.population, tier.members, rule_.cohort, stream);
  if (chosen.empty()) {
    after_failure();
    if (!stopped()) schedule(id, EventPhase::dispatch, now + rule_.retry);
    return;
  }
  tier.open = true;
  tier.sent = world_.ledger.current();
  tier.cohort.clear();
  tier.arrived.clear();
  tier.waiting = static_cast<std::uint32_t>(chosen.size());
  for (const ClientId client : chosen) tier.cohort.push_back(book_.dispatch(client, tier.sent, 1, 1));
  if (rule_.deadline) schedule(id, EventPhase::deadline, now + *rule_.deadline);
}

void Tiered::end_round(Id id) {
  Tier& tier = tiers_[id];
  tier.open = false;
  book_.hand_over();
  for (const std::uint32_t slot : tier.arrived) world_.ledger.absorb(book_.report(slot), tier.sum);
  stop_turns(id, Outcome::deadline);
  if (tier.arrived.empty()) {
    ++book_.record().abandoned_rounds;
    after_failure();
  } else {
    commit(tier);
  }
  tier.sent = nullptr;
  if (!stopped() && !end_if(book_.reached())) schedule(id, EventPhase::dispatch, world_.queue.now());
}

void Tiered::commit(Tier& tier) {
  const Version number = world_.ledger.current()->number;
  tier.model = world_.ledger.finish(tier.sum, tier.sent, number);
  ++tier.updates;
  std::vector<Share> shares;
  double total = 0;
  for (std::size_t m = 0; m < tiers_.size(); ++m) {
    const double weight = rule_.mirrored ? tiers_[tiers_.size() - 1 - m].updates : 1;
    if (weight > 0) shares.push_back({weight, tiers_[m].model});
    total += weight;
  }
  book_.commit_mean({world_.ledger.mix(std::move(shares), total, number)});
  book_.record().started = world_.queue.now();
}

/// Stops those of a tier that are still at work. The slot of one that was lost may be another tier's by now.
void Tiered::stop_turns(Id id, Outcome outcome) {
  for (const std::uint32_t slot : tiers_[id].cohort) {
    if (book_.under_way(slot) && tier_of_[raw(book_.flight(slot).client)] == id) book_.finish(slot, outcome);
  }
}

void Tiered::after_failure() {
  end_if(book_.fail(rule_.give_up, "rounds or selections of tiers in a row without a report"));
}

void Tiered::end(StopReason reason) {
  for (Id id = 0; id < rule_.tiers; ++id) {
    Tier& tier = tiers_[id];
    if (!tier.open) continue;
    tier.open = false;
    for (const std::uint32_t slot : tier.arrived) book_.finish(slot, Outcome::abandoned);
    stop_turns(id, Outcome::abandoned);
  }
  book_.close();
  stop(std::move(reason));
}

namespace {

struct TieredSpec final : ProtocolSpec {
  TieredRule rule;
  std::uint32_t cohort() const override { return rule.cohort; }
  std::uint32_t selected() const override { return rule.cohort * rule.tiers; }
  std::string objection(const Method& method) const override { return needs_server(method, "tiered"); }
  std::string mismatch(std::uint32_t population) const override {
    if (rule.tiers <= population) return "";
    return fmt::format("tiers: {} tiers need at least as many clients, there are {}", rule.tiers, population);
  }
  /// Each tier's model, the one it began with, and its sum in double.
  double models(std::uint32_t) const override { return 4.0 * rule.tiers; }
  std::unique_ptr<Protocol> make(World& world) const override { return std::make_unique<Tiered>(rule, world); }
};

const char* const kSource = "Chai et al. 2021, arXiv 2010.05958";

std::unique_ptr<ProtocolSpec> read_tiered(Section& s) {
  auto spec = std::make_unique<TieredSpec>();
  TieredRule& rule = spec->rule;
  rule.tiers = static_cast<std::uint32_t>(s.whole(
      "tiers",
      {.fallback = 5.0, .bounds = between(1, 1e4), .help = "groups of clients of like speed (M)", .source = kSource}));
  rule.cohort = static_cast<std::uint32_t>(s.whole(
      "cohort",
      {.fallback = 10.0, .bounds = between(1, 1e5), .help = "clients of a round of each tier", .source = kSource}));
  rule.mirrored =
      s.word("weights",
             {.fallback = "mirrored",
              .options = {{"mirrored", "tier m weighs by the rounds of tier M + 1 - m: slow tiers weigh more", kSource},
                          {"equal", "1 / M", ""}},
              .help = "weight of a tier's model in the server's",
              .source = kSource}) == "mirrored";
  rule.deadline = s.maybe_duration("deadline", {.fallback = {},
                                                .bounds = positive(),
                                                .help = "reporting window of a tier's round; none: wait for all",
                                                .source = ""});
  rule.retry = s.duration("retry", {.fallback = 60.0,
                                    .bounds = positive(),
                                    .help = "pause of a tier before it looks again when nobody of it is eligible",
                                    .source = ""});
  rule.give_up = s.whole("give_up", {.fallback = 1000.0,
                                     .bounds = between(1, 1e9),
                                     .help = "rounds or selections of tiers in a row without a report that end the run",
                                     .source = ""});
  return spec;
}

const Registration<ProtocolEntry> entry{
    {{"tiered", "tiers of clients of like speed, each with rounds of its own, asynchronous to the others", kSource},
     read_tiered}};

}  // namespace
}  // namespace fedtide
