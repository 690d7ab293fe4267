#include "sim/federation/gossip.h"

#include <algorithm>

#include "sim/federation/serverless.h"

namespace fedtide {

Gossip::Gossip(GossipRule rule, World& world) : rule_(std::move(rule)), world_(world), book_(world) {
  const std::uint32_t nodes = world.population.population();
  models_.assign(nodes, world.ledger.current());
  mass_.assign(nodes, 1);
  inbox_.assign(nodes, 0);
  present_.assign(nodes, 0);
}

std::vector<ModelHandle> Gossip::nodes() const {
  std::vector<ModelHandle> all;
  for (std::uint32_t i = 0; i < models_.size(); ++i) {
    if (world_.population.can_hold(ClientId{i})) all.push_back(models_[i]);
  }
  return all;
}

void Gossip::schedule(EventPhase phase, Time at) {
  Event event;
  event.at = at;
  event.phase = phase;
  event.generation = rounds_;
  world_.queue.push(event);
}

void Gossip::begin() {
  world_.ledger.stand_for(nodes());
  book_.evaluate();
  if (end_if(book_.reached())) return;
  schedule(EventPhase::dispatch, Time{0});
  if (const auto event = book_.end_of_time()) world_.queue.push(*event);
}

void Gossip::handle(const Event& event) {
  if (RoundBook::is_end_of_time(event)) return end(book_.time_is_over());
  if (event.phase == EventPhase::dispatch) return start_round();
  if (event.phase == EventPhase::deadline) {
    if (event.generation == rounds_ && open_) mix_and_commit();
    return;
  }
  const auto end = book_.advance(event);
  if (!end) return;
  if (end->arrived) arrived_.push_back(end->slot);
  if (--running_ == 0) mix_and_commit();
}

void Gossip::start_round() {
  const Time now = world_.queue.now();
  const auto nodes = static_cast<std::uint32_t>(models_.size());
  world_.population.set_now(now);
  running_ = 0;
  for (std::uint32_t i = 0; i < nodes; ++i) {
    present_[i] = world_.population.present(ClientId{i}) ? 1 : 0;
    running_ += present_[i];
  }
  if (running_ == 0) {
    if (!give_up_after_failure()) schedule(EventPhase::dispatch, now + rule_.retry);
    return;
  }
  if (!graph_ || rule_.topology->changes()) graph_ = rule_.topology->graph(nodes, world_.seed, rounds_);
  ++rounds_;
  open_ = true;
  cohort_.clear();
  arrived_.clear();
  book_.record().started = now;
  for (std::uint32_t i = 0; i < nodes; ++i) {
    if (present_[i] == 0) continue;
    const std::span<const std::uint32_t> to = graph_->out(i);
    const auto copies = std::count_if(to.begin(), to.end(), [&](std::uint32_t each) { return present_[each] != 0; });
    cohort_.push_back(book_.dispatch(ClientId{i}, models_[i], inbox_[i], static_cast<std::uint32_t>(copies)));
    inbox_[i] = 0;
  }
  if (rule_.deadline) schedule(EventPhase::deadline, now + *rule_.deadline);
}

/// Stops those still at work.
void Gossip::end_round(Outcome rest) {
  open_ = false;
  for (const std::uint32_t slot : cohort_) {
    if (book_.under_way(slot)) book_.finish(slot, rest);
  }
}

void Gossip::mix_and_commit() {
  const Time now = world_.queue.now();
  book_.hand_over();
  if (arrived_.empty()) {
    end_round(Outcome::deadline);
    ++book_.record().abandoned_rounds;
    give_up_after_failure();
  } else {
    std::fill(present_.begin(), present_.end(), std::uint8_t{0});
    std::vector<ModelHandle> trained(models_.size());
    for (const std::uint32_t slot : arrived_) {
      const std::uint32_t node = raw(book_.flight(slot).client);
      present_[node] = 1;
      trained[node] = world_.ledger.train(book_.report(slot), 1 / mass_[node]);
    }
    end_round(Outcome::deadline);
    mix(trained);
    book_.commit_mean(nodes());
  }
  if (!stopped() && !end_if(book_.reached())) schedule(EventPhase::dispatch, now + rule_.pause);
}

void Gossip::mix(const std::vector<ModelHandle>& trained) {
  const Version version = next(world_.ledger.current()->number);
  const std::vector<double> mass = mass_;
  for (std::uint32_t i = 0; i < models_.size(); ++i) {
    if (present_[i] == 0) continue;
    Mixture mixture = mixture_of(*graph_, i, rule_.weights, present_);
    if (rule_.weights == MixingWeights::push_sum) {
      mixture.divisor = 0;
      for (Mixture::Part& part : mixture.parts) mixture.divisor += part.weight *= mass[part.node];
      mass_[i] = mixture.divisor;
    }
    std::vector<Share> shares;
    for (const Mixture::Part& part : mixture.parts) shares.push_back({part.weight, trained[part.node]});
    inbox_[i] = static_cast<std::uint32_t>(shares.size() - 1);
    models_[i] = world_.ledger.mix(std::move(shares), mixture.divisor, version);
  }
}

bool Gossip::give_up_after_failure() {
  return end_if(book_.fail(rule_.give_up, "rounds in a row in which no node was there to the end"));
}

void Gossip::end(StopReason reason) {
  if (open_) {
    for (const std::uint32_t slot : arrived_) book_.finish(slot, Outcome::abandoned);
    end_round(Outcome::abandoned);
  }
  book_.close();
  stop(std::move(reason));
}

namespace {

struct GossipSpec final : ProtocolSpec {
  GossipRule rule;
  std::uint32_t cohort() const override { return 1; }
  std::uint32_t selected() const override { return 1; }
  bool selects() const override { return false; }
  std::string objection(const Method& method) const override { return needs_server(method, "gossip"); }
  bool sends_updates() const override { return false; }
  std::string mismatch(std::uint32_t population) const override {
    return rule.topology ? graph_mismatch(*rule.topology, population, "gossip") : "";
  }
  /// Each node's model, and while a round ends also what it was trained to.
  double models(std::uint32_t population) const override { return 2.0 * population; }
  double transfers(std::uint32_t population) const override {
    return rule.topology ? rule.topology->degree(population) : 1;
  }
  bool equal_turns() const override { return false; }
  std::unique_ptr<Protocol> make(World& world) const override { return std::make_unique<Gossip>(rule, world); }
};

MixingWeights read_weights(Section& s, const Topology* topology) {
  const std::string name =
      s.word("weights",
             {.fallback = "metropolis",
              .options = {{"metropolis", "1 / (1 + the larger degree of the two): keeps the mean on undirected graphs",
                           "Xiao and Boyd 2004"},
                          {"uniform", "1 / (1 + degree): keeps the mean where all degrees are the same", ""},
                          {"push_sum", "for any graph, directed too: nodes have weights by which models are de-biased",
                           "Assran et al. 2019, arXiv 1811.10792"}},
              .help = "how much each neighbor's model counts",
              .source = ""});
  const bool uniform = name == "uniform", push_sum = name == "push_sum";
  if (topology != nullptr && !s.describing()) {
    if (name == "metropolis" && topology->directed()) {
      s.reject("weights", "metropolis is for graphs whose edges go both ways; write weights: push_sum");
    }
    if (uniform && !topology->regular()) {
      s.reject("weights",
               "uniform is for graphs whose nodes all have the same number of neighbors; write weights: "
               "metropolis, or push_sum for a directed one");
    }
  }
  return push_sum ? MixingWeights::push_sum : uniform ? MixingWeights::uniform : MixingWeights::metropolis;
}

std::unique_ptr<ProtocolSpec> read_gossip(Section& s) {
  auto spec = std::make_unique<GossipSpec>();
  GossipRule& rule = spec->rule;
  s.section("topology", "who exchanges models with whom", [&](Section& t) {
    t.choose_from<TopologyEntry>("name", "ring", "kind of graph over the clients",
                                 [&](const TopologyEntry& entry) { rule.topology = entry.read(t); });
  });
  rule.weights = read_weights(s, rule.topology.get());
  rule.deadline = s.maybe_duration("deadline", {.fallback = {},
                                                .bounds = positive(),
                                                .help = "longest a round may take: neighbors mix without who is late; "
                                                        "none: wait for all who are there",
                                                .source = ""});
  rule.retry = s.duration("retry", {.fallback = 60.0,
                                    .bounds = positive(),
                                    .help = "pause before looking again when nobody is there",
                                    .source = ""});
  rule.pause = s.duration("pause", {.fallback = 0.0,
                                    .bounds = non_negative(),
                                    .help = "pause between the end of a round and the next",
                                    .source = ""});
  rule.give_up = s.whole("give_up", {.fallback = 1000.0,
                                     .bounds = between(1, 1e9),
                                     .help = "rounds in a row in which no node was there to the end that end the run",
                                     .source = ""});
  return spec;
}

const Registration<ProtocolEntry> entry{
    {{"gossip", "no server: every client trains a model of its own and mixes it with its neighbors'",
      "Lian et al. 2017, arXiv 1705.09056; Assran et al. 2019, arXiv 1811.10792"},
     read_gossip}};

}  // namespace
}  // namespace fedtide
