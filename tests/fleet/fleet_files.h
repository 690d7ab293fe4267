#pragma once
// Files and entries of the fleet for tests.

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>

#include <unistd.h>

#include "sim/base/error.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/files/gzip.h"
#include "tests/catch.h"

namespace fedtide::testing {

/// A text as the content of a file "test".
inline ContentReader content_of(const std::string& text) {
  return ContentReader::over("test", std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

/// A file that goes when this does.
class TempFile {
 public:
  explicit TempFile(const std::string& text) {
    static int count = 0;
    path_ = (std::filesystem::temp_directory_path() / fmt::format("fedtide-fleet-{}-{}", ::getpid(), count++)).string();
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TempFile() { std::filesystem::remove(path_); }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// An entry of a registry, read from the keys of a YAML mapping.
template <class Entry>
auto read_named(const std::string& name, const std::string& keys) {
  Problems problems;
  return read_config(load_yaml_text("{" + keys + "}", "test.yaml"), problems,
                     [&](Section& s) { return Registry<Entry>::instance().at(name).read(s); });
}

/// The message of the Failure that `act` throws; empty when it throws none.
template <class Act>
std::string said_by(Act act) {
  try {
    act();
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "";
}

/// Cuts a good text after every byte and changes every byte in turn: `read`
/// gives a result or throws a Failure.
template <class Read>
void survives_damage(const std::string& text, Read read) {
  for (std::size_t cut = 0; cut < text.size(); ++cut) said_by([&] { read(text.substr(0, cut)); });
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char other : {'\0', '9', '-', ',', '"', '\n', '}', '\x80', static_cast<char>(text[at] ^ 1)}) {
      std::string changed = text;
      changed[at] = other;
      said_by([&] { read(changed); });
    }
  }
}

/// ../shared/data, or empty, with a loud warning, where there is none.
inline std::string shared_data() {
  const std::string folder = std::string(FEDTIDE_SOURCE_DIR) + "/../shared/data";
  if (std::filesystem::exists(folder)) return folder;
  WARN("../shared/data is missing: not tested against real data");
  REQUIRE_FALSE(
      (std::getenv("CI") != nullptr && std::filesystem::exists(std::string(FEDTIDE_SOURCE_DIR) + "/../shared")));
  return "";
}

}  // namespace fedtide::testing
