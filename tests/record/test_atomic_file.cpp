#include <signal.h>
#include <unistd.h>

#include <chrono>

#include "sim/base/random.h"
#include "sim/record/atomic_file.h"
#include "sim/record/digest.h"
#include "tests/catch.h"
#include "tests/record/support.h"

using namespace fedtide;

namespace {

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("an atomic file appears on commit and leaves nothing beside it") {
  TemporaryFolder folder;
  write_atomically(folder / "a", "old");
  {
    AtomicFile file(folder / "a");
    put_text(file.temporary(), "new");
    REQUIRE(text_of(folder / "a") == "old");
    file.commit();
  }
  REQUIRE(text_of(folder / "a") == "new");
  REQUIRE(names_in(folder.path()) == std::vector<std::string>{"a"});
}

TEST_CASE("an atomic file without a commit leaves the old one and nothing else") {
  TemporaryFolder folder;
  write_atomically(folder / "a", "old");
  {
    AtomicFile file(folder / "a");
    put_text(file.temporary(), "half");
  }
  REQUIRE(text_of(folder / "a") == "old");
  REQUIRE(names_in(folder.path()) == std::vector<std::string>{"a"});
}

TEST_CASE("cleaning up takes what killed writers left, and no file of the user") {
  TemporaryFolder folder;
  const auto left = AtomicFile(folder / "gone").temporary();
  put_text(left, "half");
  put_text(folder / "mine.tmp", "user");
  put_text(folder / ".hidden", "user");
  REQUIRE(names_in(folder.path()).size() == 3);
  remove_stale_temporaries(folder.path());
  REQUIRE(names_in(folder.path()) == std::vector<std::string>{".hidden", "mine.tmp"});
}

TEST_CASE("each failure of an atomic file names the file and the reason") {
  TemporaryFolder folder;
  const auto absent = folder / "absent" / "a";
  REQUIRE(failure_of(ExitCode::io, [&] { write_atomically(absent, "x"); }) ==
          (folder / "absent" / ".fedtide-partial-a").string() + ": cannot create: No such file or directory");
  std::filesystem::create_directories(folder / "d" / "inner");
  REQUIRE(failure_of(ExitCode::io, [&] { write_atomically(folder / "d", "x"); }) ==
          (folder / "d").string() + ": cannot rename the finished file to this name: Is a directory");
  REQUIRE(failure_of(ExitCode::io, [&] { AtomicFile(folder / "b").commit(); }) ==
          (folder / ".fedtide-partial-b").string() + ": cannot open: No such file or directory");
  REQUIRE(failure_of(ExitCode::io, [&] { remove_stale_temporaries(folder / "absent"); }) ==
          (folder / "absent").string() + ": cannot list: No such file or directory");
}

TEST_CASE("a trajectory whose writer is killed at any moment is whole or absent") {
  TemporaryFolder folder;
  SampleRun other;
  other.weight = 0.75f;
  record_sample(folder / "one");
  const auto start = std::chrono::steady_clock::now();
  record_sample(folder / "two", other);
  const auto once = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
  const auto longest = static_cast<std::uint32_t>(4 * once.count());  // four times what one trajectory takes
  const auto one = digest(folder / "one");
  const auto two = digest(folder / "two");
  REQUIRE(one != two);

  Stream moments(20260101, Purpose::ties);
  int absent = 0;
  int partial = 0;
  for (int attempt = 0; attempt < 50; ++attempt) {
    const auto run = folder / "run";
    std::filesystem::remove_all(run);
    std::filesystem::create_directories(run);
    const pid_t child = start_child([&] {
      for (;;) {
        record_sample(run);
        record_sample(run, other);
      }
      return 0;
    });
    ::usleep(moments.next32() % longest);
    ::kill(child, SIGKILL);
    REQUIRE(wait_for(child) == -SIGKILL);
    partial += std::filesystem::exists(AtomicFile(run / "trajectory.h5").temporary()) ? 1 : 0;
    remove_stale_temporaries(run);
    REQUIRE(!std::filesystem::exists(AtomicFile(run / "trajectory.h5").temporary()));
    if (!std::filesystem::exists(run / "trajectory.h5")) {
      ++absent;
      continue;
    }
    const auto found = digest(run);
    REQUIRE((found == one || found == two));
  }
  // Not vacuous: some were killed before the first was done, some in the middle of writing, some later.
  CHECK(absent > 0);
  CHECK(absent < 50);
  CHECK(partial > 0);
}
