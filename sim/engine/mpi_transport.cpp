#include "sim/engine/mpi_transport.h"

#include <cstdlib>

#include "sim/base/error.h"

#ifdef FEDTIDE_MPI
#define OMPI_SKIP_MPICXX 1  // the old C++ interface would have to be linked
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>
#endif

namespace fedtide {
namespace {

std::optional<int> number_of(const char* variable) {
  const char* text = std::getenv(variable);
  if (!text || !*text) return std::nullopt;
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  if (*end != '\0' || value < 0 || value > 1'000'000) return std::nullopt;
  return static_cast<int>(value);
}

}  // namespace

std::optional<Launch> mpi_launch() {
  // Open MPI's mpirun; MPICH, Intel MPI and Slurm's PMI-2; MVAPICH; Slurm's PMIx, which leaves the number to Slurm.
  constexpr const char* kNames[][2] = {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                                       {"PMI_RANK", "PMI_SIZE"},
                                       {"MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"},
                                       {"PMIX_RANK", "SLURM_STEP_NUM_TASKS"}};
  for (const auto& [rank_name, size_name] : kNames) {
    const auto rank = number_of(rank_name), ranks = number_of(size_name);
    if (rank && ranks && *rank < *ranks) return Launch{*rank, *ranks};
  }
  return std::nullopt;
}

#ifdef FEDTIDE_MPI

namespace {

// A letter is sent in pieces, whose length MPI counts in an int.
constexpr std::size_t kPiece = std::size_t{1} << 30;
constexpr int kMore = 1, kLast = 2;  // tags

class MpiTransport final : public Transport {
 public:
  MpiTransport() {
    int given = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &given);
    if (given < MPI_THREAD_FUNNELED) {
      MPI_Finalize();
      throw Failure(ExitCode::usage, "execution.executor: this MPI allows no threads beside the one that uses it");
    }
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks_);
    begun_.resize(static_cast<std::size_t>(ranks_));
  }
  ~MpiTransport() override { MPI_Finalize(); }

  int rank() const override { return rank_; }
  int ranks() const override { return ranks_; }

  void send(int to, SharedBytes letter) override {
    for (std::size_t begin = 0; begin < letter->size(); begin += kPiece) {
      const std::size_t size = std::min(kPiece, letter->size() - begin);
      const int tag = begin + size < letter->size() ? kMore : kLast;
      MPI_Request request = MPI_REQUEST_NULL;
      MPI_Isend(letter->data() + begin, static_cast<int>(size), MPI_BYTE, to, tag, MPI_COMM_WORLD, &request);
      on_the_way_.push_back({letter, request});
    }
  }

  std::optional<Letter> receive() override {
    for (;;) {
      int there = 0;
      MPI_Status status;
      MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &there, &status);
      if (!there) return std::nullopt;
      int size = 0;
      MPI_Get_count(&status, MPI_BYTE, &size);
      std::string& bytes = begun_[static_cast<std::size_t>(status.MPI_SOURCE)];
      const std::size_t before = bytes.size();
      bytes.resize(before + static_cast<std::size_t>(size));
      MPI_Recv(bytes.data() + before, size, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, MPI_COMM_WORLD,
               MPI_STATUS_IGNORE);
      if (status.MPI_TAG == kLast) return Letter{status.MPI_SOURCE, std::exchange(bytes, {})};
    }
  }

  bool sent() override {
    std::erase_if(on_the_way_, [](Piece& piece) {
      int done = 0;
      MPI_Test(&piece.request, &done, MPI_STATUS_IGNORE);
      return done != 0;
    });
    return on_the_way_.empty();
  }

 private:
  struct Piece {
    SharedBytes letter;
    MPI_Request request;
  };

  int rank_ = 0;
  int ranks_ = 1;
  std::vector<std::string> begun_;  // by sender: pieces of a letter whose last has not come
  std::deque<Piece> on_the_way_;
};

}  // namespace

bool has_mpi() { return true; }
std::unique_ptr<Transport> open_mpi() { return std::make_unique<MpiTransport>(); }

#else

bool has_mpi() { return false; }
std::unique_ptr<Transport> open_mpi() {
  throw Failure(ExitCode::usage,
                "execution.executor: mpi needs a program that is built with MPI, and this one is not; install "
                "libopenmpi-dev and openmpi-bin and build again, or use tbb");
}

#endif

}  // namespace fedtide
