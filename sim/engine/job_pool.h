#pragma once
// Jobs: pure computations decided by the timeline, run by workers, awaited in event order. The engine's thread starts
// and joins; a worker gets const inputs and leaves its result in the job. Locks are here and in post.cpp only.

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>

#include "sim/base/parallel.h"
#include "sim/base/time.h"
#include "sim/engine/job.h"

namespace fedtide {

/// Who computes: `inline_only` computes every job at its join on the engine's thread, the serial reference; `ranks` is
/// `threads` in each of several processes, see dispatcher.h.
enum class Executor { inline_only, threads, ranks };

/// Computes some of a pool's jobs elsewhere: takes them with JobPool::take(), and says finish().
class Outside {
 public:
  virtual ~Outside() = default;
  /// There is a job more to take. Engine's thread.
  virtual void on_ready() = 0;
  /// What was taken and is not begun need not be computed; it is finished all the same. Engine's thread.
  virtual void on_take_back() = 0;
};

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
  /// Jobs computed so far, by whomever.
  std::uint64_t computed() const;

  /// Jobs may be taken by `outside` from now on; null: no more. Before the first start, or when all are done. Engine's
  /// thread.
  void share_with(Outside* outside) { outside_ = outside; }
  /// The earliest job that nobody has begun and that travels; null: there is none. Whoever takes it finishes it. Any
  /// thread.
  std::shared_ptr<Job> take();
  /// Its result is there, or `error` in place of it. Any thread.
  void finish(Job& job, std::exception_ptr error = nullptr);

  /// Workers, or 1 while a job waits for one. Any thread that computes a job.
  int threads() const override;
  /// Parts of one job: the threads that help take no other job meanwhile. Any thread that computes a job.
  void for_each(int n, const std::function<void(int)>& body) const override;

 private:
  struct Shared;
  void run(Job& job, int worker);

  int workers_;
  Outside* outside_ = nullptr;
  std::unique_ptr<Shared> shared_;  // last: its threads end before the rest goes
};

}  // namespace fedtide
