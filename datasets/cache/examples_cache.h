#pragma once
// Examples with their clients, converted once from a format that takes long to read: LEAF's JSON, which is text.
//
// One file for each list of sources, in $XDG_CACHE_HOME/fedtide or ~/.cache/fedtide, named by the sources' absolute
// paths. It holds the sources' sizes and XXH3 digests, and counts only for files of just this content: a source that
// was edited makes it stale, one that was only touched does not. The layout, all integers little-endian:
//   "fedtide examples 1\n", u64 length of the rest, u64 u64 XXH3-128 of the rest, the rest:
//   sources: u64 count, for each a text (path), u64 size, u64 u64 XXH3-128
//   clients: u64 count, for each a text (name), u64 begin, u64 end
//   u64 samples, kind, width, count of dims, dims; u64 whether the values are bytes; the values, u64 count and u8 or
//   f32 texts; u64 kind of labels; labels, u64 count and f64; texts of labels; coarse, u64 count and i32; a text:
//   checksums
// where a text is u64 length and its bytes, and texts are u64 count and each a text.

#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/client_examples.h"

namespace fedtide {

/// The cache file of these sources, whether it is there or not; empty where neither XDG_CACHE_HOME nor HOME is set.
std::string examples_cache_path(const std::vector<std::string>& sources);

/// What the cache of these sources holds. Nothing where there is none; nothing, and a remark, where it is damaged or of
/// other content. Reads the sources to compare their digests.
std::optional<ClientExamples> read_examples_cache(const std::vector<std::string>& sources);

/// Writes the cache under a temporary name, forces it to the disk and renames it; returns its path. Failure(no_output)
/// where there is no place for it, Failure(io) where the disk fails.
std::string write_examples_cache(const std::vector<std::string>& sources, const ClientExamples& examples);

}  // namespace fedtide
