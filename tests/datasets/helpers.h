#pragma once
// What the tests of data sets share: files that vanish, packed bytes, and what a failure said.

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

#include "sim/base/error.h"
#include "tests/catch.h"

namespace fedtide {

using ByteString = std::vector<std::uint8_t>;

inline ByteString operator+(ByteString a, const ByteString& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// The content as one gzip member.
inline ByteString gzipped(const ByteString& content) {
  z_stream z{};
  REQUIRE(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  ByteString out(deflateBound(&z, static_cast<uLong>(content.size())) + 64);
  z.next_in = const_cast<Bytef*>(content.data());
  z.avail_in = static_cast<uInt>(content.size());
  z.next_out = out.data();
  z.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

/// A folder that is removed at the end of the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "fedtide-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string path() const { return path_.string(); }
  std::string write(const std::string& name, const ByteString& content) const {
    const std::string file = (path_ / name).string();
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
    return file;
  }

 private:
  std::filesystem::path path_;
};

struct Said {
  ExitCode code = ExitCode::done;  ///< done: nothing failed
  std::string message;
  bool operator==(const Said&) const = default;
};
inline std::ostream& operator<<(std::ostream& out, const Said& said) {
  return out << static_cast<int>(said.code) << ": " << said.message;
}

/// What a Failure said; any other exception is a defect and goes on.
template <class Run>
Said said_by(Run run) {
  try {
    run();
    return {};
  } catch (const Failure& failure) {
    return {failure.code(), failure.what()};
  }
}

/// A folder of ../shared/data, or nothing, loudly: then the test cannot run. Under CI a missing one is a failure.
inline std::optional<std::string> shared_data(const std::string& name) {
  const std::filesystem::path shared = std::filesystem::path(FEDTIDE_SOURCE_DIR) / ".." / "shared";
  const std::filesystem::path folder = shared / "data" / name;
  if (std::filesystem::is_directory(folder)) return folder.string();
  WARN("NOT TESTED: " << folder << " is missing");
  if (std::getenv("CI") != nullptr && std::filesystem::exists(shared))
    FAIL("../shared is there but lacks data/" << name);
  return std::nullopt;
}

}  // namespace fedtide
