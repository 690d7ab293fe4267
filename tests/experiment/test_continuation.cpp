// What a start finds in a run's directory, and what it says of it.

#include "sim/experiment/continuation.h"

#include <unistd.h>

#include "sim/experiment/run.h"
#include "sim/record/atomic_file.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("fedtide-continuation-" + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  void put(const RunInfo& info) const { write_atomically(path / "run.json", to_json(info)); }
};

const ResolvedTexts kResolved{"", R"({"a": 1})", R"({"a":1})"};

RunInfo info_of(RunStatus status, std::optional<int> code) {
  RunInfo info;
  info.status = status;
  info.exit_code = code;
  info.config_hash = hash_text(kResolved.canonical);
  return info;
}

}  // namespace

TEST_CASE("what differs between two configs is said key by key, but for execution and output") {
  REQUIRE(differences(R"({"a": {"b": 1, "c": [1, 2]}, "execution": {"threads": 1}, "output": {"trace": "none"}})",
                      R"({"a": {"b": 2, "c": [1, 2]}, "execution": {"threads": 2}, "output": {}})") ==
          "a.b is 1 there and 2 here");
  REQUIRE(differences(R"({"a": "x", "b": 1})", R"({"a": "y", "c": null})") ==
          "a is \"x\" there and \"y\" here, b is 1 there and not given here, c is not given there and null here");
  REQUIRE(differences(R"({"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1})", "{}").ends_with(", and 2 keys more differ"));
  REQUIRE(differences("{\"a\"", "{}").empty());
}

TEST_CASE("a start is fresh, takes a run up, or finds it at its end") {
  const Folder folder;
  const auto start = [&](bool force = false) { return standing_of(folder.path, force, kResolved).start; };
  REQUIRE(start() == Start::fresh);
  REQUIRE(start(true) == Start::replacing);
  folder.put(info_of(RunStatus::running, {}));
  REQUIRE(start() == Start::resuming);
  REQUIRE(start(true) == Start::replacing);
  folder.put(info_of(RunStatus::stopped, 75));
  REQUIRE(start() == Start::resuming);
  folder.put(info_of(RunStatus::failed, 74));  // a full disk
  REQUIRE(start() == Start::resuming);
  folder.put(info_of(RunStatus::failed, 1));  // diverged
  REQUIRE(start() == Start::over);
  folder.put(info_of(RunStatus::complete, 0));
  REQUIRE(start() == Start::over);
  // Killed while it was to replace another run.
  folder.put({});
  REQUIRE(start() == Start::replacing);
}

TEST_CASE("a run of another experiment is refused, though its config may be gone") {
  const Folder folder;
  RunInfo other = info_of(RunStatus::running, {});
  other.config_hash = "00";
  folder.put(other);
  const auto refusal = [&] {
    try {
      standing_of(folder.path, false, kResolved);
    } catch (const Failure& failure) {
      REQUIRE(failure.code() == ExitCode::no_output);
      return std::string(failure.what());
    }
    return std::string();
  };
  const std::string rest = "; choose another output directory, or --force to replace that run";
  REQUIRE(refusal() == folder.path.string() + ": holds a run of another experiment" + rest);
  write_atomically(folder.path / "config.json", R"({"a": 2})");
  REQUIRE(refusal() == folder.path.string() + ": holds a run of another experiment: a is 2 there and 1 here" + rest);
}
