// Whole runs of experiments, each in a process of its own, on one thread and on two: wall clock, CPU, scaling, memory,
// accuracy, and where the CPU time went.
//
// bench_run [FILE.yaml ...] [a.b=c ...] [--threads 1,2] [--repeat 1] [--quick]
//
// Without files: all of benchmarks/runs. Overrides go to every file; --quick stops after two rounds. A run is loading,
// training, evaluating and recording, as `fedtide run` does it. Training is the CPU time within the clients' local
// training, taken on its thread around each; evaluation is that of the final model, timed once more after the run,
// times the number of evaluations; the rest is the engine, aggregation and recording.

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <optional>

#include "benchmarks/support/clocks.h"
#include "sim/experiment/load.h"
#include "sim/record/trajectory.h"

namespace {

using namespace fedtide;
using namespace fedtide::bench;

/// What a child process tells its parent. Seconds.
struct Measurement {
  double load_wall, load_cpu;
  double wall, cpu, training_cpu, evaluation_cpu;
  double rounds, samples, accuracy, peak_mb;
};

/// A client half, and the CPU time within it.
class TimedClient final : public ClientHalf<float> {
 public:
  TimedClient(std::unique_ptr<const ClientHalf<float>> inner, std::atomic<std::int64_t>& nanoseconds)
      : inner_(std::move(inner)), nanoseconds_(nanoseconds) {}
  ClientOutput<float> train(const ClientInput<float>& in) const override {
    const double start = thread_seconds();
    ClientOutput<float> out = inner_->train(in);
    nanoseconds_ += static_cast<std::int64_t>(1e9 * (thread_seconds() - start));
    return out;
  }

 private:
  std::unique_ptr<const ClientHalf<float>> inner_;
  std::atomic<std::int64_t>& nanoseconds_;
};

/// Records as a run does, and counts.
class Counter final : public Observer {
 public:
  explicit Counter(const std::filesystem::path& folder) : trajectory(folder, {}) {}
  void on_evaluation(const EvaluationRecord& record) override {
    trajectory.on_evaluation(record);
    accuracy = record.test_accuracy;
    ++evaluations;
  }
  void on_round(const RoundRecord& record) override {
    trajectory.on_round(record);
    rounds = static_cast<double>(record.round);
    samples += static_cast<double>(record.trained_samples);
  }
  void on_trace(const ClientTrace& record) override { trajectory.on_trace(record); }

  TrajectoryRecorder trajectory;
  double rounds = 0, samples = 0, accuracy = kMissing;
  int evaluations = 0;
};

double evaluation_seconds(const Learning& learning, const Vector<float>& w) {
  if (!learning.test) return 0;
  SolverMemory<float> memory;
  const double start = thread_seconds();
  evaluate_rows(*learning.model, *learning.test, learning.test_rows, w, memory);
  return thread_seconds() - start;
}

Measurement measure(ExperimentConfig& config, const std::filesystem::path& folder) {
  Measurement m{};
  const double begin = wall_seconds(), begin_cpu = process_seconds();
  Assembly assembly = assemble(config);
  m.load_wall = wall_seconds() - begin;
  m.load_cpu = process_seconds() - begin_cpu;
  std::atomic<std::int64_t> training{0};
  Algorithm<float>& algorithm = assembly.learning->algorithm;
  algorithm.client = std::make_unique<TimedClient>(std::move(algorithm.client), training);
  const std::atomic<bool> interrupted{false};
  std::filesystem::create_directories(folder / ".spool");
  Counter counter(folder);
  const PlayResult result = play(config, assembly, counter, interrupted);
  TrajectoryFinal last;
  last.title = config.name;
  if (result.weights) last.weights.assign(result.weights->begin(), result.weights->end());
  counter.trajectory.finish(last);
  m.wall = wall_seconds() - begin;
  m.cpu = process_seconds() - begin_cpu;
  m.peak_mb = peak_memory();
  m.training_cpu = 1e-9 * static_cast<double>(training.load());
  m.evaluation_cpu = counter.evaluations * evaluation_seconds(*assembly.learning, *result.weights);
  m.rounds = counter.rounds;
  m.samples = counter.samples;
  m.accuracy = counter.accuracy;
  return m;
}

/// The child's part: exit code 0 and the measurement in the pipe, or the reason on stderr.
int run_and_tell(const std::string& file, const std::vector<std::string>& overrides, int pipe) {
  std::string folder = (std::filesystem::temp_directory_path() / "bench_run-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 1;
  int code = 0;
  try {
    LoadedExperiment loaded = load_experiment(file, overrides);
    const Measurement m = measure(loaded.config, folder);
    if (write(pipe, &m, sizeof m) != static_cast<ssize_t>(sizeof m)) code = 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    code = 1;
  }
  std::filesystem::remove_all(folder);
  return code;
}

std::optional<Measurement> run_in_child(const std::string& file, const std::vector<std::string>& overrides) {
  int ends[2];
  if (pipe(ends) != 0) return std::nullopt;
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    _exit(run_and_tell(file, overrides, ends[1]));
  }
  close(ends[1]);
  Measurement m{};
  const bool whole = read(ends[0], &m, sizeof m) == static_cast<ssize_t>(sizeof m);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return whole && status == 0 ? std::optional(m) : std::nullopt;
}

/// The run with the median wall clock.
std::optional<Measurement> median_run(const std::string& file, const std::vector<std::string>& overrides, int repeat) {
  std::vector<Measurement> all;
  for (int i = 0; i < repeat; ++i) {
    const auto m = run_in_child(file, overrides);
    if (!m) return std::nullopt;
    all.push_back(*m);
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.wall < b.wall; });
  return all[all.size() / 2];
}

void print_header() {
  fmt::print("{:<26}{:>8}{:>8}{:>9}{:>9}{:>9}{:>11}{:>10}{:>10}{:>8}{:>8}{:>8}\n", "run", "threads", "rounds", "wall s",
             "CPU s", "scaling", "s a round", "samples/s", "accuracy", "peak MB", "eval %", "rest %");
}

void print_row(const std::string& name, int threads, const Measurement& m, double first_wall) {
  // Loading is outside the rows that are per round, and within wall, CPU and scaling.
  const double playing = m.cpu - m.load_cpu;
  const double evaluation = m.evaluation_cpu / playing;
  fmt::print("{:<26}{:>8}{:>8}{:>9.2f}{:>9.2f}{:>9.2f}{:>11.4f}{:>10.0f}{:>10.4f}{:>8.0f}{:>8.1f}{:>8.1f}\n", name,
             threads, m.rounds, m.wall, m.cpu, first_wall / m.wall, (m.wall - m.load_wall) / m.rounds,
             m.samples / (m.wall - m.load_wall), m.accuracy, m.peak_mb, 100 * evaluation,
             100 * (1 - m.training_cpu / playing - evaluation));
}

std::vector<std::string> default_files() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(FEDTIDE_BENCHMARK_RUNS)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words;
  std::vector<int> threads{1, 2};
  int repeat = 1;
  bool quick = false;
  CLI::App app{"whole runs of experiments"};
  app.add_option("words", words, "experiments and overrides");
  app.add_option("--threads", threads, "numbers of threads")->delimiter(',')->check(CLI::PositiveNumber);
  app.add_option("--repeat", repeat, "runs of each, of which the median is shown")->check(CLI::PositiveNumber);
  app.add_flag("--quick", quick, "two rounds of each");
  CLI11_PARSE(app, argc, argv);

  std::vector<std::string> files, overrides;
  for (const std::string& word : words) (word.find('=') == std::string::npos ? files : overrides).push_back(word);
  if (files.empty()) files = default_files();
  if (quick) overrides.push_back("stop.rounds=2");

  print_header();
  int skipped = 0;
  for (const std::string& file : files) {
    const std::string name = std::filesystem::path(file).stem().string();
    double first_wall = 0;
    for (const int count : threads) {
      std::vector<std::string> all = overrides;
      all.push_back(fmt::format("execution.threads={}", count));
      std::fflush(stdout);
      const auto m = median_run(file, all, repeat);
      if (!m) {
        fmt::print("{:<26}SKIPPED: see the message above\n", name);
        ++skipped;
        break;
      }
      if (first_wall == 0) first_wall = m->wall;
      print_row(name, count, *m, first_wall);
    }
  }
  return skipped > 0 ? 1 : 0;
}
