#pragma once
// The bits of a run as text: one hash a dataset of its trajectory, so that two runs can be compared and a paper can
// state them.

#include <filesystem>
#include <string>
#include <vector>

namespace fedtide {

/// One dataset's hash (XXH3-128 of its type, lengths and values), or that of the whole (path "whole").
struct DigestLine {
  std::string hex;
  std::string path;
  bool operator==(const DigestLine&) const = default;
};

/// Of a trajectory or of a run directory that holds one: the datasets in the order of their paths, then the whole. What
/// differs between equal runs, `/provenance`, is left out. Errors: Failure(no_input) when there is none,
/// Failure(data_damaged) when it is damaged, of another kind or of a newer format.
std::vector<DigestLine> digest(const std::filesystem::path& run);

/// "<hex>  <path>\n" a line, as the coreutils' *sum programs print.
std::string to_text(const std::vector<DigestLine>& lines);

}  // namespace fedtide
