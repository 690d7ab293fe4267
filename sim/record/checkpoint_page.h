#pragma once
// The content of a checkpoint's file: see checkpoint_file.h.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/record/checkpoint_file.h"
#include "sim/record/posix_file.h"

namespace fedtide {

/// What is written: the page, then the vectors, which are the snapshot's own memory.
struct CheckpointPage {
  std::string text;
  std::vector<std::string_view> vectors;
};
CheckpointPage page_of(const Checkpoint& checkpoint);

/// Reads `content` bytes from `begin` on: the page's length, the page, the vectors. Failure(data_damaged) when they
/// have another form.
Checkpoint parse_page(const FileDescriptor& file, const std::filesystem::path& path, std::uint64_t begin,
                      std::uint64_t content);

}  // namespace fedtide
