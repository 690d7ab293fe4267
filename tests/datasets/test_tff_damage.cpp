// What damage does to TFF's HDF5 files. HDF5 1.10 crashes, hangs and takes gigabytes on some of these, which must not
// show. Most of such a file has no checksum, so a changed byte may also give other data: of another size, in another
// order; then they must only be sound.

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <optional>
#include <utility>

#include "datasets/formats/tff.h"
#include "tests/datasets/hostile.h"
#include "tests/datasets/tff_writer.h"

namespace fedtide {
namespace {

constexpr IsolationLimits kLimits{std::uint64_t{80} << 20, 1};

ByteString content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return ByteString(std::istreambuf_iterator<char>(in), {});
}

using Read = void (*)(const std::string&, ClientExamples&, const std::optional<IsolationLimits>&);

ClientExamples read_with(Read read, const std::string& path) {
  ClientExamples examples;
  read(path, examples, kLimits);
  return examples;
}

bool is_sound(const ClientExamples& examples) {
  std::uint64_t samples = 0;
  for (const auto& client : examples.clients) {
    if (client.begin != samples || client.end < client.begin) return false;
    samples = client.end;
  }
  if (samples != examples.samples || examples.places.size() != examples.clients.size()) return false;
  if (examples.kind == ClientExamples::Kind::text) return examples.texts.size() == samples;
  return examples.labels.size() == samples && examples.values.size() == samples * examples.width;
}

/// Changes each byte of the first 2 KiB and each 61st; returns how often it was refused.
int check_flips(const TemporaryFolder& folder, const ByteString& good, Read read) {
  int refused = 0;
  constexpr int kChanges[] = {0x01, 0x10, 0x80, 0xff};
  for (std::size_t i = 0; i < good.size(); i += i < 2048 ? 1 : 61) {
    ByteString bad = good;
    bad[i] = static_cast<std::uint8_t>(bad[i] ^ kChanges[i % 4]);
    const std::string path = folder.write("bad.h5", bad);
    bool sound = true;
    const Said said = said_by([&] { sound = is_sound(read_with(read, path)); });
    refused += said.code == ExitCode::done ? 0 : 1;
    const bool named = said.code == ExitCode::data_damaged && said.message.starts_with(path);
    if (!sound || (said.code != ExitCode::done && !named)) FAIL_CHECK("byte " << i << " changed: " << said);
  }
  return refused;
}

void write_digits(const std::string& path) {
  TffWriter file(path);
  file.digits("a", {0, 0, 0, 1, 0.25f, 0.5f, 0.75f, 1}, {7, 8});
  file.digits("b", {1, 0, 0, 1}, {9});
}
void write_snippets(const std::string& path) {
  TffWriter file(path);
  for (const char* name : {"HAMLET", "OPHELIA", "YORICK"}) {
    file.client(name);
    file.texts("snippets", {"to be", "or not to be", ""});
  }
}

const std::pair<void (*)(const std::string&), Read> kFiles[] = {{&write_digits, &read_tff},
                                                                {&write_snippets, &read_tff_snippets}};

TEST_CASE("a TFF file that is cut is refused") {
  const TemporaryFolder folder;
  for (const auto& [write, read] : kFiles) {
    write(folder.path() + "/a.h5");
    const ByteString good = content_of(folder.path() + "/a.h5");
    for (std::size_t size = 0; size < good.size(); size += 97) {
      INFO("cut after " << size << " of " << good.size());
      const std::string cut =
          folder.write("cut.h5", ByteString(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)));
      CHECK(said_by([&, read = read] { read_with(read, cut); }).code == ExitCode::data_damaged);
    }
  }
}

TEST_CASE("a changed byte of a TFF file is an error or sound data, in little memory") {
  const TemporaryFolder folder;
  for (const auto& [write, read] : kFiles) {
    write(folder.path() + "/a.h5");
    const ByteString good = content_of(folder.path() + "/a.h5");
    int refused = 0;
    CHECK(peak_growth([&, read = read] { refused = check_flips(folder, good, read); }) < 32'000);
    CHECK(refused > 100);
  }
}

TEST_CASE("a changed byte of a TFF file's pixels changes that pixel only") {
  const TemporaryFolder folder;
  write_digits(folder.path() + "/a.h5");
  const ByteString good = content_of(folder.path() + "/a.h5");
  const float pixels[] = {0.25f, 0.5f, 0.75f, 1};
  const ByteString pattern(reinterpret_cast<const std::uint8_t*>(pixels),
                           reinterpret_cast<const std::uint8_t*>(pixels + 4));
  const auto at = std::search(good.begin(), good.end(), pattern.begin(), pattern.end());
  REQUIRE(at != good.end());
  ClientExamples was = read_with(&read_tff, folder.path() + "/a.h5");
  was.values.widen();
  for (std::ptrdiff_t byte = 0; byte < 16; ++byte) {
    ByteString bad = good;
    bad[static_cast<std::size_t>(at - good.begin() + byte)] ^= 0x01;
    ClientExamples is = read_with(&read_tff, folder.write("bad.h5", bad));
    is.values.widen();
    REQUIRE(is.values.size() == was.values.size());
    for (std::size_t i = 0; i < was.values.size(); ++i) {
      CHECK((is.values.floats()[i] != was.values.floats()[i]) == (i == 4 + static_cast<std::size_t>(byte) / 4));
    }
    CHECK(is.labels == was.labels);
  }
}

TEST_CASE("a process that reads may crash, hang, or take all memory") {
  const auto message = [](const std::function<void(const IsolatedReader::Send&)>& read) {
    IsolatedReader reader("F", {std::uint64_t{64} << 20, 1}, read);
    const Said said = said_by([&] {
      while (reader.next()) {
      }
    });
    CHECK((said.code == ExitCode::data_damaged || said.code == ExitCode::done));
    return said.message;
  };
  CHECK(message([](const auto& send) { send("a"); }).empty());
  CHECK(message([](const auto&) { throw Failure(ExitCode::data_damaged, "F: byte 3: bad"); }) == "F: byte 3: bad");
  CHECK(message([](const auto&) { std::_Exit(3); }) ==
        "F: the process that read it ended with code 3; the file is damaged");
  CHECK(message([](const auto&) { ::raise(SIGKILL); }) ==
        "F: the process that read it ended with signal 9; the file is damaged");
  CHECK(message([](const auto&) {
          for (std::atomic<int> i = 0;; ++i) {
          }
        }) == "F: the process that read it did not end in 1 s; the file is damaged");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(message([](const auto& send) { send(std::string(std::size_t{1} << 28, 'a')); }) ==
        "F: reading it takes more memory than a sound file of its size would");
#endif
}

TEST_CASE("messages arrive whole and in order, and a reader may be left early") {
  const auto send_many = [](const IsolatedReader::Send& send) {
    for (std::size_t i = 0; i < 100; ++i) send(std::string(i * 7919, static_cast<char>('a' + i % 26)));
  };
  const IsolationLimits limits{std::uint64_t{64} << 20, 10};
  IsolatedReader reader("F", limits, send_many);
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(reader.next() == std::string(i * 7919, static_cast<char>('a' + i % 26)));
  }
  CHECK_FALSE(reader.next());
  IsolatedReader left("F", limits, send_many);
  CHECK(left.next() == "");
}

}  // namespace
}  // namespace fedtide
