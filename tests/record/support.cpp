#include "tests/record/support.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "sim/record/hdf5_file.h"

namespace fedtide {

namespace {

// As `main` does, before any test.
[[maybe_unused]] const bool prepared = (prepare_hdf5(), true);

EvaluationRecord evaluation_of(std::int64_t round) {
  EvaluationRecord record;
  record.round = round;
  record.at = Time{round * 1'500'000'000};
  record.test_loss = 2.0 / static_cast<double>(round + 1);
  record.test_accuracy = 0.1 + 0.01 * static_cast<double>(round);
  record.test_samples = 1000;
  // Two clients, then one more each time: the rows of the table differ in length.
  for (std::int64_t i = 0; i < 2 + round / 4; ++i) {
    record.clients.push_back(ClientId{static_cast<std::uint32_t>(3 * i + round)});
    record.client_accuracy.push_back(0.5 + 0.01 * static_cast<double>(i));
    record.client_loss.push_back(1.5 - 0.01 * static_cast<double>(i));
  }
  return record;
}

RoundRecord round_of(std::int64_t round, const SampleRun& run) {
  RoundRecord record;
  record.round = round;
  record.started = Time{round * 1'500'000'000 - 1'000'000'000};
  record.committed = Time{round * 1'500'000'000};
  record.dispatched = round == 3 ? run.dispatched : 9;
  record.outcomes = {5, 1, 1, 1, 1, 0};
  record.abandoned_rounds = round % 2;
  record.spent = {9000, 5000, 12.5, {}};
  record.wasted = {4000, 100, 2.5, {}};
  record.trained_samples = 500;
  record.train_loss = 1.0 / static_cast<double>(round);
  record.train_accuracy = 0.5;
  record.update_norm = 0.125;
  record.total_bytes_down = 9000 * round;
  record.total_bytes_up = 5000 * round;
  return record;
}

ClientTrace trace_of(std::int64_t i) {
  ClientTrace record;
  record.round = 1 + i / 1000;
  record.client = ClientId{static_cast<std::uint32_t>(i % 40)};
  record.turn = static_cast<std::uint32_t>(i / 40);
  record.version = static_cast<std::uint32_t>(i / 1000);
  record.dispatched = Time{i * 1000};
  record.downloaded = Time{i * 1000 + 500};
  record.computed = i % 7 == 0 ? Time::never() : Time{i * 1000 + 700};
  record.ended = Time{i * 1000 + 900};
  record.phase = static_cast<ClientPhase>(i % 4);
  record.outcome = static_cast<Outcome>(i % kOutcomes);
  record.spent = {100, i % 3, 0.5, {}};
  return record;
}

TrajectoryFinal final_of(const SampleRun& run) {
  TrajectoryFinal last;
  last.title = "sample";
  last.seed = 17;
  last.status = "complete";
  last.stop_reason = "stop.rounds";
  PartitionSummary partition;
  partition.clients = run.clients;
  partition.classes = 3;
  for (std::int64_t i = 0; i < run.clients; ++i) {
    const auto count = static_cast<std::uint32_t>(i);
    last.clients.push_back({1e9, 1e6, 5e5, 0.05, count + 6, 2, count % 5, count % 3, {}});
    partition.label_count.insert(partition.label_count.end(), {count, 1, 5});
    partition.train_samples.push_back(i + 6);
    partition.test_samples.push_back(2);
    partition.entropy.push_back(0.5);
    partition.emd.push_back(0.25);
    partition.js.push_back(0.125);
  }
  last.partition = partition;
  last.weights.assign(run.weights, 0.5f);
  if (run.weights > 7) last.weights[7] = run.weight;
  last.version = run.rounds;
  if (run.weights > 1000) {
    last.spans = {{"dense1.weight", 0, 1000}, {"dense1.bias", 1000, static_cast<std::int64_t>(run.weights) - 1000}};
  }
  last.provenance = {"name: sample\nseed: 17\n# \xc3\xa4\n",
                     "fedtide 0.1.0",
                     "gcc",
                     "-O3",
                     "3.4.0",
                     "cpu",
                     run.host,
                     "fedtide run sample.yaml",
                     "2026-01-01T00:00:00Z",
                     "",
                     1.5,
                     2};
  return last;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "fedtide-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  ::chmod(name.c_str(), 0755);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

pid_t start_child(const std::function<int()>& work, const std::filesystem::path& message) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::alarm(300);  // a test that fails must not leave children that wait for ever
  int status = 99;
  try {
    status = work();
  } catch (const Failure& failure) {
    status = static_cast<int>(failure.code());
    if (!message.empty()) put_text(message, failure.what());
  } catch (const std::exception& error) {
    if (!message.empty()) put_text(message, error.what());
  }
  // exit, not _exit: handlers of the libraries must not crash after a failed write.
  std::exit(status);
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void put_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string failure_of(ExitCode code, const std::function<void()>& work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.code() == code ? failure.what() : "";
  }
  return "";
}

FileHash record_sample(const std::filesystem::path& folder, const SampleRun& run) {
  std::filesystem::create_directories(folder / ".spool");
  TrajectoryRecorder recorder(folder, {.trace = run.traces > 0 ? TraceDetail::clients : TraceDetail::none});
  if (run.evaluate) recorder.on_evaluation(evaluation_of(0));
  std::int64_t traced = 0;
  for (std::int64_t round = 1; round <= run.rounds; ++round) {
    for (; traced < run.traces * round / run.rounds; ++traced) recorder.on_trace(trace_of(traced));
    if (run.evaluate && round % 4 == 0) recorder.on_evaluation(evaluation_of(round));
    recorder.on_round(round_of(round, run));
  }
  return recorder.finish(final_of(run));
}

}  // namespace fedtide
