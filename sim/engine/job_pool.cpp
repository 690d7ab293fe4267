#include "sim/engine/job_pool.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <queue>
#include <vector>

#include "sim/base/error.h"
#ifdef FEDTIDE_STD_THREADS
#include <thread>
#else
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#endif

namespace fedtide {
namespace {

struct Entry {
  Time due;
  std::uint64_t sequence;
  std::shared_ptr<Job> job;
};
struct DueLater {
  bool operator()(const Entry& a, const Entry& b) const {
    return a.due != b.due ? a.due > b.due : a.sequence > b.sequence;
  }
};

#ifdef FEDTIDE_STD_THREADS
/// ThreadSanitizer does not see into Debian's oneTBB; this twin of the class below is for that preset.
class Crew {
 public:
  explicit Crew(int threads) {
    for (int worker = 1; worker < threads; ++worker) threads_.emplace_back([this, worker] { loop(worker); });
  }
  ~Crew() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  /// Short-lived threads are slow, and as good for finding races.
  void for_each(int n, const std::function<void(int)>& body) const {
    std::vector<std::thread> threads;
    std::vector<std::exception_ptr> errors(static_cast<std::size_t>(n));
    for (int i = 0; i < n; ++i) {
      threads.emplace_back([&, i] {
        try {
          body(i);
        } catch (...) {
          errors[static_cast<std::size_t>(i)] = std::current_exception();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::exception_ptr& error : errors) {
      if (error) std::rethrow_exception(error);
    }
  }
  template <class Body>
  void spawn(Body body) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push(std::move(body));
    }
    wake_.notify_one();
  }

 private:
  void loop(int worker) {
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      if (stopping_) return;
      auto task = std::move(tasks_.front());
      tasks_.pop();
      lock.unlock();
      task(worker);
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::queue<std::function<void(int)>> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};
#else
/// Worker threads of oneTBB. Worker 0 is the engine's thread, which holds the arena's first slot.
class Crew {
 public:
  explicit Crew(int threads)
      : limit_(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads)), arena_(threads, 1) {}
  ~Crew() {
    arena_.execute([this] {
      group_.cancel();
      group_.wait();
    });
  }
  /// Isolated: a thread that waits for the others' parts begins nothing else, whose scratch memory would be its own.
  void for_each(int n, const std::function<void(int)>& body) {
    arena_.execute(
        [&] { tbb::this_task_arena::isolate([&] { tbb::parallel_for(0, n, body, tbb::simple_partitioner()); }); });
  }
  template <class Body>
  void spawn(Body body) {
    arena_.enqueue(group_.defer([body = std::move(body)] { body(tbb::this_task_arena::current_thread_index()); }));
  }

 private:
  tbb::global_control limit_;  // lets an arena be wider than the machine, without oneTBB's warning
  tbb::task_arena arena_;
  tbb::task_group group_;
};
#endif

}  // namespace

struct JobPool::Shared {
  std::mutex mutex;
  std::condition_variable finished;
  std::priority_queue<Entry, std::vector<Entry>, DueLater> ready;
  std::uint64_t starts = 0;
  std::uint64_t computed = 0;
  std::unique_ptr<Crew> crew;  // null: inline. Last, so that it ends first.

  /// The earliest ready job that nobody has taken; null when there is none. Lock held.
  std::shared_ptr<Job> take() {
    while (!ready.empty()) {
      std::shared_ptr<Job> job = ready.top().job;
      ready.pop();
      if (job->state_ == Job::State::ready) {
        job->state_ = Job::State::running;
        return job;
      }
    }
    return nullptr;
  }
};

JobPool::JobPool(Executor executor, int threads)
    : workers_(executor == Executor::inline_only ? 1 : threads), shared_(std::make_unique<Shared>()) {
  FEDTIDE_REQUIRE(threads >= 1, "a job pool of {} threads", threads);
  if (workers_ > 1) shared_->crew = std::make_unique<Crew>(workers_);
}

JobPool::~JobPool() = default;

void JobPool::run(Job& job, int worker) {
  std::exception_ptr error;
  try {
    job.compute(worker);
  } catch (...) {
    error = std::current_exception();
  }
  finish(job, std::move(error));
}

void JobPool::finish(Job& job, std::exception_ptr error) {
  {
    const std::lock_guard lock(shared_->mutex);
    job.error_ = std::move(error);
    job.state_ = Job::State::done;
    ++shared_->computed;
  }
  shared_->finished.notify_one();
}

void JobPool::start(std::shared_ptr<Job> job, Time due) {
  if (!shared_->crew && !outside_) return;  // computed at its join
  {
    const std::lock_guard lock(shared_->mutex);
    job->state_ = Job::State::ready;
    shared_->ready.push({due, shared_->starts++, std::move(job)});
  }
  if (outside_) outside_->on_ready();
  if (!shared_->crew) return;
  shared_->crew->spawn([this](int worker) {
    std::unique_lock lock(shared_->mutex);
    const std::shared_ptr<Job> next = shared_->take();
    lock.unlock();
    if (next) run(*next, worker);
  });
}

void JobPool::join(Job& job) {
  std::unique_lock lock(shared_->mutex);
  while (job.state_ != Job::State::done) {
    if (job.state_ == Job::State::idle || job.state_ == Job::State::ready) {
      job.state_ = Job::State::running;
      lock.unlock();
      run(job, 0);
      lock.lock();
    } else if (const std::shared_ptr<Job> other = shared_->take()) {
      lock.unlock();
      run(*other, 0);
      lock.lock();
    } else {
      shared_->finished.wait(lock, [&] { return job.state_ == Job::State::done || !shared_->ready.empty(); });
    }
  }
  lock.unlock();
  if (job.error_) std::rethrow_exception(job.error_);
}

std::shared_ptr<Job> JobPool::take() {
  const std::lock_guard lock(shared_->mutex);
  std::vector<Entry> stay;
  std::shared_ptr<Job> found;
  for (; !found && !shared_->ready.empty(); shared_->ready.pop()) {
    const Entry& first = shared_->ready.top();
    if (first.job->state_ != Job::State::ready) continue;
    if (first.job->travels()) {
      found = first.job;
      found->state_ = Job::State::running;
    } else {
      stay.push_back(first);
    }
  }
  for (Entry& entry : stay) shared_->ready.push(std::move(entry));
  return found;
}

void JobPool::take_back() {
  {
    const std::lock_guard lock(shared_->mutex);
    for (; !shared_->ready.empty(); shared_->ready.pop()) {
      Job& job = *shared_->ready.top().job;
      if (job.state_ == Job::State::ready) job.state_ = Job::State::idle;
    }
  }
  if (outside_) outside_->on_take_back();
}

void JobPool::abandon(Job& job) {
  std::unique_lock lock(shared_->mutex);
  if (job.state_ == Job::State::running) {
    shared_->finished.wait(lock, [&] { return job.state_ == Job::State::done; });
  }
  job.state_ = Job::State::done;
}

std::uint64_t JobPool::computed() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->computed;
}

int JobPool::threads() const {
  if (!shared_->crew) return 1;
  const std::lock_guard lock(shared_->mutex);
  return shared_->ready.empty() ? workers_ : 1;
}

void JobPool::for_each(int n, const std::function<void(int)>& body) const {
  if (shared_->crew) return shared_->crew->for_each(n, body);
  for (int i = 0; i < n; ++i) body(i);
}

}  // namespace fedtide
