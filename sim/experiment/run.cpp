#include "sim/experiment/run.h"

#include <chrono>
#include <cmath>

#include "sim/experiment/machine.h"
#include "sim/federation/traffic.h"
#include "sim/model/kernels/dispatch.h"
#include "sim/record/host.h"
#include "sim/record/trajectory.h"
namespace fedtide {
namespace {

/// Passes everything on and keeps the figures that the end of a run needs.
class Recorder final : public Observer {
 public:
  Recorder(TrajectoryRecorder& trajectory, Observer* progress, std::size_t population, const Accounts& accounts)
      : trajectory_(trajectory), progress_(progress), turns_(population) {
    report.last_evaluation.round = -1;
    report.accounts = accounts;
    if (accounts.energy) joules_.resize(population);
  }

  void on_evaluation(const EvaluationRecord& record) override {
    trajectory_.on_evaluation(record);
    report.last_evaluation = record;
    report.best_accuracy = std::fmax(report.best_accuracy, record.test_accuracy);
    if (progress_) progress_->on_evaluation(record);
  }
  void on_round(const RoundRecord& record) override {
    trajectory_.on_round(record);
    report.rounds = record.round;
    report.bytes_down = record.total_bytes_down;
    report.bytes_up = record.total_bytes_up;
    add(record);
    if (progress_) progress_->on_round(record);
  }
  void on_trace(const ClientTrace& record) override {
    trajectory_.on_trace(record);
    Turns& turns = turns_[raw(record.client)];
    ++turns.dispatched;
    turns.reported += record.outcome == Outcome::reported ? 1 : 0;
    if (!joules_.empty()) {
      const double joules = record.spent.energy.total();
      joules_[raw(record.client)].spent += joules;
      if (record.outcome != Outcome::reported) joules_[raw(record.client)].wasted += joules;
    }
    if (progress_) progress_->on_trace(record);
  }

  void on_end(const RoundRecord& rest) override {
    trajectory_.on_end(rest);
    report.bytes_down = rest.total_bytes_down;
    report.bytes_up = rest.total_bytes_up;
    add(rest);
    if (progress_) progress_->on_end(rest);
  }

  void on_sessions(const Sessions& sessions) override {
    trajectory_.on_sessions(sessions);
    report.session_shapes = sessions.shapes;
    if (progress_) progress_->on_sessions(sessions);
  }

  std::uint32_t dispatched(std::size_t client) const { return turns_[client].dispatched; }
  std::uint32_t reported(std::size_t client) const { return turns_[client].reported; }
  double spent_j(std::size_t client) const { return joules_.empty() ? 0 : joules_[client].spent; }
  double wasted_j(std::size_t client) const { return joules_.empty() ? 0 : joules_[client].wasted; }

  RunReport report;

 private:
  struct Turns {
    std::uint32_t dispatched = 0;
    std::uint32_t reported = 0;
  };
  struct Joules {
    double spent = 0;
    double wasted = 0;
  };
  void add(const RoundRecord& record) {
    report.spent += record.spent;
    report.wasted += record.wasted;
  }

  TrajectoryRecorder& trajectory_;
  Observer* progress_;
  std::vector<Turns> turns_;    // by client
  std::vector<Joules> joules_;  // by client; empty where the energy is not known
};

std::vector<ClientSummary> summarize_clients(const Assembly& assembly, const Recorder& recorder) {
  std::vector<ClientSummary> clients(assembly.train_samples.size());
  const Accounts accounts = assembly.fleet->accounts();
  for (std::uint32_t i = 0; i < clients.size(); ++i) {
    const Link link = assembly.fleet->link(ClientId{i});
    clients[i] = {.compute_rate = assembly.fleet->device(ClientId{i}).compute.per_second,
                  .down_rate = link.down.per_second,
                  .up_rate = link.up.per_second,
                  .latency_s = link.latency.seconds(),
                  .train_samples = assembly.train_samples[i],
                  .test_samples = assembly.test_samples[i],
                  .dispatched = recorder.dispatched(i),
                  .reported = recorder.reported(i),
                  .power = accounts.energy ? assembly.fleet->power(ClientId{i}) : Power{},
                  .energy_j = recorder.spent_j(i),
                  .wasted_j = recorder.wasted_j(i),
                  .metered = accounts.metered && assembly.fleet->metered(ClientId{i})};
  }
  return clients;
}

PartitionSummary summarize_partition(const Assembly& assembly) {
  PartitionSummary partition;
  partition.clients = static_cast<std::int64_t>(assembly.train_samples.size());
  partition.train_samples.assign(assembly.train_samples.begin(), assembly.train_samples.end());
  partition.test_samples.assign(assembly.test_samples.begin(), assembly.test_samples.end());
  partition.train_rows = assembly.source_rows.train;
  partition.test_rows = assembly.source_rows.test;
  partition.client_names = assembly.client_names;
  if (assembly.labels) {
    const Skew skew = measure_skew(*assembly.labels);
    partition.classes = assembly.labels->classes;
    partition.label_count = assembly.labels->counts;
    partition.entropy = skew.entropy;
    partition.emd = skew.emd;
    partition.js = skew.jensen_shannon;
  }
  return partition;
}

std::vector<WeightSpan> spans_of(const Layout& layout) {
  std::vector<WeightSpan> spans;
  for (const WeightRange& range : layout.ranges()) spans.push_back({range.name, range.offset, range.size()});
  return spans;
}

RunStatus status_of(const StopReason& stopped) {
  switch (stopped.kind) {
    case StopReason::Kind::gave_up:
    case StopReason::Kind::diverged:
      return RunStatus::failed;
    case StopReason::Kind::interrupted:
      return RunStatus::stopped;
    default:
      return RunStatus::complete;
  }
}

ExitCode exit_code_of(RunStatus status) {
  switch (status) {
    case RunStatus::failed:
      return ExitCode::failed;
    case RunStatus::stopped:
      return ExitCode::stopped;
    default:
      return ExitCode::done;
  }
}

/// Of the compiler, and which kernels this processor gets: what bits depend on.
std::string flags() { return fmt::format("{} kernels={}", FEDTIDE_BUILD_FLAGS, kernels::variant()); }

Provenance provenance_of(const RunInfo& info, const ResolvedTexts& resolved, const RunOptions& options) {
  return {.config_yaml = resolved.yaml,
          .program_version = info.version,
          .compiler = compiler_version(),
          .flags = flags(),
          .eigen_version = eigen_version(),
          .cpu = cpu_model(),
          .host = info.host,
          .command = options.command,
          .started = info.started,
          .ended = info.ended,
          .wall_seconds = info.wall_seconds,
          .threads = info.threads};
}

/// Loads, plays and writes the trajectory; fills in `info`.
RunReport play_into(ExperimentConfig& config, const ResolvedTexts& resolved, const RunOptions& options,
                    const std::atomic<bool>& interrupted, RunInfo& info) {
  const auto started = std::chrono::steady_clock::now();
  Assembly assembly = assemble(config);
  std::vector<std::string> metrics;
  for (const Metric* each : config.metrics) {
    if (!each->is_table) metrics.push_back(each->about.name);
  }
  if (assembly.learning && assembly.learning->unseen) metrics.insert(metrics.end(), {"unseen_accuracy", "unseen_loss"});
  const Accounts accounts = assembly.fleet->accounts();
  TrajectoryRecorder trajectory(options.directory, {.trace = config.output.trace,
                                                    .trace_share = config.output.trace_share,
                                                    .seed = config.seed,
                                                    .metrics = metrics,
                                                    .equal_turns = config.protocol->equal_turns(),
                                                    .accounts = accounts});
  Recorder recorder(trajectory, options.progress, assembly.train_samples.size(), accounts);
  const PlayResult result = play(config, assembly, recorder, interrupted);

  RunReport report = recorder.report;
  report.stopped = result.stopped;
  report.metrics = std::move(metrics);
  report.virtual_seconds = result.ended.seconds();
  info.status = status_of(result.stopped);
  info.reason = result.stopped.text;
  report.exit_code = exit_code_of(info.status);
  info.exit_code = static_cast<int>(report.exit_code);
  info.ended = utc_now();
  info.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();

  TrajectoryFinal last;
  last.title = config.name;
  last.seed = config.seed;
  last.status = name(info.status);
  last.stop_reason = info.reason;
  last.clients = summarize_clients(assembly, recorder);
  last.partition = summarize_partition(assembly);
  if (result.weights) last.weights.assign(result.weights->begin(), result.weights->end());
  last.version = result.version;
  last.spans = spans_of(assembly.layout);
  last.provenance = provenance_of(info, resolved, options);
  info.trajectory = trajectory.finish(last);
  report.info = info;
  return report;
}

/// Takes the folder of growing tables away, whatever ends the run; one that is not empty stays.
struct SpoolRemover {
  std::filesystem::path folder;
  ~SpoolRemover() {
    std::error_code ignored;
    std::filesystem::remove(folder, ignored);
  }
};

}  // namespace

std::string program_version() { return "fedtide " FEDTIDE_VERSION; }

RunReport run_experiment(ExperimentConfig& config, const ResolvedTexts& resolved, const RunOptions& options,
                         const std::atomic<bool>& interrupted) {
  const RunDirectory directory(options.directory, options.force);
  const SpoolRemover remover{directory.spool()};
  RunInfo info;
  info.version = program_version();
  info.build = compiler_version() + " " + flags();
  info.host = host_name();
  info.started = utc_now();
  info.threads = config.execution.threads > 0 ? config.execution.threads : machine_threads();
  info.config_hash = hash_text(resolved.canonical);
  directory.write_info(info);
  directory.write_config(resolved.yaml, resolved.json);
  try {
    RunReport report = play_into(config, resolved, options, interrupted, info);
    directory.write_info(info);
    return report;
  } catch (const std::exception& error) {
    const auto* failure = dynamic_cast<const Failure*>(&error);
    info.status = RunStatus::failed;
    info.reason = error.what();
    info.exit_code = static_cast<int>(failure ? failure->code() : ExitCode::bug);
    info.ended = utc_now();
    try {
      directory.write_info(info);
    } catch (const Failure&) {
      // The first error says more than that its record could not be written either.
    }
    throw;
  }
}

}  // namespace fedtide
