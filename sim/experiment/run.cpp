#include "sim/experiment/run.h"

#include <chrono>

#include "sim/experiment/continuation.h"
#include "sim/experiment/machine.h"
#include "sim/experiment/summaries.h"
#include "sim/model/kernels/dispatch.h"
#include "sim/record/host.h"

namespace fedtide {
namespace {

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

CheckpointRule rule_of(const OutputConfig& output) {
  return {.rounds = output.checkpoint_rounds,
          .every = std::chrono::duration<double>(output.checkpoint_every.seconds())};
}

/// Where a run is taken up; nothing of both: at its start.
struct Beginning {
  std::optional<FoundCheckpoint> found;
  CheckpointOrigin origin;  ///< of the checkpoints to come
};

/// Loads, plays and writes the trajectory; fills in `info`.
RunReport play_into(ExperimentConfig& config, const ResolvedTexts& resolved, const RunOptions& options,
                    const std::atomic<bool>& interrupted, Beginning beginning, RunInfo& info) {
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
                                                    .accounts = accounts,
                                                    .again = beginning.found.has_value()});
  CheckpointKeeper keeper(options.directory, std::move(beginning.origin), rule_of(config.output), beginning.found,
                          [&trajectory] { trajectory.caught_up(); });
  Recorder recorder(trajectory, options.progress, &keeper, assembly.train_samples.size(), accounts);
  Continuity continuity{.keeper = &keeper, .from = {}, .rows = nullptr};
  if (beginning.found) {
    continuity.from = std::move(beginning.found->checkpoint.snapshot);
    continuity.rows = &keeper.rows();
  }
  const PlayResult result = play(config, assembly, recorder, interrupted, std::move(continuity), options.post);

  RunReport report = recorder.report;
  report.stopped = result.stopped;
  report.metrics = std::move(metrics);
  report.virtual_seconds = result.ended.seconds();
  info.status = status_of(result.stopped);
  info.reason = result.stopped.text;
  report.exit_code = exit_code_of(info.status);
  info.exit_code = static_cast<int>(report.exit_code);
  info.ended = utc_now();
  info.wall_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  report.info = info;
  // What was there says more than the part of it that has been told again.
  if (!result.caught_up) return report;

  TrajectoryFinal last;
  last.title = config.name;
  last.seed = config.seed;
  last.status = name(info.status);
  last.stop_reason = info.reason;
  recorder.count_turns();
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

Existing existing_of(Start start) {
  switch (start) {
    case Start::replacing:
      return Existing::replace;
    case Start::resuming:
      return Existing::keep;
    default:
      return Existing::refuse;
  }
}

/// Of a run that was over before.
RunReport report_of(const RunInfo& before) {
  RunReport report;
  report.info = before;
  report.was_over = true;
  report.exit_code = static_cast<ExitCode>(before.exit_code.value_or(0));
  return report;
}

/// Looks for a checkpoint, and notes in `info` that the run goes on.
void take_up(const std::filesystem::path& directory, const RunInfo& before, Beginning& beginning, RunInfo& info) {
  beginning.found = find_checkpoint(directory, beginning.origin);
  if (!before.started.empty()) info.started = before.started;
  info.resumed = before.resumed + 1;
  info.resumed_round = 0;
  info.trajectory = before.trajectory;
  if (!beginning.found) return;
  info.resumed_round = beginning.found->checkpoint.snapshot.round;
  info.wall_seconds = beginning.found->checkpoint.origin.wall_seconds;
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

std::string program_build() { return compiler_version() + " " + flags(); }

std::string program_version() { return "fedtide " FEDTIDE_VERSION; }

RunReport run_experiment(ExperimentConfig& config, const ResolvedTexts& resolved, const RunOptions& options,
                         const std::atomic<bool>& interrupted) {
  if (!options.force) {
    if (const auto over = finished_run(options.directory, resolved)) return report_of(*over);
  }
  RunDirectory directory(options.directory);
  const Standing standing = standing_of(options.directory, options.force, resolved);
  if (standing.start == Start::over) return report_of(standing.before);
  directory.prepare(existing_of(standing.start));
  const SpoolRemover remover{directory.spool()};
  RunInfo info;
  info.version = program_version();
  info.build = program_build();
  info.host = host_name();
  info.started = utc_now();
  info.threads = config.execution.threads > 0 ? config.execution.threads : machine_threads();
  info.config_hash = hash_text(resolved.canonical);
  Beginning beginning;
  beginning.origin = {.config_hash = info.config_hash,
                      .program = info.version,
                      .build = info.build,
                      .row_bytes = 0,
                      .row_hex = "",
                      .wall_seconds = 0};
  if (standing.start == Start::resuming) take_up(directory.path(), standing.before, beginning, info);
  directory.write_info(info);
  directory.write_config(resolved.yaml, resolved.json);
  try {
    RunReport report = play_into(config, resolved, options, interrupted, std::move(beginning), info);
    directory.write_info(info);
    if (info.status != RunStatus::stopped) remove_checkpoints(directory.path());
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
