#include "sim/experiment/explain.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace fedtide {
namespace {

constexpr double kDay = 86400;

/// Adds up what is played, and asks to stop once that is enough.
class Counter final : public Observer {
 public:
  Counter(std::size_t clients, std::uint64_t most_turns)
      : dispatched_(clients), reported_(clients), most_(most_turns) {}

  void on_evaluation(const EvaluationRecord&) override {}
  void on_round(const RoundRecord& record) override {
    round_times.push_back((record.committed - committed).seconds());
    committed = record.committed;
    abandoned_rounds += record.abandoned_rounds;
    dispatched += record.dispatched;
    add(record);
  }
  void on_trace(const ClientTrace& turn) override {
    ++dispatched_[raw(turn.client)];
    reported_[raw(turn.client)] += turn.outcome == Outcome::reported ? 1 : 0;
    if (++turns >= most_) enough = true;
  }
  /// The end of a run cuts turns off that would have gone on: they are no part of any round.
  void on_end(const RoundRecord& rest) override {
    if (round_times.empty()) add(rest);
  }

  std::uint32_t dispatched_by(std::size_t client) const { return dispatched_[client]; }
  std::uint32_t reported_by(std::size_t client) const { return reported_[client]; }

  std::atomic<bool> enough{false};
  std::uint64_t turns = 0;
  std::vector<double> round_times;
  Time committed;
  std::int64_t abandoned_rounds = 0;
  std::int64_t dispatched = 0;
  std::array<std::int64_t, kOutcomes> outcomes{};
  Spending spent;
  Spending wasted;

 private:
  void add(const RoundRecord& record) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) outcomes[i] += record.outcomes[i];
    spent += record.spent;
    wasted += record.wasted;
  }

  std::vector<std::uint32_t> dispatched_;
  std::vector<std::uint32_t> reported_;
  std::uint64_t most_;
};

/// The value that a share of the others does not exceed.
double quantile(std::vector<double> values, double share) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

void add(SpeedClass& to, const ExpectedTurn& turn, std::uint32_t client, const Counter& counter) {
  ++to.clients;
  to.turn += turn;
  to.dispatched += counter.dispatched_by(client);
  to.reported += counter.reported_by(client);
}

void make_means(SpeedClass& of) {
  if (of.clients == 0) return;
  const auto n = static_cast<double>(of.clients);
  of.turn = {of.turn.download_s / n, of.turn.compute_s / n, of.turn.upload_s / n};
}

void fill_classes(const std::vector<std::optional<ExpectedTurn>>& turns, const Counter& counter, Explanation& x) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < turns.size(); ++i) {
    if (turns[i]) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return turns[a]->seconds() < turns[b]->seconds(); });
  x.clients = static_cast<std::uint32_t>(turns.size());
  x.holders = static_cast<std::uint32_t>(order.size());
  x.deciles.resize(std::min<std::size_t>(10, order.size()));
  for (std::size_t i = 0; i < order.size(); ++i) {
    add(x.deciles[i * x.deciles.size() / order.size()], *turns[order[i]], order[i], counter);
    add(x.all, *turns[order[i]], order[i], counter);
  }
  for (SpeedClass& decile : x.deciles) make_means(decile);
  make_means(x.all);
}

void fill_rounds(const Counter& counter, Explanation& x) {
  x.rounds = static_cast<std::int64_t>(counter.round_times.size());
  x.turns = counter.turns;
  const auto ended =
      static_cast<double>(std::accumulate(counter.outcomes.begin(), counter.outcomes.end(), std::int64_t{0}));
  for (std::size_t i = 0; i < x.outcomes.size(); ++i) {
    x.outcomes[i] = ended > 0 ? static_cast<double>(counter.outcomes[i]) / ended : kMissing;
  }
  if (counter.spent.compute_s > 0) x.used_work = 1 - counter.wasted.compute_s / counter.spent.compute_s;
  if (x.rounds == 0) return;
  const auto n = static_cast<double>(x.rounds);
  x.round_s = counter.committed.seconds() / n;
  x.median_round_s = quantile(counter.round_times, 0.5);
  x.slow_round_s = quantile(counter.round_times, 0.9);
  x.bytes_down = static_cast<double>(counter.spent.bytes_down) / n;
  x.bytes_up = static_cast<double>(counter.spent.bytes_up) / n;
  x.dispatched = static_cast<double>(counter.dispatched) / n;
  x.abandoned_rounds = static_cast<double>(counter.abandoned_rounds) / n;
  if (x.round_s > 0) x.rounds_a_day = kDay / x.round_s;
}

/// What not every run knows of a round's spending.
void fill_energy(const Counter& counter, const Accounts& accounts, Explanation& x) {
  if (x.rounds == 0) return;
  const auto n = static_cast<double>(x.rounds);
  const double joules = counter.spent.energy.total();
  if (accounts.energy) x.energy_j = joules / n;
  if (joules > 0) x.wasted_energy = counter.wasted.energy.total() / joules;
  if (accounts.carbon) x.carbon_g = counter.spent.carbon_g / n;
  if (accounts.metered) x.metered_bytes = static_cast<double>(counter.spent.metered_bytes) / n;
}

/// The first stop rule that the means lead to.
void extrapolate(const StopRule& stop, Explanation& x) {
  std::optional<double> rounds;
  const auto offer = [&](double at, const char* rule) {
    if (!std::isfinite(at) || (rounds && *rounds <= at)) return;
    rounds = at;
    x.end = rule;
  };
  if (stop.rounds) offer(static_cast<double>(*stop.rounds), "stop.rounds");
  if (stop.time) offer(stop.time->seconds() / x.round_s, "stop.time");
  if (stop.bytes) offer(static_cast<double>(stop.bytes->count) / (x.bytes_down + x.bytes_up), "stop.bytes");
  if (!rounds) {
    x.end = "unknown before running";
    return;
  }
  x.end_rounds = std::floor(*rounds);
  x.end_s = *rounds * x.round_s;
}

}  // namespace

Explanation explain(ExperimentConfig& config, std::uint64_t most_turns) {
  Explanation x;
  x.ends_by_accuracy = config.stop.accuracy.has_value();
  config.timing_only = true;
  config.stop.accuracy.reset();
  config.metrics.clear();
  Assembly assembly = assemble(config);
  Counter counter(assembly.train_samples.size(), most_turns);
  const PlayResult result = play(config, assembly, counter, counter.enough);
  fill_classes(expected_turns(config, assembly), counter, x);
  x.too_small = assembly.population->too_small();
  fill_rounds(counter, x);
  fill_energy(counter, assembly.fleet->accounts(), x);
  x.shares_links = assembly.fleet->shared().any();
  x.to_the_end = result.stopped.kind != StopReason::Kind::interrupted;
  if (x.to_the_end) {
    x.end = result.stopped.text;
    x.end_s = result.ended.seconds();
    x.end_rounds = static_cast<double>(x.rounds);
  } else {
    extrapolate(config.stop, x);
  }
  return x;
}

}  // namespace fedtide
