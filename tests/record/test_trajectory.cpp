#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/record/digest.h"
#include "sim/record/trajectory_reader.h"
#include "tests/catch.h"
#include "tests/record/support.h"

using namespace fedtide;

namespace {

/// Runs check_layout.py on a trajectory; its output is shown when it fails.
void check_with_python(const std::filesystem::path& trajectory, const std::string& mode) {
  const std::string script = std::string(FEDTIDE_SOURCE_DIR) + "/tests/record/check_layout.py";
  if (std::system("/usr/bin/python3 -c 'import h5py, xarray, h5netcdf, netCDF4' 2>/dev/null") != 0) {
    if (std::getenv("CI") != nullptr) FAIL("h5py, xarray, h5netcdf and netCDF4 are needed");
    WARN("no h5py, xarray, h5netcdf and netCDF4: the layout is not checked");
    return;
  }
  const std::string command = "/usr/bin/python3 " + script + " '" + trajectory.string() + "' " + mode;
  REQUIRE(std::system(command.c_str()) == 0);
}

}  // namespace

TEST_CASE("a trajectory opens in h5py, xarray with both engines and ncdump, with names and units") {
  TemporaryFolder folder;
  record_sample(folder / "run");
  check_with_python(folder / "run" / "trajectory.h5", "full");
}

TEST_CASE("a run of no rounds writes an empty file that opens everywhere") {
  TemporaryFolder folder;
  SampleRun none;
  none.rounds = 0;
  none.traces = 0;
  none.evaluate = false;
  none.weights = 0;
  record_sample(folder / "run", none);
  check_with_python(folder / "run" / "trajectory.h5", "empty");
  REQUIRE(digest(folder / "run").size() > 10);
}

TEST_CASE("metrics.jsonl has a line for the initial model and one a committed round, accuracy where it was measured") {
  TemporaryFolder folder;
  record_sample(folder / "run");
  std::istringstream lines(text_of(folder / "run" / "metrics.jsonl"));
  std::int64_t round = 0;
  for (std::string text; std::getline(lines, text); ++round) {
    const auto line = nlohmann::json::parse(text);
    REQUIRE(line["round"] == round);
    REQUIRE(line["test_accuracy"].is_null() == (round % 4 != 0));
    REQUIRE(line["bytes_up"] == 5000 * round);
  }
  REQUIRE(round == 13);
}

TEST_CASE("a trajectory can be built in the middle of a run and again at its end") {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder / ".spool");
  TrajectoryRecorder recorder(folder.path(), {});
  RoundRecord round;
  round.round = 1;
  recorder.on_round(round);
  recorder.finish({});
  const auto first = digest(folder.path());
  round.round = 2;
  recorder.on_round(round);
  REQUIRE(recorder.rounds() == 2);
  recorder.finish({});
  REQUIRE(digest(folder.path()) != first);
}

TEST_CASE(
    "a sample of the clients has all turns of some and none of the others, whatever is asked of it in which order") {
  const auto turns_of = [](double share, std::uint64_t seed) {
    TemporaryFolder folder;
    std::filesystem::create_directories(folder / ".spool");
    TrajectoryRecorder recorder(folder.path(), {.trace = TraceDetail::sample, .trace_share = share, .seed = seed});
    for (std::uint32_t turn = 0; turn < 3; ++turn) {
      for (std::uint32_t client = 0; client < 1000; ++client) {
        ClientTrace trace;
        trace.client = ClientId{client};
        trace.turn = turn;
        recorder.on_trace(trace);
      }
    }
    recorder.finish({});
    const TrajectoryReader file(folder.path());
    REQUIRE(file.text("trace") == "sample");
    REQUIRE(file.number("trace_share") == share);
    return file.wholes("/trace/client");
  };
  const std::vector<std::int64_t> tenth = turns_of(0.1, 7);
  // 1000 draws with probability 0.1: 100 with a standard deviation of 9.5.
  REQUIRE(std::abs(static_cast<double>(tenth.size()) / 3 - 100) < 3 * 9.5);
  for (const std::int64_t client : tenth) {
    REQUIRE(std::count(tenth.begin(), tenth.end(), client) == 3);
    REQUIRE(is_traced(7, ClientId{static_cast<std::uint32_t>(client)}, 0.1));
  }
  const std::vector<std::int64_t> fifth = turns_of(0.2, 7);
  for (const std::int64_t client : tenth) REQUIRE(std::count(fifth.begin(), fifth.end(), client) == 3);
  REQUIRE(turns_of(0.1, 8) != tenth);
}

TEST_CASE("what happened after the last commit is a row of its own, absent where a run was cut short") {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder / ".spool");
  TrajectoryRecorder recorder(folder.path(), {});
  recorder.finish({});
  REQUIRE_FALSE(TrajectoryReader(folder.path()).has("/rest/dispatched"));
  RoundRecord rest;
  rest.round = 4;
  rest.dispatched = 11;
  rest.outcomes[static_cast<std::size_t>(Outcome::abandoned)] = 9;
  rest.wasted.compute_s = 2.5;
  recorder.on_end(rest);
  recorder.finish({});
  const TrajectoryReader file(folder.path());
  REQUIRE(file.text("trace") == "none");
  REQUIRE(file.wholes("/rest/round") == std::vector<std::int64_t>{4});
  REQUIRE(file.wholes("/rest/dispatched") == std::vector<std::int64_t>{11});
  REQUIRE(file.wholes("/rest/abandoned") == std::vector<std::int64_t>{9});
  REQUIRE(file.reals("/rest/wasted_compute_s") == std::vector<double>{2.5});
}

TEST_CASE("a column that is missing, or of another kind, is named") {
  TemporaryFolder folder;
  record_sample(folder / "run");
  const TrajectoryReader file(folder / "run");
  const std::string path = (folder / "run" / "trajectory.h5").string();
  REQUIRE(failure_of(ExitCode::data_damaged, [&] { file.wholes("/round_trip"); }) == path + ": /round_trip is missing");
  REQUIRE(failure_of(ExitCode::data_damaged, [&] { file.wholes("/time_s"); }) ==
          path + ": /time_s must hold whole numbers, and holds float64");
  REQUIRE(failure_of(ExitCode::data_damaged, [&] { file.reals("/partition/label_count"); }) ==
          path + ": /partition/label_count must be a column of numbers, and is something else");
  REQUIRE(file.reals("/round").size() == 13);
}

TEST_CASE("the spools go away with the recorder") {
  TemporaryFolder folder;
  record_sample(folder / "run");
  REQUIRE(!std::filesystem::exists(folder / "run" / ".spool"));
}
