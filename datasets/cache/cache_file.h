#pragma once
// Files of a cache: whole and sound, or not there.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fedtide {

/// XXH3-128.
using CacheDigest = std::array<std::uint64_t, 2>;
CacheDigest digest_of(std::string_view bytes);
std::string to_hex(const CacheDigest& digest);
/// Of a file's bytes as they are; nothing when it cannot be read.
std::optional<CacheDigest> digest_of_file(const std::string& path);

/// $XDG_CACHE_HOME/fedtide, else ~/.cache/fedtide; empty without either.
std::string cache_folder();

struct CacheContent {
  bool exists = false;
  std::string damage;   ///< what is wrong with it; empty: nothing
  std::string payload;  ///< of a sound file
};
/// A file that `write_cache_file` wrote with the same heading.
CacheContent read_cache_file(const std::string& path, std::string_view heading);
/// Whole under its name, or not at all: temporary name, fsync, rename. Failure(no_output), Failure(io).
void write_cache_file(const std::string& path, std::string_view heading, std::string_view payload);

}  // namespace fedtide
