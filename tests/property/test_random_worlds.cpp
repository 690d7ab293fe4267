// Thousands of worlds drawn at random, of every protocol and every kind of failure: each run obeys the laws of all runs
// (fedtide verify), and a part of them is trained, and has the same bits on one thread and on many. A failure shows the
// world's overrides, from which it can be run again.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>

#include "sim/base/distributions.h"
#include "tests/catch.h"
#include "tests/support/interruption.h"
#include "tests/support/lawful.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint32_t kWorlds = 200;
#else
constexpr std::uint32_t kWorlds = 3000;
#endif
constexpr std::uint32_t kTrainedEvery = 25;

const char* kWorld = R"(
name: random
timing: only
data: {dataset: sizes, clients: 20, samples: {distribution: lognormal, median: 20, sigma: 1}, features: 4, classes: 3}
model: {name: softmax}
training: {batch_size: 5, optimizer: {name: sgd, lr: 0.1}}
stop: {rounds: 6, time: 12 h}
)";
const char* kTrainedWorld = R"(
name: random
data: {dataset: blobs, samples: 600, test_samples: 30, features: 4, classes: 3, clients: 20, partition: {scheme: dirichlet, alpha: 0.5}}
model: {name: softmax}
training: {batch_size: 5, optimizer: {name: sgd, lr: 0.1}}
stop: {rounds: 6, time: 12 h}
)";

/// Draws choices by name; equal numbers give equal worlds.
class Dice {
 public:
  explicit Dice(std::uint32_t world) : stream_(world, Purpose::dataset, world) {}
  bool often(double probability) { return uniform(stream_) < probability; }
  /// Log-uniform.
  double between(double low, double high) { return low * std::pow(high / low, uniform(stream_)); }
  std::uint32_t whole(std::uint32_t low, std::uint32_t high) { return low + uniform_below(stream_, high - low + 1); }
  std::string one_of(const std::vector<std::string>& all) {
    return all[uniform_below(stream_, static_cast<std::uint32_t>(all.size()))];
  }
  std::string seconds(double low, double high) { return fmt::format("{:.3f} s", between(low, high)); }

 private:
  Stream stream_;
};

std::string graph(Dice& d) {
  return fmt::format("{{name: {}}}",
                     d.one_of({"ring", "torus", "complete", "star", "regular", "small_world", "erdos_renyi"}));
}

const std::map<std::string, std::string (*)(Dice&)>& protocols() {
  static const std::map<std::string, std::string (*)(Dice&)> all = {
      {"synchronous",
       [](Dice& d) {
         return fmt::format(
             "cohort: {}, over_selection: {:.2f}, deadline: {}, minimum_reports: {}, retry: {}, pause: {}, "
             "partial_work: {}, stragglers: {:.2f}",
             d.whole(3, 8), d.between(1, 2), d.seconds(0.5, 600), d.whole(1, 3), d.seconds(1, 100),
             d.seconds(0.001, 100), d.one_of({"none", "epochs", "steps"}), d.often(0.5) ? 0.0 : d.between(0.01, 1));
       }},
      {"buffered",
       [](Dice& d) {
         const std::string bound = d.one_of({"", "maximum_staleness", "staleness_bound"});
         return fmt::format("concurrency: {}, buffer: {}, retry: {}{}", d.whole(1, 15), d.whole(1, 6),
                            d.seconds(1, 100), bound.empty() ? "" : fmt::format(", {}: {}", bound, d.whole(1, 4)));
       }},
      {"check_in",
       [](Dice& d) {
         return fmt::format(
             "cohort: {}, over_selection: {:.2f}, deadline: {}, selection_timeout: {}, minimum_selected: {:.2f}, "
             "minimum_reported: {:.2f}, pipelined: {}, plan: {} B, pace: {{steering: {}, period: {}}}",
             d.whole(2, 6), d.between(1, 2), d.seconds(1, 600), d.seconds(5, 600), d.between(0.2, 1), d.between(0.2, 1),
             d.often(0.5), d.whole(0, 5000), d.often(0.5), d.seconds(30, 600));
       }},
      {"asynchronous_gossip",
       [](Dice& d) {
         return fmt::format("topology: {}, retry: {}, pause: {}", graph(d), d.seconds(1, 100), d.seconds(0.001, 100));
       }},
      {"gossip",
       [](Dice& d) {
         return fmt::format("topology: {}, weights: {}, deadline: {}, retry: {}, pause: {}", graph(d),
                            d.one_of({"metropolis", "push_sum"}), d.seconds(1, 600), d.seconds(1, 100),
                            d.seconds(0.001, 100));
       }},
      {"hierarchical",
       [](Dice& d) {
         return fmt::format(
             "levels: [{{groups: {}, rounds: {}, rate: 1 Mbit/s, latency: 5 ms}}], group_by: {}, deadline: {}, retry: "
             "{}",
             d.whole(1, 6), d.whole(1, 3), d.one_of({"number", "draw"}), d.seconds(1, 600), d.seconds(1, 100));
       }},
      {"tiered",
       [](Dice& d) {
         return fmt::format("tiers: {}, cohort: {}, weights: {}, deadline: {}, retry: {}", d.whole(1, 5), d.whole(1, 5),
                            d.one_of({"mirrored", "equal"}), d.seconds(1, 600), d.seconds(1, 100));
       }},
      {"cyclic", [](Dice& d) { return fmt::format("deadline: {}, retry: {}", d.seconds(1, 600), d.seconds(1, 100)); }},
  };
  return all;
}

std::string hours(Dice& d) {
  if (d.often(0.3)) return "{model: always}";
  if (d.often(0.2))
    return fmt::format("{{model: diurnal, mean: {:.2f}, session: {}}}", d.between(0.1, 0.5), d.seconds(60, 7200));
  if (d.often(0.2)) {
    return fmt::format(
        "{{model: conditions, idle: {{model: on_off, on: {}, off: {}}}, charging: {{model: on_off, on: {}, off: {}}}}}",
        d.seconds(5, 5000), d.seconds(1, 500), d.seconds(5, 5000), d.seconds(1, 500));
  }
  return fmt::format("{{model: on_off, on: {}, off: {}}}", d.seconds(2, 5000), d.seconds(1, 5000));
}

std::vector<std::string> draw_world(std::uint32_t world, std::string& protocol) {
  Dice d(world);
  std::vector<std::string> names;
  for (const auto& [name, keys] : protocols()) names.push_back(name);
  protocol = d.one_of(names);
  std::vector<std::string> o;
  o.push_back(fmt::format("seed={}", world));
  o.push_back(fmt::format("protocol={{name: {}, {}, give_up: 50}}", protocol, protocols().at(protocol)(d)));
  o.push_back(fmt::format("training.epochs={}", d.whole(1, 3)));
  o.push_back(fmt::format(
      "fleet.device={{compute: {{distribution: lognormal, median: {:.0f} FLOP/s, sigma: 1}}, jitter: {:.2f}}}",
      d.between(100, 1e6), d.often(0.5) ? d.between(0.01, 1) : 0));
  o.push_back(
      fmt::format("fleet.link={{down: {{distribution: lognormal, median: {:.0f} bit/s, sigma: 0.7}}, up: {:.0f} bit/s, "
                  "latency: {}, jitter: {}}}",
                  d.between(1e3, 1e7), d.between(1e3, 1e7), d.seconds(0.001, 2), d.seconds(0.001, 1)));
  o.push_back("fleet.availability=" + hours(d));
  if (d.often(0.6)) o.push_back(fmt::format("fleet.dropout.probability={:.3f}", d.between(0.01, 0.8)));
  if (d.often(0.2)) o.push_back("fleet.dropout.recovery=" + d.seconds(1, 1000));
  if (d.often(0.3))
    o.push_back(fmt::format("fleet.shared.server={{down: {:.0f} bit/s, up: {:.0f} bit/s}}", d.between(1e3, 1e6),
                            d.between(1e3, 1e6)));
  if (d.often(0.2))
    o.push_back(fmt::format("fleet.shared.cell={{count: {}, up: {:.0f} bit/s}}", d.whole(1, 5), d.between(1e3, 1e6)));
  if (d.often(0.3)) o.push_back("fleet.interruption=resume");
  if (d.often(0.3)) {
    o.push_back("fleet.energy.model=phones");
    if (d.often(0.5))
      o.push_back(fmt::format("fleet.battery={{model: drawn, capacity: {:.0f} J, charge: {:.1f} W}}",
                              d.between(5, 5000), d.between(0.1, 10)));
  }
  if (d.often(0.3))
    o.push_back(fmt::format("fleet.outages={{regions: {}, every: {}, duration: {}}}", d.whole(1, 4),
                            d.seconds(20, 20000), d.seconds(1, 500)));
  if (d.often(0.2))
    o.push_back(fmt::format(
        "fleet.churn={{join: {{distribution: exponential, mean: {}}}, stay: {{distribution: exponential, mean: {}}}}}",
        d.seconds(1, 1000), d.seconds(100, 1e5)));
  return o;
}

}  // namespace

TEST_CASE("whatever the world, a run obeys the laws of all runs") {
  std::set<std::string> seen;
  std::set<Outcome> ends;
  for (std::uint32_t world = 1; world <= kWorlds; ++world) {
    std::string protocol;
    const std::vector<std::string> overrides = draw_world(world, protocol);
    INFO(fmt::format("'{}'", fmt::join(overrides, "' '")));
    const Played run = play_text(kWorld, overrides);
    REQUIRE(broken_laws(run.memory) == "");
    seen.insert(protocol);
    for (const ClientTrace& turn : run.memory.turns) ends.insert(turn.outcome);
  }
  // Worlds in which nothing happens would say nothing.
  CHECK(seen.size() == protocols().size());
  CHECK(ends.size() >= 8);
}

TEST_CASE("whatever the world, threads leave no trace") {
  for (std::uint32_t world = kTrainedEvery; world <= kWorlds; world += kTrainedEvery) {
    std::string protocol;
    std::vector<std::string> overrides = draw_world(world, protocol);
    INFO(fmt::format("'{}'", fmt::join(overrides, "' '")));
    overrides.push_back("execution.executor=inline");
    const Played alone = play_text(kTrainedWorld, overrides);
    REQUIRE(broken_laws(alone.memory) == "");
    overrides.back() = "execution.threads=8";
    REQUIRE(play_text(kTrainedWorld, overrides).bits() == alone.bits());
  }
}

TEST_CASE("whatever the world, a run that is taken up again has the same bits") {
  std::size_t taken_up = 0;
  for (std::uint32_t world = kTrainedEvery; world <= kWorlds; world += kTrainedEvery) {
    std::string protocol;
    const std::vector<std::string> overrides = draw_world(world, protocol);
    INFO(fmt::format("'{}'", fmt::join(overrides, "' '")));
    const auto some = [](std::uint64_t entries, bool round) { return round ? entries % 5 == 0 : entries % 41 == 17; };
    taken_up += require_same_bits_after_resuming(kTrainedWorld, overrides, some);
  }
  CHECK(taken_up > kWorlds / kTrainedEvery);
}

TEST_CASE("every registered protocol is among the worlds") {
  for (const About& about : Registry<ProtocolEntry>::instance().list()) {
    INFO(about.name);
    CHECK(protocols().contains(about.name));
  }
}
