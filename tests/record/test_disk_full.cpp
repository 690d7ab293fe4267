#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sim/record/digest.h"
#include "tests/catch.h"
#include "tests/record/support.h"

using namespace fedtide;

namespace {

SampleRun large() {
  SampleRun run;
  run.traces = 60000;  // four blocks of 1.3 MB in the spool
  return run;
}

/// A tmpfs of a given size, unmounted at the end whatever happens.
struct SmallDisk {
  SmallDisk(const std::filesystem::path& where, const std::string& options)
      : path(where), ok(::mount("tmpfs", where.c_str(), "tmpfs", 0, options.c_str()) == 0) {}
  ~SmallDisk() {
    if (ok) ::umount2(path.c_str(), MNT_DETACH);
  }
  std::filesystem::path path;
  bool ok;
};

/// What must hold after a child that recorded into `run` ended with `status`.
void require_clean(int status, const std::filesystem::path& run, const std::filesystem::path& message) {
  CAPTURE(status, text_of(message));
  REQUIRE((status == 0 || status == 74));
  if (status == 0) {
    REQUIRE_NOTHROW(digest(run));
    return;
  }
  REQUIRE(text_of(message).starts_with(run.string() + "/"));
  REQUIRE(!std::filesystem::exists(run / "trajectory.h5"));
  REQUIRE(!std::filesystem::exists(run / ".fedtide-partial-trajectory.h5"));
}

}  // namespace

TEST_CASE("a file size limit at any point ends in an io failure with the reason, never in a crash") {
  TemporaryFolder folder;
  int failed = 0;
  int done = 0;
  for (rlim_t limit : {rlim_t{0}, rlim_t{200}, rlim_t{4} << 10, rlim_t{100} << 10, rlim_t{2} << 20, rlim_t{64} << 20}) {
    const auto run = folder / ("run" + std::to_string(limit));
    const pid_t child = start_child(
        [&] {
          const rlimit soft = {limit, RLIM_INFINITY};
          ::setrlimit(RLIMIT_FSIZE, &soft);
          try {
            record_sample(run, large());
          } catch (const Failure&) {
            const rlimit none = {RLIM_INFINITY, RLIM_INFINITY};  // for the message
            ::setrlimit(RLIMIT_FSIZE, &none);
            throw;
          }
          return 0;
        },
        folder / "message");
    const int status = wait_for(child);
    require_clean(status, run, folder / "message");
    (status == 0 ? done : failed) += 1;
    if (status != 0) {
      REQUIRE(text_of(folder / "message")
                  .ends_with("File too large; raise the limit of file sizes (ulimit -f) or choose "
                             "another output directory"));
    }
  }
  REQUIRE(failed >= 4);
  REQUIRE(done >= 1);
}

TEST_CASE("HDF5 itself running into the limit is an io failure of the trajectory") {
  // No trace, so that the spools stay in memory and the trajectory is the only large file.
  TemporaryFolder folder;
  SampleRun run;
  run.traces = 0;
  run.weights = 1;
  run.clients = 200000;
  int failed = 0;
  for (rlim_t limit = 64 << 10; limit <= rlim_t{4} << 20; limit = limit * 3 / 2) {
    const auto path = folder / ("run" + std::to_string(limit));
    const pid_t child = start_child(
        [&] {
          const rlimit soft = {limit, RLIM_INFINITY};
          ::setrlimit(RLIMIT_FSIZE, &soft);
          record_sample(path, run);
          return 0;
        },
        folder / "message");
    const int status = wait_for(child);
    require_clean(status, path, folder / "message");
    if (status == 0) continue;
    ++failed;
    CHECK(text_of(folder / "message").find("trajectory.h5: cannot ") != std::string::npos);
    CHECK(text_of(folder / "message").find("File too large; raise the limit") != std::string::npos);
  }
  REQUIRE(failed >= 3);
}

TEST_CASE("a full disk at any point ends in an io failure with the reason, never in a crash") {
  TemporaryFolder folder;
  const auto disk = folder / "disk";
  std::filesystem::create_directory(disk);
  int failed = 0;
  int done = 0;
  for (const int kilobytes : {40, 200, 1400, 2800, 4200, 5400, 5600, 5700, 6000, 16000}) {
    const std::string options = "size=" + std::to_string(kilobytes) + "k";
    const SmallDisk mounted(disk, options);
    if (!mounted.ok) {
      WARN("cannot mount a small disk (not root?): disk full is not tested");
      return;
    }
    const pid_t child = start_child(
        [&] {
          record_sample(disk / "run", large());
          return 0;
        },
        folder / "message");
    const int status = wait_for(child);
    require_clean(status, disk / "run", folder / "message");
    if (status != 0) {
      CHECK(text_of(folder / "message").find("No space left on device; free some space") != std::string::npos);
    }
    (status == 0 ? done : failed) += 1;
  }
  REQUIRE(failed >= 5);
  REQUIRE(done >= 1);
}
