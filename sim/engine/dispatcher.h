#pragma once
// Rank 0's side of jobs that travel: hands a pool's jobs to the other ranks, and takes their results in. Each rank gets
// a few more than it computes at a time, so that it need not wait for the next; an attachment goes to a rank once.

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/base/error.h"
#include "sim/engine/job_pool.h"
#include "sim/engine/post.h"

namespace fedtide {

/// An error as a letter's rest: our own mistakes stay those.
std::string pack_error(const std::exception& error);
/// The same here, with "rank 3: " in front.
std::exception_ptr unpack_error(int rank, std::string_view packed);

class Dispatcher final : public Outside, public Clerk {
 public:
  /// Shares the pool and is the post's clerk until its end, which must come after the last join and before the pool's.
  /// `holds` says what data are here.
  Dispatcher(JobPool& pool, Post& post, std::string holds);
  ~Dispatcher() override;

  void on_ready() override { post_.wake(); }
  void on_take_back() override;
  void on_letter(const Letter& letter) override;
  void on_turn() override;

 private:
  struct Away {
    std::shared_ptr<Job> job;
    int rank = 0;
  };
  struct Worker {
    std::uint64_t at_a_time = 0;  ///< jobs; 0: not ready yet
    std::uint64_t away = 0;       ///< jobs that it has
  };
  struct Sent {
    std::weak_ptr<const void> value;
    std::weak_ptr<const std::string> letter;
    std::vector<bool> ranks;  ///< that have it
  };

  void take(const Letter& letter);
  int freest() const;
  void dispatch(int rank, std::shared_ptr<Job> job);
  void attach(int rank, const Attachment& attachment);
  void forget_the_gone();
  void fail(int rank, std::exception_ptr error);
  /// The job of this number comes back from `rank`.
  std::shared_ptr<Job> take_in(int rank, std::uint64_t number);

  JobPool& pool_;
  Post& post_;
  std::string holds_;
  std::vector<Worker> workers_;  // by rank
  std::map<std::uint64_t, Away> away_;
  std::unordered_map<std::uint64_t, Sent> sent_;  // by the attachment's id
  std::size_t look_at_ = 8;                       // size of sent_ at which to look for what is gone
  std::uint64_t orders_ = 0;
  std::exception_ptr failure_;  // of a rank: no job is computed any more
};

}  // namespace fedtide
