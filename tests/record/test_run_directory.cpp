#include <signal.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "sim/record/host.h"
#include "sim/record/run_directory.h"
#include "tests/catch.h"
#include "tests/record/support.h"

using namespace fedtide;

namespace {

std::string refusal(const std::filesystem::path& path, bool force = false) {
  return failure_of(ExitCode::no_output, [&] { RunDirectory directory(path, force); });
}

/// Two ends of a pipe, to make processes wait for one another.
struct Pipe {
  int ends[2];
  Pipe() { REQUIRE(::pipe(ends) == 0); }
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  void tell() const { REQUIRE(::write(ends[1], "x", 1) == 1); }
  void wait() const {
    char x;
    REQUIRE(::read(ends[0], &x, 1) == 1);
  }
};

}  // namespace

TEST_CASE("a run directory is created with its parents and holds what is written") {
  TemporaryFolder folder;
  const RunDirectory directory(folder / "a" / "b c", false);
  directory.write_config("name: x\n", "{}");
  RunInfo info;
  info.host = "here";
  info.threads = 3;
  directory.write_info(info);
  REQUIRE(text_of(folder / "a" / "b c" / "config.yaml") == "name: x\n");
  REQUIRE(text_of(folder / "a" / "b c" / "config.json") == "{}");
  auto json = nlohmann::json::parse(text_of(folder / "a" / "b c" / "run.json"));
  REQUIRE(json["status"] == "running");
  REQUIRE(json["exit_code"].is_null());
  REQUIRE(json["trajectory"].is_null());
  REQUIRE(json["host"] == "here");
  REQUIRE(json["threads"] == 3);

  info.status = RunStatus::complete;
  info.exit_code = 0;
  info.trajectory = FileHash{123, "ab"};
  info.reason = "bad \xff byte";
  directory.write_info(info);
  json = nlohmann::json::parse(text_of(folder / "a" / "b c" / "run.json"));
  REQUIRE(json["status"] == "complete");
  REQUIRE(json["exit_code"] == 0);
  REQUIRE(json["trajectory"]["bytes"] == 123);
  REQUIRE(json["trajectory"]["xxh3_128"] == "ab");
}

TEST_CASE("an existing run is refused without force, with its status and what to do") {
  TemporaryFolder folder;
  const std::string run = (folder / "run").string();
  const std::string rest = "; choose another output directory, or --force to replace that run";
  {
    RunDirectory directory(run, false);
    directory.write_info({});
  }
  REQUIRE(refusal(run) == run + ": holds a run already (its process died before the end)" + rest);
  RunInfo complete;
  complete.status = RunStatus::complete;
  put_text(folder / "run" / "run.json", to_json(complete));
  REQUIRE(refusal(run) == run + ": holds a run already (status: complete)" + rest);
  put_text(folder / "run" / "run.json", "{\"sta");
  REQUIRE(refusal(run) == run + ": holds a run already" + rest);
}

TEST_CASE("force replaces a run's files and keeps every other") {
  TemporaryFolder folder;
  {
    RunDirectory directory(folder / "run", false);
    directory.write_info({});
    directory.write_config("a", "b");
  }
  for (const char* name : {"trajectory.h5", "metrics.jsonl", "mine.txt", ".fedtide-partial-trajectory.h5"}) {
    put_text(folder / "run" / name, "x");
  }
  RunDirectory directory(folder / "run", true);
  for (const char* name :
       {"trajectory.h5", "metrics.jsonl", "config.yaml", "config.json", ".fedtide-partial-trajectory.h5"}) {
    REQUIRE(!std::filesystem::exists(folder / "run" / name));
  }
  REQUIRE(text_of(folder / "run" / "mine.txt") == "x");
  REQUIRE(nlohmann::json::parse(text_of(folder / "run" / "run.json"))["status"] == "running");
}

TEST_CASE("a folder of the user with a config.yaml is no run's directory, whatever is forced") {
  TemporaryFolder folder;
  const std::string path = folder.path().string();
  put_text(folder / "config.yaml", "mine");
  for (const bool force : {false, true}) {
    REQUIRE(refusal(path, force) ==
            path +
                ": config.yaml is there and would be replaced, but without a run.json this is no "
                "directory of a run; choose another output directory");
  }
  REQUIRE(text_of(folder / "config.yaml") == "mine");
}

TEST_CASE("an output path that cannot be a directory is refused with the reason") {
  TemporaryFolder folder;
  const std::string file = (folder / "file").string();
  put_text(file, "x");
  REQUIRE(refusal("") == "output directory: is an empty name; name a directory");
  REQUIRE(refusal(file) == file + ": is a file, a directory is needed; choose another output directory");
  REQUIRE(refusal(file + "/below") ==
          file + "/below: cannot create the directory: Not a directory; choose another output directory");
  const std::string link = (folder / "link").string();
  std::filesystem::create_symlink(folder / "absent", link);
  REQUIRE(refusal(link) == link + ": is a link to nothing; remove it or choose another output directory");
  const std::string long_name = (folder / std::string(4096, 'a')).string();
  REQUIRE(refusal(long_name).find("File name too long; choose another output directory") != std::string::npos);
  REQUIRE(refusal("/dev/full") == "/dev/full: is a file, a directory is needed; choose another output directory");
}

TEST_CASE("a directory without permission is refused before any work") {
  if (::geteuid() != 0) {
    WARN("not root: cannot become another user; nothing tested");
    return;
  }
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "theirs");
  const auto as_nobody = [&](const std::string& path) {
    TemporaryFolder messages;
    const pid_t child = start_child([&] {
      if (::setegid(65534) != 0 || ::seteuid(65534) != 0) return 98;
      const std::string message = refusal(path);
      if (::seteuid(0) != 0) return 97;  // leak checkers look into their own process at its end
      put_text(messages / "message", message);
      return message.empty() ? 0 : 73;
    });
    REQUIRE(wait_for(child) == 73);
    return text_of(messages / "message");
  };
  const std::string theirs = (folder / "theirs").string();
  REQUIRE(as_nobody(theirs) ==
          theirs + ": cannot write in this directory: Permission denied; choose another output directory");
  REQUIRE(as_nobody(theirs + "/new") ==
          theirs + "/new: cannot create the directory: Permission denied; choose another output directory");
}

TEST_CASE("a second process is refused with the pid and host of the first, until that one is dead") {
  TemporaryFolder folder;
  const std::string run = (folder / "run").string();
  Pipe locked;
  const pid_t child = start_child([&] {
    RunDirectory directory(run, false);
    locked.tell();
    for (;;) ::pause();
    return 0;
  });
  locked.wait();
  const std::string message = run + ": is in use by process " + std::to_string(child) + " on " + host_name() +
                              "; wait until it ends or choose another output directory";
  REQUIRE(refusal(run) == message);
  REQUIRE(refusal(run, true) == message);
  ::kill(child, SIGKILL);
  wait_for(child);
  REQUIRE_NOTHROW(RunDirectory(run, false));
}

TEST_CASE("of twenty processes that start at once in one directory, one gets it") {
  TemporaryFolder folder;
  Pipe done;
  std::vector<pid_t> children;
  for (int i = 0; i < 20; ++i) {
    children.push_back(start_child([&] {
      RunDirectory directory(folder / "run", false);
      done.tell();  // holds on until the end of the test
      for (;;) ::pause();
      return 0;
    }));
  }
  done.wait();
  // The losers end by themselves; the winner is the one that is left, and is killed.
  int refused = 0;
  for (int i = 0; i < 19; ++i) refused += wait_for(-1) == 73 ? 1 : 0;
  REQUIRE(refused == 19);
  for (const pid_t child : children) ::kill(child, SIGKILL);
  REQUIRE(wait_for(-1) == -SIGKILL);
}

TEST_CASE("the host, the processor and the time are told in one line each") {
  for (const std::string& text : {host_name(), cpu_model(), utc_now(), compiler_version(), eigen_version()}) {
    REQUIRE(!text.empty());
    REQUIRE(text.find('\n') == text.npos);
  }
  REQUIRE(utc_now().size() == 20);
  REQUIRE(utc_now().back() == 'Z');
}

TEST_CASE("what run.json says is read back, and what is no run.json is none") {
  TemporaryFolder folder;
  REQUIRE(!read_info(folder.path()));
  RunInfo info;
  info.status = RunStatus::stopped;
  info.reason = "interrupted";
  info.exit_code = 75;
  info.started = "2026-01-01T00:00:00Z";
  info.wall_seconds = 2.5;
  info.threads = 3;
  info.config_hash = "ab";
  info.trajectory = FileHash{123, "cd"};
  info.resumed = 2;
  info.resumed_round = 40;
  put_text(folder / "run.json", to_json(info));
  REQUIRE(to_json(read_info(folder.path()).value()) == to_json(info));
  put_text(folder / "run.json", to_json({}));
  REQUIRE(to_json(read_info(folder.path()).value()) == to_json({}));
  for (const char* text : {"", "{\"sta", "[]", "{}", R"({"status": "odd"})", R"({"status": 3})"}) {
    put_text(folder / "run.json", text);
    REQUIRE(!read_info(folder.path()));
  }
  put_text(folder / "run.json", R"({"status": "running", "threads": "three", "config_hash": 5, "trajectory": 1})");
  REQUIRE(read_info(folder.path())->threads == 0);
  REQUIRE(read_info(folder.path())->config_hash.empty());
}
