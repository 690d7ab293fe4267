#pragma once
// Jobs: pure computations decided by the timeline, run by workers, awaited in event order. The engine's thread starts
// and joins; a worker gets const inputs and leaves its result in the job. The only place with locks.

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>

#include "sim/base/parallel.h"
#include "sim/base/time.h"

namespace fedtide {

/// One computation. Derived classes hold const inputs and the place for the result.
class Job {
 public:
  virtual ~Job() = default;
  /// On any thread, once. `worker` is in [0, JobPool::workers()), never used by two threads at one time: it names
  /// scratch memory.
  virtual void compute(int worker) = 0;

 private:
  friend class JobPool;
  enum class State : std::uint8_t { idle, ready, running, done };
  State state_ = State::idle;
  std::exception_ptr error_;
};

/// Which threads compute: `inline_only` computes every job at its join on the engine's thread, the serial reference.
enum class Executor { inline_only, threads };

class JobPool final : public Parallel {
 public:
  /// `threads` counts the engine's own; 1 is the same as inline_only.
  JobPool(Executor executor, int threads);
  ~JobPool() override;
  JobPool(const JobPool&) = delete;
  JobPool& operator=(const JobPool&) = delete;

  int workers() const { return workers_; }

  /// Hands a job to the workers, who take the one with the earliest due time first. Engine's thread.
  void start(std::shared_ptr<Job> job, Time due);
  /// Returns when the job is computed; rethrows what it threw. A job that nobody has begun is computed here, and while
  /// another thread computes it, this one computes others. Also for jobs never started. Engine's thread.
  void join(Job& job);
  /// Takes back all jobs that nobody has begun; they are never computed, unless joined. Engine's thread.
  void take_back();
  /// The result is not wanted: a job that nobody has begun never is; one that is being computed is awaited. Engine's
  /// thread.
  void abandon(Job& job);
  /// Jobs computed so far, by whichever thread.
  std::uint64_t computed() const;

  /// Workers, or 1 while a job waits for one. Any thread that computes a job.
  int threads() const override;
  /// Parts of one job: the threads that help take no other job meanwhile. Any thread that computes a job.
  void for_each(int n, const std::function<void(int)>& body) const override;

 private:
  struct Shared;
  void run(Job& job, int worker);

  int workers_;
  std::unique_ptr<Shared> shared_;  // last: its threads end before the rest goes
};

}  // namespace fedtide
