// How long a turn of each client is expected to take: the closed form of what the fleet draws.

#include <cmath>

#include "sim/config/sample.h"
#include "sim/experiment/explain.h"

namespace fedtide {

ExpectedTurn& ExpectedTurn::operator+=(const ExpectedTurn& o) {
  download_s += o.download_s;
  compute_s += o.compute_s;
  upload_s += o.upload_s;
  return *this;
}

std::vector<std::optional<ExpectedTurn>> expected_turns(const ExperimentConfig& config, const Assembly& assembly) {
  // The lognormal factor has the median 1.
  const double jitter = std::exp(config.fleet.compute_jitter * config.fleet.compute_jitter / 2);
  const double slowdown = config.algorithm->traits().pooled ? 1 : jitter * mean_of(config.fleet.slowdown);
  std::vector<std::optional<ExpectedTurn>> turns(assembly.train_samples.size());
  const double transfers = config.protocol->transfers(static_cast<std::uint32_t>(turns.size()));
  const auto times = [&](Bytes one) {
    return Bytes{static_cast<std::int64_t>(std::llround(transfers * static_cast<double>(one.count)))};
  };
  for (std::uint32_t i = 0; i < turns.size(); ++i) {
    if (!assembly.population->can_train(ClientId{i})) continue;
    Load load = assembly.population->load(assembly.train_samples[i]);
    load.down = times(load.down);
    load.up = times(load.up);
    const Journey j = assembly.fleet->expected(ClientId{i}, load);
    turns[i] = {(j.downloaded - j.dispatched).seconds(), slowdown * (j.computed - j.downloaded).seconds(),
                (j.arrived - j.computed).seconds()};
  }
  return turns;
}

}  // namespace fedtide
