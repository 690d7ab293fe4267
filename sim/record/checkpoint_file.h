#pragma once
// A snapshot of a run as a file. Flat and of our own, not HDF5: it is read back by the same program only, a hash of all
// of it is checked before a single value is believed, and a library that trusts its input never opens it. In the host's
// byte order:
//
//   header   magic "fedtide\x01", format, byte-order mark, bytes of the content, XXH3-128 of the content, then the
//            first 16 digits of the XXH3-128 of all before
//   content  bytes of the page, the page (identity, rows, and the snapshot with vectors by number), the vectors
//
// Two generations are kept, `checkpoint` and `checkpoint.prev`; each is whole or absent, and one of them is always
// there once the first has been written.

#include <cstdint>
#include <filesystem>
#include <string>

#include "sim/base/error.h"
#include "sim/federation/snapshot.h"

namespace fedtide {

/// Which program took it of which run, and how much of checkpoint.rows belongs to it.
struct CheckpointOrigin {
  std::string config_hash;  ///< as RunInfo::config_hash
  std::string program;      ///< "fedtide 0.1.0"
  std::string build;        ///< compiler, flags and kernels
  std::uint64_t row_bytes = 0;
  std::string row_hex;
  double wall_seconds = 0;  ///< that the run had taken
};

struct Checkpoint {
  CheckpointOrigin origin;
  Snapshot snapshot;
};

/// It has a format that only later programs know.
struct NewerCheckpoint : Failure {
  using Failure::Failure;
};

std::filesystem::path checkpoint_path(const std::filesystem::path& run);
std::filesystem::path previous_checkpoint_path(const std::filesystem::path& run);
std::filesystem::path checkpoint_rows_path(const std::filesystem::path& run);

/// Writes the newest generation of the run in this directory; the one before becomes the previous. Errors:
/// Failure(io); a generation is then there still, if there was one.
void write_checkpoint(const std::filesystem::path& run, const Checkpoint& checkpoint);

/// Errors: Failure(data_damaged) for what is no checkpoint, a newer format's, damaged or cut off; Failure(no_input)
/// when it cannot be opened; Failure(io) when it cannot be read.
Checkpoint read_checkpoint(const std::filesystem::path& path);

/// Takes away all generations and their rows. Errors: Failure(io).
void remove_checkpoints(const std::filesystem::path& run);

}  // namespace fedtide
