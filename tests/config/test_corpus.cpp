#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "tests/config/helpers.h"
#include "tests/fuzz/config_harness.h"

using namespace fedtide;

namespace {

std::map<std::string, std::string> corpus(const std::string& kind) {
  std::map<std::string, std::string> files;
  const std::filesystem::path folder = std::filesystem::path(FEDTIDE_SOURCE_DIR) / "tests/fuzz/corpus" / kind;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    files[entry.path().filename().string()] = {std::istreambuf_iterator<char>(file), {}};
  }
  return files;
}

}  // namespace

TEST_CASE("every text of the fuzz corpus is read or refused", "[config][fuzz]") {
  const auto files = corpus("yaml");
  REQUIRE(files.size() >= 30);
  for (const auto& [name, text] : files) {
    CAPTURE(name);
    const bool is_loaded = fuzz::run_yaml(text);
    if (name.starts_with("good") || name == "bom-crlf.yaml") CHECK(is_loaded);
    if (name.starts_with("deep") || name == "cycle.yaml" || name == "alias-bomb.yaml") CHECK_FALSE(is_loaded);
  }
}

TEST_CASE("every command line of the fuzz corpus is read or refused", "[config][fuzz]") {
  const auto files = corpus("override");
  REQUIRE(files.size() >= 2);
  for (const auto& [name, text] : files) CHECK_NOTHROW(fuzz::run_overrides(text));
}

TEST_CASE("every sweep of the fuzz corpus is read or refused", "[config][fuzz][sweep]") {
  const auto files = corpus("sweep");
  REQUIRE(files.size() >= 12);
  for (const auto& [name, text] : files) CHECK_NOTHROW(fuzz::run_sweep(text));
}
