#include <unistd.h>

#include <cmath>
#include <map>

#include "sim/base/random.h"
#include "sim/record/digest.h"
#include "sim/record/hash.h"
#include "sim/record/hdf5_file.h"
#include "tests/catch.h"
#include "tests/record/support.h"

using namespace fedtide;

namespace {

/// The paths of the lines in which two digests differ.
std::vector<std::string> differences(const std::vector<DigestLine>& a, const std::vector<DigestLine>& b) {
  REQUIRE(a.size() == b.size());
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < a.size(); ++i) {
    REQUIRE(a[i].path == b[i].path);
    if (a[i].hex != b[i].hex) paths.push_back(a[i].path);
  }
  return paths;
}

}  // namespace

TEST_CASE("XXH3 gives the published value for no bytes, and the same in one piece or many") {
  // XXH3_128bits of the empty input with seed 0, from xxHash's own sanity test vectors.
  REQUIRE(hash_text("") == "99aa06d3014798d86001c324468d497f");
  Hasher hasher;
  hasher.add("fed");
  hasher.add("tide");
  REQUIRE(hasher.hex() == hash_text("fedtide"));
  TemporaryFolder folder;
  put_text(folder / "f", "fedtide");
  REQUIRE(hash_file(folder / "f") == FileHash{7, hash_text("fedtide")});
}

TEST_CASE("two equal runs give equal bytes and equal digests") {
  TemporaryFolder folder;
  const FileHash a = record_sample(folder / "a");
  ::usleep(1'100'000);  // time stamps, were there any, are in whole seconds
  const FileHash b = record_sample(folder / "b");
  REQUIRE(a == b);
  REQUIRE(text_of(folder / "a" / "trajectory.h5") == text_of(folder / "b" / "trajectory.h5"));
  REQUIRE(a == hash_file(folder / "a" / "trajectory.h5"));
  REQUIRE(digest(folder / "a") == digest(folder / "b" / "trajectory.h5"));
}

TEST_CASE("provenance changes the file and no line of the digest") {
  TemporaryFolder folder;
  SampleRun elsewhere;
  elsewhere.host = "another host altogether";
  REQUIRE(!(record_sample(folder / "a") == record_sample(folder / "b", elsewhere)));
  REQUIRE(digest(folder / "a") == digest(folder / "b"));
}

TEST_CASE("one changed value changes its own line and the whole, and no other") {
  TemporaryFolder folder;
  record_sample(folder / "a");
  const auto a = digest(folder / "a");
  SampleRun count;
  count.dispatched = 10;
  record_sample(folder / "b", count);
  REQUIRE(differences(a, digest(folder / "b")) == std::vector<std::string>{"/dispatched", "whole"});
  SampleRun weight;
  weight.weight = std::nextafter(0.25f, 1.0f);
  record_sample(folder / "c", weight);
  REQUIRE(differences(a, digest(folder / "c")) == std::vector<std::string>{"/model/weights", "whole"});
}

TEST_CASE("a digest lists every dataset in the order of the paths, the whole last") {
  TemporaryFolder folder;
  record_sample(folder / "a");
  const auto lines = digest(folder / "a");
  REQUIRE(lines.back().path == "whole");
  std::vector<std::string> paths;
  for (const auto& line : lines) {
    REQUIRE(line.hex.size() == 32);
    if (line.path != "whole") paths.push_back(line.path);
  }
  REQUIRE(std::is_sorted(paths.begin(), paths.end()));
  for (const char* path : {"/round", "/test_accuracy", "/evaluation/client_loss", "/clients/down_rate",
                           "/partition/label_count", "/trace/outcome", "/model/range_name"}) {
    REQUIRE(std::count(paths.begin(), paths.end(), path) == 1);
  }
  REQUIRE(to_text(lines).starts_with(lines[0].hex + "  " + lines[0].path + "\n"));
}

TEST_CASE("what is no trajectory is refused with what it is") {
  TemporaryFolder folder;
  const std::string path = (folder / "f.h5").string();
  REQUIRE(failure_of(ExitCode::no_input, [&] { digest(path); }) == path + ": cannot open: No such file or directory");
  REQUIRE(failure_of(ExitCode::no_input, [&] { digest(folder.path()); }) ==
          folder.path().string() +
              ": no trajectory.h5 in it; it is written when a run ends or is stopped cleanly, see "
              "run.json for how this one stands");
  for (const char* text : {"", "no HDF5 at all"}) {
    put_text(path, text);
    REQUIRE(failure_of(ExitCode::data_damaged, [&] { digest(path); }) ==
            path + ": is not an HDF5 file, or cut off at the start");
  }
  const auto write = [&](const char* kind, std::int32_t version) {
    Hdf5File file(path);
    {
      Hdf5Group root = file.root();
      root.attribute("filetype", kind);
      const std::int32_t versions[] = {version, 0};
      root.attribute("version", versions);
    }
    file.close();
  };
  write("statepoint", 1);
  REQUIRE(failure_of(ExitCode::data_damaged, [&] { digest(path); }) ==
          path + ": is no trajectory: its attribute filetype is \"statepoint\", \"fedtide-trajectory\" is needed");
  write("fedtide-trajectory", 2);
  REQUIRE(failure_of(ExitCode::data_damaged, [&] { digest(path); }) ==
          path + ": is of format version 2, this program knows 1");
}

TEST_CASE("a damaged trajectory is refused or gives the same numbers, never others") {
  TemporaryFolder folder;
  SampleRun small;
  small.traces = 50;
  small.weights = 2000;
  record_sample(folder / "a", small);
  const auto whole = digest(folder / "a");
  const std::string bytes = text_of(folder / "a" / "trajectory.h5");
  const std::string path = (folder / "damaged.h5").string();
  Stream draw(7, Purpose::ties);
  std::map<std::string, int> outcomes;
  for (int i = 0; i < 400; ++i) {
    std::string damaged = bytes;
    damaged[draw.next32() % damaged.size()] ^= static_cast<char>(1u << (draw.next32() % 8));
    put_text(path, damaged);
    try {
      for (const auto& line : differences(whole, digest(path))) {
        // Texts lie in a heap that HDF5 does not checksum; that they changed shows.
        REQUIRE((line == "/model/range_name" || line == "whole"));
      }
      ++outcomes["read"];
    } catch (const Failure& failure) {
      REQUIRE(failure.code() == ExitCode::data_damaged);
      REQUIRE(std::string(failure.what()).starts_with(path + ": "));
      ++outcomes["refused"];
    }
  }
  CHECK(outcomes["refused"] > 50);
  for (int i = 0; i < 50; ++i) {
    put_text(path, bytes.substr(0, draw.next32() % bytes.size()));
    REQUIRE(!failure_of(ExitCode::data_damaged, [&] { digest(path); }).empty());
  }
}
