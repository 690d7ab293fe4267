// The shared links against SimGrid's flow model (test-only, Debian's libsimgrid-dev): random small topologies, every
// flow's end within 1 %. SimGrid without its corrections for TCP: no window limit, no weight of the round-trip time, no
// traffic of acknowledgments, factors 1. Links have no latency here: ours is waited for before a flow begins.

#include <cmath>
#include <string>
#include <vector>

#include <simgrid/s4u.hpp>

#include <fmt/format.h>

#include "sim/base/distributions.h"
#include "sim/fleet/flow_network.h"

namespace s4u = simgrid::s4u;
using namespace fedtide;

namespace {

constexpr int kCases = 200;

struct Transfer {
  std::vector<std::uint32_t> path;
  double limit = 0;  // bit/s
  double bytes = 0;
  double start = 0;  // s
  double ours = 0, theirs = 0;
};

struct Case {
  std::vector<BitRate> capacities;
  std::vector<Transfer> transfers;
};

Case draw(std::uint32_t seed) {
  Stream stream(seed, Purpose::jitter, 1u, 0u);
  Case drawn;
  const auto links = 1 + uniform_below(stream, 5);
  for (std::uint32_t i = 0; i < links; ++i) drawn.capacities.push_back({(1 + 20 * uniform(stream)) * 1e6});
  const auto transfers = 2 + uniform_below(stream, 12);
  for (std::uint32_t i = 0; i < transfers; ++i) {
    Transfer transfer;
    for (std::uint32_t link = 0; link < links; ++link) {
      if (uniform(stream) < 0.6) transfer.path.push_back(link);
    }
    transfer.limit = (0.5 + 10 * uniform(stream)) * 1e6;
    transfer.bytes = 1e5 + 3e6 * uniform(stream);
    transfer.start = uniform(stream) < 0.3 ? 0 : 5 * uniform(stream);
    drawn.transfers.push_back(transfer);
  }
  return drawn;
}

void play_ours(Case& drawn) {
  FlowNetwork network(drawn.capacities);
  std::vector<std::size_t> order(drawn.transfers.size()), number;
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto& transfers = drawn.transfers;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return transfers[a].start < transfers[b].start; });
  std::size_t begun = 0;
  while (begun < order.size() || network.flows() > 0) {
    const Time next = network.next();
    const Time due =
        begun < order.size() ? Time{0} + Duration::from_seconds(transfers[order[begun]].start) : Time::never();
    if (due < next) {
      const Transfer& transfer = transfers[order[begun]];
      const auto flow = network.start(due, network.add_group(transfer.path), {transfer.limit}, transfer.bytes);
      number.resize(std::max<std::size_t>(number.size(), flow + 1));
      number[flow] = order[begun++];
      continue;
    }
    for (const auto flow : network.finish(next)) drawn.transfers[number[flow]].ours = next.seconds();
  }
}

/// All cases side by side in one platform: they share nothing.
void play_theirs(std::vector<Case>& cases, s4u::Engine& engine) {
  auto* zone = s4u::create_full_zone("all");
  for (std::size_t c = 0; c < cases.size(); ++c) {
    std::vector<s4u::Link*> shared;
    for (const BitRate& capacity : cases[c].capacities) {
      shared.push_back(
          zone->create_link(fmt::format("shared-{}-{}", c, shared.size()), capacity.per_second / 8)->seal());
    }
    for (std::size_t t = 0; t < cases[c].transfers.size(); ++t) {
      Transfer& transfer = cases[c].transfers[t];
      s4u::Host* from = zone->create_host(fmt::format("from-{}-{}", c, t), 1e9)->seal();
      s4u::Host* to = zone->create_host(fmt::format("to-{}-{}", c, t), 1e9)->seal();
      std::vector<s4u::LinkInRoute> route;
      route.emplace_back(zone->create_link(fmt::format("own-{}-{}", c, t), transfer.limit / 8)->seal());
      for (const std::uint32_t link : transfer.path) route.emplace_back(shared[link]);
      zone->add_route(from->get_netpoint(), to->get_netpoint(), nullptr, nullptr, route, false);
      s4u::Actor::create(fmt::format("actor-{}-{}", c, t), from, [&transfer, from, to] {
        s4u::this_actor::sleep_for(transfer.start);
        s4u::Comm::sendto(from, to, static_cast<std::uint64_t>(std::llround(transfer.bytes)));
        transfer.theirs = s4u::Engine::get_clock();
      });
    }
  }
  zone->seal();
  engine.run();
}

}  // namespace

int main(int argc, char** argv) {
  s4u::Engine engine(&argc, argv);
  for (const char* option : {"network/model:CM02", "network/TCP-gamma:0", "network/weight-S:0",
                             "network/crosstraffic:0", "network/latency-factor:1", "network/bandwidth-factor:1"}) {
    s4u::Engine::set_config(option);
  }
  std::vector<Case> cases;
  for (std::uint32_t seed = 0; seed < kCases; ++seed) {
    cases.push_back(draw(seed));
    play_ours(cases.back());
  }
  play_theirs(cases, engine);
  double worst = 0;
  std::size_t transfers = 0;
  for (const Case& each : cases) {
    for (const Transfer& transfer : each.transfers) {
      const double theirs = transfer.theirs - transfer.start, ours = transfer.ours - transfer.start;
      worst = std::max(worst, std::abs(ours - theirs) / theirs);
      ++transfers;
    }
  }
  fmt::print("{} topologies, {} flows: durations differ from SimGrid's by at most {:.2g} of themselves\n", kCases,
             transfers, worst);
  return worst < 0.01 && transfers > 1000 ? 0 : 1;
}
