#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/record/digest.h"
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

TEST_CASE("the spools go away with the recorder") {
  TemporaryFolder folder;
  record_sample(folder / "run");
  REQUIRE(!std::filesystem::exists(folder / "run" / ".spool"));
}
