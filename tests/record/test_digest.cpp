#include <unistd.h>

#include <cmath>

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
  put_text(path, "");
  REQUIRE(failure_of(ExitCode::data_damaged, [&] { digest(path); }) ==
          path + ": has no hash at its end: it is cut off, or no file of fedtide as it was written");
  put_text(path, "no HDF5 at all");
  seal_file(path);
  REQUIRE(failure_of(ExitCode::data_damaged, [&] { digest(path); }) ==
          path + ": is not an HDF5 file, or cut off at the start");
  const auto write = [&](const char* kind, std::int32_t version) {
    Hdf5File file(path);
    {
      Hdf5Group root = file.root();
      root.attribute("filetype", kind);
      const std::int32_t versions[] = {version, 0};
      root.attribute("version", versions);
    }
    file.close();
    seal_file(path);
  };
  write("statepoint", 1);
  REQUIRE(failure_of(ExitCode::data_damaged, [&] { digest(path); }) ==
          path + ": is no trajectory: its attribute filetype is \"statepoint\", \"fedtide-trajectory\" is needed");
  write("fedtide-trajectory", 2);
  REQUIRE(failure_of(ExitCode::data_damaged, [&] { digest(path); }) ==
          path + ": is of format version 2, this program knows 1");
}

TEST_CASE("a trajectory with one bit changed, or cut off anywhere, or with more at its end is refused") {
  TemporaryFolder folder;
  SampleRun small;
  small.traces = 50;
  record_sample(folder / "a", small);
  const std::string bytes = text_of(folder / "a" / "trajectory.h5");
  const std::string path = (folder / "damaged.h5").string();
  Stream draw(7, Purpose::ties);
  for (int i = 0; i < 500; ++i) {
    std::string damaged = bytes;
    damaged[draw.next32() % damaged.size()] ^= static_cast<char>(1u << (draw.next32() % 8));
    put_text(path, damaged);
    REQUIRE(failure_of(ExitCode::data_damaged, [&] { digest(path); }).starts_with(path + ": "));
  }
  for (int i = 0; i < 100; ++i) {
    put_text(path, bytes.substr(0, draw.next32() % bytes.size()));
    REQUIRE(failure_of(ExitCode::data_damaged, [&] { digest(path); }).starts_with(path + ": "));
  }
  put_text(path, bytes + "x");
  REQUIRE(!failure_of(ExitCode::data_damaged, [&] { digest(path); }).empty());
}

TEST_CASE("a damaged file is named with both hashes") {
  TemporaryFolder folder;
  const std::string path = (folder / "f").string();
  put_text(path, "content");
  const FileHash sealed = seal_file(path);
  REQUIRE(sealed == hash_file(path));
  REQUIRE_NOTHROW(require_sealed(path));
  std::string text = text_of(path);
  text[0] = 'C';
  put_text(path, text);
  REQUIRE(failure_of(ExitCode::data_damaged, [&] { require_sealed(path); }) ==
          path + ": is damaged: its content has the hash " + hash_text("Content") + ", its last line says " +
              hash_text("content"));
}

TEST_CASE("a sealed file that no run wrote is refused for what is in it") {
  TemporaryFolder folder;
  const std::string path = (folder / "f.h5").string();
  const std::string rest = "; the file is damaged or not written by fedtide";
  const auto digest_of = [&](const std::function<void(Hdf5Group&)>& fill) {
    Hdf5File file(path);
    {
      Hdf5Group root = file.root();
      root.attribute("filetype", "fedtide-trajectory");
      const std::int32_t version[] = {1, 0};
      root.attribute("version", version);
      fill(root);
    }
    file.close();
    seal_file(path);
    return failure_of(ExitCode::data_damaged, [&] { digest(path); });
  };
  REQUIRE(digest_of([](Hdf5Group&) {}).empty());
  const auto nest = [](const Hdf5Group& group, int depth, const auto& self) -> void {
    if (depth > 0) self(group.group("g"), depth - 1, self);
  };
  REQUIRE(digest_of([&](Hdf5Group& root) { nest(root, 10, nest); }) ==
          path + ": /g/g/g/g/g/g/g/g/g: groups nested too deeply" + rest);
  // A dataset that claims far more values than the file has bytes for: created and never filled.
  REQUIRE(digest_of([](Hdf5Group& root) {
            root.dimension("d", 1'000'000);
            root.variable({.name = "v"}, {"d"}).close();
          }) == path + ": /v: 1000000 x 1 values in 0 bytes" + rest);
}
