#pragma once
// The other ranks' side of jobs that travel: makes twins of the jobs that rank 0 orders, computes them, and sends the
// results.

#include <atomic>
#include <memory>

#include "sim/engine/job_pool.h"
#include "sim/engine/post.h"

namespace fedtide {

/// Makes jobs of what their makers on rank 0 packed. On the post's thread.
class JobMaker {
 public:
  virtual ~JobMaker() = default;
  virtual void attach(std::uint64_t id, std::string_view packed) = 0;
  /// No job to come reads it.
  virtual void forget(std::uint64_t id) = 0;
  /// What threads of the workshop compute.
  virtual std::unique_ptr<Job> make(std::string_view order) = 0;
};

class Workshop final : public Clerk {
 public:
  /// Its worker numbers are in [0, threads]. `holds` says what data are here, and must be the same on all ranks.
  Workshop(Post& post, JobMaker& maker, int threads, std::string holds);
  ~Workshop() override;

  /// The threads that jobs may share.
  const Parallel& parallel() const { return pool_; }
  /// Returns when rank 0 says that the run is over: with its exit code.
  int work();
  /// The same of a rank that cannot work.
  static int wait_for_stop(Post& post);

  void on_letter(const Letter& letter) override;

 private:
  class Ordered;
  void begin(const Letter& letter);

  Post& post_;
  JobMaker& maker_;
  int threads_;
  std::string holds_;
  std::atomic<std::uint64_t> taken_back_{0};  ///< orders below this number are not wanted
  std::uint64_t next_ = 0;                    ///< number after that of the last order
  std::atomic<int> code_{-1};                 ///< of the end; -1: not yet
  JobPool pool_;                              ///< last: its threads end before the rest goes
};

}  // namespace fedtide
