#include "sim/federation/hierarchical.h"

#include <algorithm>
#include <numeric>

#include "sim/base/distributions.h"
#include "sim/base/error.h"
#include "sim/federation/members.h"

namespace fedtide {
namespace {

/// Which of `groups` groups of nearly the same size the i-th of n is in.
std::uint32_t group_of(std::uint64_t i, std::uint64_t n, std::uint64_t groups) {
  return static_cast<std::uint32_t>(i * groups / n);
}

}  // namespace

Hierarchical::Hierarchical(HierarchicalRule rule, World& world) : rule_(std::move(rule)), world_(world), book_(world) {
  build();
  group_clients();
  // Servers below which there are no clients have no part in anything.
  for (Id id = 0; id < cloud(); ++id) {
    if (servers_[id].members.empty() && servers_[id].children.empty()) continue;
    servers_[servers_[id].parent].children.push_back(id);
  }
}

void Hierarchical::build() {
  Id first = 0;
  for (std::size_t level = 0; level < rule_.levels.size(); ++level) {
    const std::uint32_t groups = rule_.levels[level].groups;
    const std::uint32_t above = level + 1 < rule_.levels.size() ? rule_.levels[level + 1].groups : 1;
    for (std::uint32_t i = 0; i < groups; ++i) {
      Server server;
      server.level = level;
      server.parent = first + groups + group_of(i, groups, above);
      if (level == 0) server.sum = world_.ledger.begin_sum();
      servers_.push_back(std::move(server));
    }
    first += groups;
  }
  Server top;
  top.level = rule_.levels.size();
  top.model = world_.ledger.current();
  servers_.push_back(std::move(top));
}

void Hierarchical::group_clients() {
  const std::uint32_t clients = world_.population.population(), groups = rule_.levels.front().groups;
  std::vector<std::uint32_t> order(clients);
  std::iota(order.begin(), order.end(), 0u);
  if (rule_.grouping == Grouping::drawn) {
    Stream stream(world_.seed, Purpose::group);
    shuffle(stream, std::span(order));
  }
  edge_of_.resize(clients);
  if (rule_.grouping == Grouping::cell) {
    const SharedLinks& shared = world_.fleet.shared();
    if (shared.cell.count != groups) {
      throw Failure(ExitCode::usage, fmt::format("protocol.group_by: cell needs as many groups in the first of "
                                                 "protocol.levels as there are cells (fleet.shared.cell.count), which "
                                                 "is {}; got {}",
                                                 shared.cell.count, groups));
    }
    const ClientNetwork network(shared, world_.seed);
    for (std::uint32_t i = 0; i < clients; ++i) edge_of_[i] = network.cell(ClientId{i});
  } else {
    for (std::uint32_t i = 0; i < clients; ++i) edge_of_[order[i]] = group_of(i, clients, groups);
  }
  for (std::uint32_t i = 0; i < clients; ++i) servers_[edge_of_[i]].members.push_back(ClientId{i});
}

void Hierarchical::schedule(Id id, Stage stage, Time at) {
  servers_[id].stage = stage;
  Event event;
  event.at = at;
  event.phase = EventPhase::dispatch;
  event.slot = id;
  world_.queue.push(event);
}

Duration Hierarchical::between(std::size_t level, Bytes bytes) const {
  const ServerLevel& link = rule_.levels[level];
  return link.latency + Duration::from_seconds(8.0 * static_cast<double>(bytes.count) / link.rate.per_second);
}

void Hierarchical::begin() {
  book_.evaluate();
  if (end_if(book_.reached())) return;
  schedule(cloud(), Stage::begins, Time{0});
  if (const auto event = book_.end_of_time()) world_.queue.push(*event);
}

void Hierarchical::handle(const Event& event) {
  if (RoundBook::is_end_of_time(event)) return end(book_.time_is_over());
  if (event.phase == EventPhase::dispatch) return go_on(event.slot);
  if (event.phase == EventPhase::deadline) {
    const Server& edge = servers_[event.slot];
    if (edge.open && edge.generation == event.generation) end_edge_round(event.slot);
    return;
  }
  const auto end = book_.advance(event);
  if (!end) return;
  const Id id = edge_of_[raw(end->client)];
  if (end->arrived) servers_[id].arrived.push_back(end->slot);
  if (--servers_[id].waiting == 0) end_edge_round(id);
}

void Hierarchical::go_on(Id id) {
  switch (servers_[id].stage) {
    case Stage::begins:
      return begin_round(id);
    case Stage::rests:
      return end_round(id);
    case Stage::sends:
      const Id above = servers_[id].parent;
      if (--servers_[above].waiting == 0) take_from_below(above);
  }
}

void Hierarchical::begin_round(Id id) {
  Server& server = servers_[id];
  const Time now = world_.queue.now();
  if (id == cloud()) book_.record().started = now;
  if (server.level == 0) return begin_edge_round(id);
  server.waiting = static_cast<std::uint32_t>(server.children.size());
  for (const Id child : server.children) {
    servers_[child].model = server.model;
    servers_[child].weight = 0;
    servers_[child].rounds = 0;
    schedule(child, Stage::begins, now + between(servers_[child].level, world_.population.load(0).down));
  }
}

void Hierarchical::begin_edge_round(Id id) {
  Server& edge = servers_[id];
  const Time now = world_.queue.now();
  world_.population.set_now(now);
  const std::vector<ClientId> chosen = choose(id);
  if (chosen.empty()) return schedule(id, Stage::rests, now + rule_.retry);
  ++edge.generation;
  edge.open = true;
  edge.cohort.clear();
  edge.arrived.clear();
  edge.waiting = static_cast<std::uint32_t>(chosen.size());
  for (const ClientId client : chosen) edge.cohort.push_back(book_.dispatch(client, edge.model, 1, 1));
  if (!rule_.deadline) return;
  Event event;
  event.at = now + *rule_.deadline;
  event.phase = EventPhase::deadline;
  event.slot = id;
  event.generation = edge.generation;
  world_.queue.push(event);
}

std::vector<ClientId> Hierarchical::choose(Id id) {
  const std::vector<ClientId>& members = servers_[id].members;
  std::vector<ClientId> chosen;
  if (rule_.cohort) {
    const Stream stream(world_.seed, Purpose::cohort, id + 1, servers_[id].generation);
    chosen = select_among(world_.selector, world_.population, members, *rule_.cohort, stream);
  } else {
    std::copy_if(members.begin(), members.end(), std::back_inserter(chosen),
                 [&](ClientId client) { return world_.population.eligible(client); });
  }
  return chosen;
}

void Hierarchical::end_edge_round(Id id) {
  Server& edge = servers_[id];
  edge.open = false;
  book_.hand_over();
  for (const std::uint32_t slot : edge.arrived) {
    const Training training = book_.report(slot);
    edge.weight += static_cast<double>(training.report.samples);
    world_.ledger.absorb(training, edge.sum);
  }
  stop_turns(id, Outcome::deadline);
  if (!edge.arrived.empty()) edge.model = world_.ledger.finish(edge.sum, edge.model, version());
  end_round(id);
}

/// Stops those of an edge that are still at work. The slot of one that was lost may be another edge's by now.
void Hierarchical::stop_turns(Id id, Outcome outcome) {
  for (const std::uint32_t slot : servers_[id].cohort) {
    if (book_.under_way(slot) && edge_of_[raw(book_.flight(slot).client)] == id) book_.finish(slot, outcome);
  }
}

void Hierarchical::take_from_below(Id id) {
  Server& server = servers_[id];
  std::vector<Share> shares;
  double total = 0;
  for (const Id child : server.children) {
    if (servers_[child].weight > 0) shares.push_back({servers_[child].weight, servers_[child].model});
    total += servers_[child].weight;
  }
  if (total > 0) server.model = world_.ledger.mix(std::move(shares), total, version());
  server.weight += total;
  end_round(id);
}

void Hierarchical::end_round(Id id) {
  Server& server = servers_[id];
  if (id == cloud()) return commit();
  const Time now = world_.queue.now();
  if (++server.rounds < rule_.levels[server.level].rounds) return schedule(id, Stage::begins, now);
  schedule(id, Stage::sends, now + between(server.level, world_.population.load(0).up));
}

void Hierarchical::commit() {
  Server& top = servers_[cloud()];
  book_.hand_over();
  if (top.weight > 0) {
    book_.commit_mean({top.model});
    top.model = world_.ledger.current();
  } else {
    ++book_.record().abandoned_rounds;
    end_if(book_.fail(rule_.give_up, "rounds of the cloud in a row in which no client reported"));
  }
  top.weight = 0;
  if (!stopped() && !end_if(book_.reached())) schedule(cloud(), Stage::begins, world_.queue.now() + rule_.pause);
}

void Hierarchical::end(StopReason reason) {
  for (Id id = 0; id < cloud(); ++id) {
    Server& edge = servers_[id];
    if (!edge.open) continue;
    edge.open = false;
    for (const std::uint32_t slot : edge.arrived) book_.finish(slot, Outcome::abandoned);
    stop_turns(id, Outcome::abandoned);
  }
  book_.close();
  stop(std::move(reason));
}

}  // namespace fedtide
