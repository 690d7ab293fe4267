#include <cmath>
#include <filesystem>
#include <fstream>

#include "sim/experiment/command.h"
#include "sim/experiment/slurm.h"
#include "sim/experiment/sweep_play.h"
#include "sim/experiment/sweep_summary.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

PlannedRun planned(std::size_t index, std::vector<std::pair<std::string, std::string>> parameters, std::int64_t seed) {
  PlannedRun run;
  run.index = index;
  run.parameters = std::move(parameters);
  run.seed = seed;
  run.hash = "0123456789abcdef";
  return run;
}

SummaryRow row(std::string method, std::int64_t seed, double value, RunState state = RunState::complete) {
  SummaryRow result;
  result.run = planned(1, {{"method", std::move(method)}, {"seed", std::to_string(seed)}}, seed);
  result.standing.state = state;
  result.standing.final_value = value;
  result.standing.best_value = value;
  return result;
}

}  // namespace

TEST_CASE("a paired difference has Student's interval in closed form", "[experiment][sweep]") {
  // Differences 1, 2, 3: mean 2, sd 1; two degrees of freedom, t = 0.95 sqrt(2 / (1 - 0.95^2)) = 4.302652729...
  const PairedDifference three = paired_difference({2, 4, 6}, {1, 2, 3});
  CHECK(three.n == 3);
  CHECK(three.mean == Approx(2));
  CHECK(three.sd == Approx(1));
  const double half = 0.95 * std::sqrt(2 / (1 - 0.95 * 0.95)) / std::sqrt(3.0);
  CHECK(three.low == Approx(2 - half).epsilon(1e-12));
  CHECK(three.high == Approx(2 + half).epsilon(1e-12));
  // Two pairs: one degree of freedom, t = tan(0.95 pi / 2) = 12.706204736
  const PairedDifference two = paired_difference({1, 3}, {0, 0});
  CHECK(two.high - two.mean == Approx(12.706204736174694).epsilon(1e-12));
}

TEST_CASE("one pair has a difference and no interval, none has neither", "[experiment][sweep]") {
  CHECK(paired_difference({3}, {1}).mean == 2);
  CHECK(std::isnan(paired_difference({3}, {1}).low));
  CHECK(std::isnan(paired_difference({}, {}).mean));
}

TEST_CASE("pairing takes what seeds have in common out of the interval", "[experiment][sweep]") {
  // Between seeds the values differ by 10, between the methods by 1 +- 0.1.
  std::vector<SummaryRow> rows = {row("a", 1, 10), row("a", 2, 20),   row("a", 3, 30),
                                  row("b", 1, 11), row("b", 2, 21.1), row("b", 3, 30.9)};
  const Cells table = comparison_table(rows, "method", "", {}, false);
  REQUIRE(table.size() == 2);
  CHECK(table[1][0] == "b");
  CHECK(table[1][1] == "a");
  CHECK(table[1][2] == "3");
  CHECK(std::stod(table[1][6]) == Approx(1));
  CHECK(std::stod(table[1][8]) < 1.3);
  SECTION("a pair with a failed run does not count, and is counted") {
    rows[5].standing.state = RunState::failed;
    const Cells fewer = comparison_table(rows, "method", "", {}, false);
    CHECK(fewer[1][2] == "2");
    CHECK(fewer[1][3] == "1");
    CHECK(std::stod(fewer[1][6]) == Approx(1.05));
  }
}

TEST_CASE("a mean over seeds says how many runs it is of, and how many failed", "[experiment][sweep]") {
  const std::vector<SummaryRow> rows = {row("a", 1, 1), row("a", 2, 3), row("a", 3, 100, RunState::failed),
                                        row("b", 1, 5), row("b", 2, 7, RunState::stopped)};
  const Cells table = seed_table(rows, {}, false);
  REQUIRE(table.size() == 3);
  const auto column = [&](const std::string& name) {
    return static_cast<std::size_t>(std::find(table[0].begin(), table[0].end(), name) - table[0].begin());
  };
  CHECK(table[1][column("n")] == "2");
  CHECK(table[1][column("n_failed")] == "1");
  CHECK(table[1][column("mean_final_test_accuracy")] == "2");
  CHECK(std::stod(table[1][column("sd_final_test_accuracy")]) == Approx(std::sqrt(2.0)));
  CHECK(table[2][column("n")] == "1");
  CHECK(table[2][column("n_unfinished")] == "1");
  CHECK(table[2][column("mean_final_test_accuracy")] == "5");
  CHECK(table[2][column("sd_final_test_accuracy")].empty());
}

TEST_CASE("cells with commas, quotes and line ends are quoted in CSV", "[experiment][sweep]") {
  CHECK(to_csv({{"a", "b"}, {"{x: 1, y: 2}", "say \"x\"\n"}}) == "a,b\n\"{x: 1, y: 2}\",\"say \"\"x\"\"\n\"\n");
}

TEST_CASE("cores are shared by the runs at a time", "[experiment][sweep]") {
  const auto shares = [](int jobs, int threads, std::size_t runs, int cores) {
    SweepOptions options;
    options.jobs = jobs;
    options.threads = threads;
    const Shares result = share_cores(options, runs, cores);
    return std::pair(result.jobs, result.threads);
  };
  CHECK(shares(0, 0, 100, 8) == std::pair(8, 1));
  CHECK(shares(2, 0, 100, 8) == std::pair(2, 4));
  CHECK(shares(0, 4, 100, 8) == std::pair(2, 4));
  CHECK(shares(0, 0, 3, 8) == std::pair(3, 2));
  CHECK(shares(0, 16, 100, 8) == std::pair(1, 16));
  CHECK(shares(0, 0, 0, 1) == std::pair(1, 1));
}

TEST_CASE("what a run needs follows from how it stands", "[experiment][sweep]") {
  const PlannedRun run = planned(1, {}, 1);
  const auto need = [&](RunState state, int exit_code = 0, bool failed_too = false) {
    RunStanding standing;
    standing.state = state;
    standing.exit_code = exit_code;
    standing.config_hash = run.hash;
    return need_of(run, standing, failed_too);
  };
  CHECK(need(RunState::pending) == Need::start);
  CHECK(need(RunState::running) == Need::none);
  CHECK(need(RunState::complete) == Need::none);
  CHECK(need(RunState::stopped, 75) == Need::resume);
  CHECK(need(RunState::killed) == Need::resume);
  CHECK(need(RunState::failed, 1) == Need::none);
  CHECK(need(RunState::failed, 1, true) == Need::restart);
  CHECK(need(RunState::failed, 74) == Need::resume);
  CHECK(need(RunState::damaged) == Need::restart);
  RunStanding other;
  other.state = RunState::complete;
  other.config_hash = "of another config";
  CHECK(need_of(run, other, false) == Need::restart);
}

TEST_CASE("chunks cover each task once and no index reaches MaxArraySize", "[experiment][sweep][slurm]") {
  for (const std::size_t tasks : {1U, 9U, 10U, 11U, 24U, 1000U}) {
    for (const std::size_t most : {1U, 10U, 1001U}) {
      std::size_t next = 0;
      for (const ArrayChunk& chunk : chunk_tasks(tasks, most)) {
        CHECK(chunk.offset == next);
        CHECK(chunk.count >= 1);
        CHECK(chunk.count - 1 < most);
        next += chunk.count;
      }
      CHECK(next == tasks);
    }
  }
  CHECK(make_tasks({1, 2, 3, 5, 9}, 2) == TaskList{"1,2", "3,5", "9"});
}

TEST_CASE("the batch script asks for one task again, appends to its log and has room to stop", "[experiment][slurm]") {
  SlurmOptions options;
  options.threads = 3;
  options.header = "#SBATCH --time=01:00:00\nmodule load gcc";
  const std::string script = batch_script({"/data/it's here"}, "my sweep", "/opt/fedtide", options);
  CHECK(script.starts_with("#!/bin/bash\n#SBATCH --job-name='my sweep'\n#SBATCH --ntasks=1 --cpus-per-task=3\n"));
  for (const char* line :
       {"#SBATCH --requeue --open-mode=append\n", "#SBATCH --output='/data/it'\\''s here/slurm/logs/%A_%a.log'\n",
        "#SBATCH --signal=B:USR1@120\n", "#SBATCH --time=01:00:00\nmodule load gcc\n",
        "'/opt/fedtide' sweep '/data/it'\\''s here' --task \"$runs\" --threads 3 &\n",
        "task=\"${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}\"\n", "scontrol requeue \"$task\"", "-lt 100 ]"}) {
    CAPTURE(line);
    CHECK(script.find(line) != std::string::npos);
  }
}

TEST_CASE("a command's output, errors and code come back, and that it is not there", "[experiment][slurm]") {
  const CommandResult result = run_command({"sh", "-c", "echo out; echo err >&2; exit 3"});
  CHECK(result.exit_code == 3);
  CHECK(result.out == "out\n");
  CHECK(result.err == "err\n");
  CHECK(run_command({"no-such-program-of-ours"}).exit_code == 127);
  CHECK(run_command({"sh", "-c", "kill -9 $$"}).exit_code == 137);
  // More than a pipe holds.
  CHECK(run_command({"sh", "-c", "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"}).out.size() == 300000);
  CHECK(run_command({"sh", "-c", "echo " + shell_quoted("it's $HOME")}).out == "it's $HOME\n");
}

TEST_CASE("a torn last line of metrics.jsonl is as if it were not there", "[experiment][sweep]") {
  const auto file = std::filesystem::temp_directory_path() / "fedtide-test-metrics.jsonl";
  std::ofstream(file) << R"({"round": 0, "time_s": 0, "test_accuracy": 0.5, "bytes_down": 0, "bytes_up": 0})" << '\n'
                      << R"({"round": 1, "time_s": 1.5, "test_accuracy": null, "bytes_down": 3, "bytes_up": 4})" << '\n'
                      << R"({"round": 2, "time_s": 2.5, "test_accuracy": 0.75, "bytes_do)";
  const MetricSeries series = read_metrics(file, "test_accuracy");
  std::filesystem::remove(file);
  REQUIRE(series.points.size() == 1);
  CHECK(series.points[0].value == 0.5);
  CHECK(series.last.round == 1);
  CHECK(series.last.bytes == 7);
  CHECK(series.names.size() == 5);
  CHECK(read_metrics("/nowhere/metrics.jsonl", "test_accuracy").empty);
}
