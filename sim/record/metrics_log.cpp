#include "sim/record/metrics_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <iterator>
#include <utility>

#include "sim/federation/client_spread.h"

namespace fedtide {

namespace {

/// A flat JSON object; keys are ours and need no escapes.
class JsonLine {
 public:
  void add(std::string_view key, double value) {
    if (std::isfinite(value)) {
      append(key, fmt::format("{}", value));
    } else {
      append(key, "null");
    }
  }
  void add(std::string_view key, std::int64_t value) { append(key, fmt::format("{}", value)); }
  std::string finish() && { return std::move(text_) + "}"; }

 private:
  void append(std::string_view key, std::string_view value) {
    fmt::format_to(std::back_inserter(text_), "{}\"{}\": {}", text_.empty() ? "{" : ", ", key, value);
  }
  std::string text_;
};

}  // namespace

std::string metrics_line(const RoundRecord& round, const std::optional<EvaluationRecord>& evaluation,
                         const std::vector<std::string>& metrics, const Accounts& accounts) {
  JsonLine line;
  line.add("round", round.round);
  line.add("time_s", round.committed.seconds());
  line.add("test_accuracy", evaluation ? evaluation->test_accuracy : kMissing);
  line.add("test_loss", evaluation ? evaluation->test_loss : kMissing);
  line.add("train_loss", round.train_loss);
  line.add("train_accuracy", round.train_accuracy);
  line.add("update_norm", round.update_norm);
  line.add("bytes_down", round.total_bytes_down);
  line.add("bytes_up", round.total_bytes_up);
  line.add("dispatched", round.dispatched);
  line.add("reports", round.outcomes[static_cast<std::size_t>(Outcome::reported)]);
  for (int i = 0; i < kOutcomes; ++i) {
    line.add(name(static_cast<Outcome>(i)), round.outcomes[static_cast<std::size_t>(i)]);
  }
  line.add("abandoned_rounds", round.abandoned_rounds);
  line.add("wasted_bytes", round.wasted.bytes_down + round.wasted.bytes_up);
  line.add("wasted_compute_s", round.wasted.compute_s);
  if (accounts.energy) {
    line.add("spent_energy_j", round.spent.energy.total());
    line.add("wasted_energy_j", round.wasted.energy.total());
  }
  if (accounts.carbon) line.add("spent_carbon_g", round.spent.carbon_g);
  if (accounts.metered) line.add("spent_metered_bytes", round.spent.metered_bytes);
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    line.add("test_" + metrics[m], evaluation && !evaluation->metrics.empty() ? evaluation->metrics.at(m) : kMissing);
  }
  if (evaluation && !evaluation->clients.empty()) {
    const ClientSpread spread = spread_of(evaluation->client_accuracy);
    line.add("client_accuracy_mean", spread.mean);
    line.add("client_accuracy_variance", spread.variance);
    line.add("client_accuracy_worst_decile", spread.worst_decile);
    line.add("client_accuracy_gini", spread.gini);
    line.add("client_accuracy_jain", spread.jain);
    line.add("client_loss_mean", spread_of(evaluation->client_loss).mean);
  }
  if (evaluation && std::isfinite(evaluation->consensus_distance)) {
    line.add("consensus_distance", evaluation->consensus_distance);
  }
  return std::move(line).finish();
}

MetricsLog::MetricsLog(std::filesystem::path path, std::vector<std::string> metrics, Accounts accounts, bool again)
    : path_(std::move(path)), metrics_(std::move(metrics)), accounts_(accounts) {
  file_ = open_file(path_, O_WRONLY | O_CREAT | (again ? 0 : O_TRUNC), ExitCode::io);
}

void MetricsLog::initial(const EvaluationRecord& evaluation) {
  RoundRecord none;
  none.started = none.committed = evaluation.at;
  round(none, evaluation);
}

void MetricsLog::round(const RoundRecord& round, const std::optional<EvaluationRecord>& evaluation) {
  const std::string line = metrics_line(round, evaluation, metrics_, accounts_) + "\n";
  write_at(file_, path_, end_, line.data(), line.size());
  end_ += static_cast<std::int64_t>(line.size());
}

void MetricsLog::cut() {
  if (::ftruncate(file_.get(), end_) != 0) fail_system(ExitCode::io, path_, "cannot cut", errno);
}

}  // namespace fedtide
