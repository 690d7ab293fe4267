#include "sim/federation/asynchronous_gossip.h"

#include <algorithm>

#include "sim/base/distributions.h"
#include "sim/federation/serverless.h"

namespace fedtide {

AsynchronousGossip::AsynchronousGossip(AsynchronousGossipRule rule, World& world)
    : rule_(std::move(rule)), world_(world), book_(world) {
  const std::uint32_t nodes = world.population.population();
  nodes_.assign(nodes, {world.ledger.current(), 0});
  waiting_.resize(nodes);
  inbox_.assign(nodes, 0);
}

void AsynchronousGossip::schedule(std::uint32_t node, Time at) {
  Event event;
  event.at = at;
  event.phase = EventPhase::dispatch;
  event.slot = node;
  world_.queue.push(event);
}

void AsynchronousGossip::begin() {
  const auto nodes = static_cast<std::uint32_t>(nodes_.size());
  world_.ledger.stand_for(models());
  book_.evaluate();
  if (end_if(book_.reached())) return;
  graph_ = rule_.topology->graph(nodes, world_.seed, 0);
  for (std::uint32_t i = 0; i < nodes; ++i) {
    if (world_.population.can_hold(ClientId{i})) schedule(i, Time{0});
  }
  if (const auto event = book_.end_of_time()) world_.queue.push(*event);
}

void AsynchronousGossip::handle(const Event& event) {
  if (RoundBook::is_end_of_time(event)) return end(book_.time_is_over());
  if (event.phase == EventPhase::dispatch) return begin_turn(event.slot);
  const auto end = book_.advance(event);
  if (!end) return;
  --running_;
  const std::uint32_t node = raw(end->client);
  schedule(node, world_.queue.now() + rule_.pause);
  if (!end->arrived) return;
  book_.hand_over();
  const Training training = book_.report(end->slot);
  nodes_[node] = {world_.ledger.train(training), nodes_[node].age + 1};
  send(node, training.turn);
  if (++taken_ == rule_.round_turns.value_or(static_cast<std::uint32_t>(nodes_.size()))) commit();
}

void AsynchronousGossip::begin_turn(std::uint32_t node) {
  const Time now = world_.queue.now();
  world_.population.set_now(now);
  if (!world_.population.present(ClientId{node})) {
    const auto most = rule_.give_up * static_cast<std::int64_t>(nodes_.size());
    if (running_ == 0 && ++looks_ >= most) {
      return end({StopReason::Kind::gave_up, fmt::format("gave up after {} looks in a row that found nobody", looks_)});
    }
    return schedule(node, now + rule_.retry);
  }
  looks_ = 0;
  nodes_[node] = merged(nodes_[node], std::exchange(waiting_[node], {}));
  book_.dispatch(ClientId{node}, nodes_[node].model, std::exchange(inbox_[node], 0), 1);
  ++running_;
}

/// To one of the neighbors, drawn by the sender and its turn.
void AsynchronousGossip::send(std::uint32_t node, Turn turn) {
  const std::span<const std::uint32_t> to = graph_->out(node);
  if (to.empty()) return;
  Stream stream(world_.seed, Purpose::peer, ClientId{node}, turn);
  const std::uint32_t receiver = to[uniform_below(stream, static_cast<std::uint32_t>(to.size()))];
  if (!world_.population.can_hold(ClientId{receiver})) return;
  waiting_[receiver] = merged(waiting_[receiver], nodes_[node]);
  ++inbox_[receiver];
}

AsynchronousGossip::Aged AsynchronousGossip::merged(const Aged& a, const Aged& b) {
  if (!b.model) return a;
  if (!a.model) return b;
  const bool fresh = a.age + b.age == 0;
  const double left = fresh ? 1 : static_cast<double>(a.age), right = fresh ? 1 : static_cast<double>(b.age);
  return {world_.ledger.mix({{left, a.model}, {right, b.model}}, left + right, world_.ledger.current()->number),
          std::max(a.age, b.age)};
}

std::vector<ModelHandle> AsynchronousGossip::models() const {
  std::vector<ModelHandle> all;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (world_.population.can_hold(ClientId{i})) all.push_back(nodes_[i].model);
  }
  return all;
}

void AsynchronousGossip::commit() {
  taken_ = 0;
  book_.commit_mean(models());
  book_.record().started = world_.queue.now();
  if (end_if(book_.reached()) || !rule_.topology->changes()) return;
  graph_ = rule_.topology->graph(static_cast<std::uint32_t>(nodes_.size()), world_.seed,
                                 static_cast<std::uint32_t>(book_.rounds()));
}

void AsynchronousGossip::end(StopReason reason) {
  for (std::uint32_t slot = 0; slot < book_.slots(); ++slot) {
    if (book_.under_way(slot)) book_.finish(slot, Outcome::abandoned);
  }
  book_.close();
  stop(std::move(reason));
}

namespace {

struct AsynchronousGossipSpec final : ProtocolSpec {
  AsynchronousGossipRule rule;
  std::uint32_t cohort() const override { return 1; }
  std::uint32_t selected() const override { return 1; }
  bool selects() const override { return false; }
  std::string objection(const Method& method) const override { return needs_server(method, "asynchronous_gossip"); }
  bool sends_updates() const override { return false; }
  std::string mismatch(std::uint32_t population) const override {
    return rule.topology ? graph_mismatch(*rule.topology, population, "asynchronous_gossip") : "";
  }
  /// Each node's model, the one that it trains from, and what it has received; the last version's nodes.
  double models(std::uint32_t population) const override { return 4.0 * population; }
  bool equal_turns() const override { return false; }
  std::unique_ptr<Protocol> make(World& world) const override {
    return std::make_unique<AsynchronousGossip>(rule, world);
  }
};

std::unique_ptr<ProtocolSpec> read(Section& s) {
  const std::string source = "Hegedus et al., JPDC 2021";
  auto spec = std::make_unique<AsynchronousGossipSpec>();
  AsynchronousGossipRule& rule = spec->rule;
  s.section("topology", "who sends models to whom", [&](Section& t) {
    t.choose_from<TopologyEntry>("name", "regular", "kind of graph over the clients",
                                 [&](const TopologyEntry& entry) { rule.topology = entry.read(t); });
  });
  const auto turns = s.maybe_whole("round_turns", {.fallback = {},
                                                   .bounds = between(1, 1e9),
                                                   .help = "turns that make a round, the unit of evaluate and stop; "
                                                           "none: as many as there are clients",
                                                   .source = ""});
  if (turns) rule.round_turns = static_cast<std::uint32_t>(*turns);
  rule.pause = s.duration("pause", {.fallback = 0.0,
                                    .bounds = non_negative(),
                                    .help = "pause of a client between its turns (Delta)",
                                    .source = source});
  rule.retry = s.duration("retry", {.fallback = 60.0,
                                    .bounds = positive(),
                                    .help = "until a client that is away is looked for again",
                                    .source = ""});
  rule.give_up = s.whole("give_up", {.fallback = 1000.0,
                                     .bounds = between(1, 1e9),
                                     .help = "looks for each client in a row, with nobody at work, that end the run",
                                     .source = ""});
  return spec;
}

const Registration<ProtocolEntry> entry{
    {{"asynchronous_gossip", "no server: every client at its own pace trains, and sends to a random neighbor",
      "Hegedus et al., JPDC 2021; Ormandi et al. 2013"},
     read}};

}  // namespace
}  // namespace fedtide
