#include <array>
#include <cmath>
#include <map>

#include "sim/base/distributions.h"
#include "sim/fleet/flow_network.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

constexpr double kMbit = 1e6;
constexpr BitRate kAny{1e12};

Time at(double seconds) { return Time{0} + Duration::from_seconds(seconds); }

FlowNetwork network_of(std::vector<double> mbit) {
  std::vector<BitRate> capacities;
  for (const double each : mbit) capacities.push_back({each * kMbit});
  return FlowNetwork(capacities);
}

FlowNetwork::Group group_over(FlowNetwork& network, std::vector<std::uint32_t> path) { return network.add_group(path); }

/// Plays everything that is under way to its end; the ends by flow.
std::map<FlowNetwork::Flow, double> play(FlowNetwork& network) {
  std::map<FlowNetwork::Flow, double> ends;
  while (network.flows() > 0) {
    const Time now = network.next();
    REQUIRE(now < Time::never());
    for (const FlowNetwork::Flow flow : network.finish(now)) ends[flow] = now.seconds();
  }
  return ends;
}

}  // namespace

TEST_CASE("a flow alone on a link has all of it") {
  FlowNetwork network = network_of({8});
  const auto flow = network.start(at(1), group_over(network, {0}), kAny, 1e6);
  CHECK(network.rate(flow) == Approx(8e6));
  CHECK(play(network)[flow] == 2.0);  // 1 MB at 1 MB/s from second 1
}

TEST_CASE("two flows share a link until the first is done") {
  // 8 Mbit/s is 1 MB/s. A (1 MB) from 0, B (2 MB) from 0.5. A has moved 0.5 MB when B comes; then each has 0.5 MB/s: A
  // is done at 1.5; B has 1.5 MB left then and is done at 3.
  FlowNetwork network = network_of({8});
  const auto path = group_over(network, {0});
  const auto a = network.start(at(0), path, kAny, 1e6);
  CHECK(network.next() == at(1));
  const auto b = network.start(at(0.5), path, kAny, 2e6);
  CHECK(network.left(at(0.5), a) == Approx(0.5e6));
  auto ends = play(network);
  CHECK(ends[a] == Approx(1.5).epsilon(1e-9));
  CHECK(ends[b] == Approx(3.0).epsilon(1e-9));
}

TEST_CASE("what a slow client leaves goes to the others") {
  // 10 Mbit/s among limits of 2, 20 and 20: 2, 4, 4.
  FlowNetwork network = network_of({10});
  const auto path = group_over(network, {0});
  const auto slow = network.start(at(0), path, {2 * kMbit}, 1e6);
  const auto first = network.start(at(0), path, {20 * kMbit}, 1e6);
  const auto second = network.start(at(0), path, {20 * kMbit}, 1e6);
  CHECK(network.rate(slow) == Approx(2e6));
  CHECK(network.rate(first) == Approx(4e6));
  CHECK(network.rate(second) == Approx(4e6));
  // The fast two are done at 2 s (1 MB at 0.5 MB/s), the slow one at 4 s (1 MB at 0.25 MB/s).
  auto ends = play(network);
  CHECK(ends[first] == Approx(2.0).epsilon(1e-9));
  CHECK(ends[second] == Approx(2.0).epsilon(1e-9));
  CHECK(ends[slow] == Approx(4.0).epsilon(1e-9));
}

TEST_CASE("a flow over two links is bound by the fuller one") {
  // Links 10 and 4. A crosses both, B the first, C the second: the second has a level of 2, A = C = 2, B = 10 - 2.
  FlowNetwork network = network_of({10, 4});
  const auto a = network.start(at(0), group_over(network, {0, 1}), kAny, 1e6);
  const auto b = network.start(at(0), group_over(network, {0}), kAny, 1e6);
  const auto c = network.start(at(0), group_over(network, {1}), kAny, 1e6);
  CHECK(network.rate(a) == Approx(2e6));
  CHECK(network.rate(b) == Approx(8e6));
  CHECK(network.rate(c) == Approx(2e6));
}

TEST_CASE("the parking lot: each of n links of one capacity, one flow over all") {
  // The long flow shares every link with one other: a half each.
  FlowNetwork network = network_of({6, 6, 6});
  const auto everywhere = network.start(at(0), group_over(network, {0, 1, 2}), kAny, 1e6);
  std::vector<FlowNetwork::Flow> local;
  for (std::uint32_t link = 0; link < 3; ++link) {
    local.push_back(network.start(at(0), group_over(network, {link}), kAny, 1e6));
  }
  CHECK(network.rate(everywhere) == Approx(3e6));
  for (const auto flow : local) CHECK(network.rate(flow) == Approx(3e6));
}

TEST_CASE("a canceled flow leaves its share and tells what it has not moved") {
  FlowNetwork network = network_of({8});
  const auto path = group_over(network, {0});
  const auto a = network.start(at(0), path, kAny, 1e6);
  const auto b = network.start(at(0), path, kAny, 1e6);
  CHECK(network.cancel(at(1), a) == Approx(0.5e6));
  CHECK(play(network)[b] == Approx(1.5).epsilon(1e-9));
  CHECK(network.flows() == 0);
  CHECK(network.next() == Time::never());
}

TEST_CASE("without a shared link only a flow's own limit holds") {
  FlowNetwork network = network_of({});
  const auto path = group_over(network, {});
  const auto a = network.start(at(0), path, {8 * kMbit}, 1e6);
  const auto b = network.start(at(0), path, {4 * kMbit}, 1e6);
  auto ends = play(network);
  CHECK(ends[a] == 1.0);
  CHECK(ends[b] == 2.0);
}

TEST_CASE("a flow of no bytes is done at once, and equal flows end in order of their start") {
  FlowNetwork network = network_of({8});
  const auto path = group_over(network, {0});
  const auto empty = network.start(at(3), path, kAny, 0);
  CHECK(network.next() == at(3));
  CHECK(network.finish(at(3)) == std::vector<FlowNetwork::Flow>{empty});
  std::vector<FlowNetwork::Flow> started;
  for (int i = 0; i < 5; ++i) started.push_back(network.start(at(3), path, kAny, 1e6));
  CHECK(network.finish(network.next()) == started);
}

namespace {

/// The textbook, one flow at a time: rates of all flows by progressive filling over every flow, time step by time step.
struct Fluid {
  struct Flow {
    std::vector<std::uint32_t> path;
    double limit, left, rate = 0;
    bool active = true;
  };
  std::vector<double> capacities;
  std::vector<Flow> flows;

  void fill() {
    std::vector<bool> fixed(flows.size());
    std::vector<double> capacity = capacities;
    for (;;) {
      // The next to be fixed: the flow with the lowest limit, or those of the link with the lowest equal share.
      double lowest = HUGE_VAL;
      for (std::size_t i = 0; i < flows.size(); ++i) {
        if (flows[i].active && !fixed[i]) lowest = std::min(lowest, flows[i].limit);
      }
      std::vector<double> share(capacity.size(), HUGE_VAL);
      for (std::size_t link = 0; link < capacity.size(); ++link) {
        double n = 0;
        for (std::size_t i = 0; i < flows.size(); ++i) n += flows[i].active && !fixed[i] && crosses(i, link);
        if (n > 0) share[link] = capacity[link] / n;
        lowest = std::min(lowest, share[link]);
      }
      if (lowest == HUGE_VAL) return;
      const auto full = [&](std::size_t i) {
        if (flows[i].limit <= lowest) return true;
        for (const std::uint32_t link : flows[i].path) {
          if (share[link] <= lowest) return true;
        }
        return false;
      };
      std::vector<std::size_t> now;
      for (std::size_t i = 0; i < flows.size(); ++i) {
        if (flows[i].active && !fixed[i] && full(i)) now.push_back(i);
      }
      for (const std::size_t i : now) {
        fixed[i] = true;
        flows[i].rate = lowest;
        for (const std::uint32_t link : flows[i].path) capacity[link] -= lowest;
      }
    }
  }
  bool crosses(std::size_t flow, std::size_t link) const {
    return std::find(flows[flow].path.begin(), flows[flow].path.end(), link) != flows[flow].path.end();
  }
};

}  // namespace

TEST_CASE("random networks agree with the textbook, flow by flow") {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    Stream stream(seed, Purpose::jitter, 0u, 0u);
    const std::size_t links = 1 + uniform_below(stream, 4);
    std::vector<double> mbit;
    for (std::size_t i = 0; i < links; ++i) mbit.push_back(1 + 20 * uniform(stream));
    FlowNetwork network = network_of(mbit);
    Fluid fluid;
    for (const double each : mbit) fluid.capacities.push_back(each * kMbit / 8);
    std::vector<std::vector<std::uint32_t>> paths;
    std::vector<FlowNetwork::Group> groups;
    for (int g = 0; g < 4; ++g) {
      std::vector<std::uint32_t> path;
      for (std::uint32_t link = 0; link < links; ++link) {
        if (uniform(stream) < 0.6) path.push_back(link);
      }
      paths.push_back(path);
      groups.push_back(group_over(network, path));
    }
    double clock = 0;
    std::map<FlowNetwork::Flow, std::size_t> numbers;
    std::size_t starts = 0;
    const std::size_t total = 1 + uniform_below(stream, 40);
    double due = 0;
    while (starts < total || !numbers.empty()) {
      const Time next = network.next();
      const bool arrival = starts < total && at(due) < next;
      const Time now = arrival ? at(due) : next;
      fluid.fill();
      for (auto& flow : fluid.flows) flow.left -= flow.active ? flow.rate * (now.seconds() - clock) : 0;
      clock = now.seconds();
      if (arrival) {
        const std::size_t g = uniform_below(stream, 4);
        const double limit = (0.5 + 10 * uniform(stream)) * kMbit, bytes = 1e3 + 2e6 * uniform(stream);
        numbers[network.start(now, groups[g], {limit}, bytes)] = fluid.flows.size();
        fluid.flows.push_back({paths[g], limit / 8, bytes});
        ++starts;
        due += uniform(stream) < 0.3 ? 0 : exponential(stream, 0.5);
        due = std::max(due, clock);
      } else {
        for (const FlowNetwork::Flow flow : network.finish(now)) {
          Fluid::Flow& twin = fluid.flows[numbers.at(flow)];
          // What the textbook has left is what rounding to nanoseconds explains.
          REQUIRE(std::abs(twin.left) < 2e-2);
          twin.active = false;
          numbers.erase(flow);
        }
      }
      fluid.fill();
      for (const auto& [flow, number] : numbers) {
        REQUIRE(network.rate(flow) / 8 == Approx(fluid.flows[number].rate).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("Poisson arrivals of exponential flows on one link are the M/M/1 queue with processor sharing") {
  // Mean sojourn 1 / (mu - lambda); of a flow of size x: x / (1 - rho) at unit rate. Kleinrock, Queueing Systems
  // 2, 4.4. 1 MB/s and mean 1 MB: mu = 1/s; lambda = 0.7/s: 3.33 s.
  FlowNetwork network = network_of({8});
  const auto path = group_over(network, {0});
  Stream stream(5, Purpose::jitter, 0u, 0u);
  const double lambda = 0.7;
  const int blocks = 50, per_block = 8000;
  std::map<FlowNetwork::Flow, std::pair<double, double>> started;  // when, how large
  std::vector<double> means;
  double due = 0, sum = 0;
  int ended = 0;
  while (static_cast<int>(means.size()) < blocks) {
    const Time next = network.next();
    if (at(due) < next) {
      const double size = exponential(stream, 1.0);
      started[network.start(at(due), path, kAny, size * 1e6)] = {due, size};
      due += exponential(stream, 1 / lambda);
      continue;
    }
    for (const FlowNetwork::Flow flow : network.finish(next)) {
      sum += next.seconds() - started[flow].first;
      if (++ended % per_block == 0) means.push_back(std::exchange(sum, 0) / per_block);
    }
  }
  double mean = 0, square = 0;
  for (const double each : means) mean += each / blocks;
  for (const double each : means) square += (each - mean) * (each - mean) / (blocks - 1);
  const double error = std::sqrt(square / blocks);
  CHECK(error < 0.05);
  CHECK(std::abs(mean - 1 / (1 - lambda)) < 3 * error);
}
