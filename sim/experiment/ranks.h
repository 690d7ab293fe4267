#pragma once
// One run by several processes: rank 0 plays the timeline, keeps the record, and computes jobs like the others, who
// hold the data and do nothing else. Every rank reads the same experiment.

#include <optional>
#include <string>

#include "sim/engine/post.h"
#include "sim/experiment/assembly.h"

namespace fedtide {

/// What a process says of itself before the run. Bits depend on program, build and kernels.
struct Standing {
  int code = 0;       ///< exit code of a mistake in the experiment; 0: none
  std::string error;  ///< its text
  std::string config_hash;
  std::string program;  ///< hash of the program's file
  std::string build;    ///< compiler, flags, kernels
  std::string host;
};
/// Of this process with an experiment of this hash.
Standing own_standing(const std::string& config_hash);

/// Rank 0 hears all others, and they may go on. Failure of the first with a mistake, or when one is of another kind.
void agree(Post& post, const Standing& own);
/// The others' side: none when they may go on, or the exit code when it is over.
std::optional<int> hear(Post& post, const Standing& own);

/// What data a rank holds, in short: the same where they are the same.
std::string data_fingerprint(const Assembly& assembly);

/// Computes jobs until rank 0 says that the run is over; its exit code. An error is rank 0's to tell.
int serve(ExperimentConfig& config, Post& post);

}  // namespace fedtide
