#pragma once
// Letters over MPI: ranks that mpirun or srun started. Optional when the program is built.

#include <optional>

#include "sim/engine/post.h"

namespace fedtide {

/// Whether this build has MPI.
bool has_mpi();

/// What an MPI launcher says of this process before MPI is started; none: no launcher, or one that is not known.
struct Launch {
  int rank = 0;
  int ranks = 1;
};
std::optional<Launch> mpi_launch();

/// Starts MPI, once in a process; the destructor ends it. Failure(usage) in a build without it.
std::unique_ptr<Transport> open_mpi();

}  // namespace fedtide
