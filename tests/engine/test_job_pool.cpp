#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "sim/engine/job_pool.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

class Square final : public Job {
 public:
  explicit Square(std::int64_t n) : n_(n) {}
  void compute(int worker) override {
    runs.fetch_add(1);
    last_worker = worker;
    result = n_ * n_;
  }
  std::int64_t result = -1;
  int last_worker = -1;
  std::atomic<int> runs{0};

 private:
  std::int64_t n_;
};

class Throws final : public Job {
 public:
  void compute(int) override { throw std::runtime_error("client 3: no data"); }
};

/// Waits until it is let go.
class Gate final : public Job {
 public:
  void compute(int) override {
    begun = true;
    while (!open) std::this_thread::yield();
  }
  std::atomic<bool> begun{false};
  std::atomic<bool> open{false};
};

}  // namespace

TEST_CASE("every job is computed once and its result is there after the join") {
  for (const int threads : {1, 2, 8}) {
    JobPool pool(Executor::threads, threads);
    std::vector<std::shared_ptr<Square>> jobs;
    for (std::int64_t i = 0; i < 2000; ++i) {
      jobs.push_back(std::make_shared<Square>(i));
      pool.start(jobs.back(), Time{2000 - i});
    }
    for (std::int64_t i = 0; i < 2000; ++i) {
      const auto& job = jobs[static_cast<std::size_t>(i)];
      pool.join(*job);
      REQUIRE(job->result == i * i);
      REQUIRE(job->runs == 1);
      REQUIRE(job->last_worker >= 0);
      REQUIRE(job->last_worker < pool.workers());
    }
    REQUIRE(pool.computed() == 2000);
  }
}

TEST_CASE("the inline executor computes at the join, on the engine's thread") {
  JobPool pool(Executor::inline_only, 8);
  REQUIRE(pool.workers() == 1);
  auto job = std::make_shared<Square>(3);
  pool.start(job, Time{1});
  REQUIRE(job->runs == 0);
  pool.join(*job);
  REQUIRE(job->result == 9);
  REQUIRE(job->last_worker == 0);
}

TEST_CASE("a job that was never started is computed by its join") {
  JobPool pool(Executor::threads, 2);
  Square job(4);
  pool.join(job);
  REQUIRE(job.result == 16);
}

TEST_CASE("what a job throws comes out of its join") {
  for (const int threads : {1, 2}) {
    JobPool pool(Executor::threads, threads);
    auto job = std::make_shared<Throws>();
    pool.start(job, Time{1});
    REQUIRE_THROWS_WITH(pool.join(*job), "client 3: no data");
  }
}

TEST_CASE("an abandoned job that nobody has begun never runs") {
  JobPool pool(Executor::threads, 2);
  auto gate = std::make_shared<Gate>();
  auto job = std::make_shared<Square>(5);
  pool.start(gate, Time{1});
  while (!gate->begun) std::this_thread::yield();  // the only worker is busy now
  pool.start(job, Time{2});
  pool.abandon(*job);
  gate->open = true;
  pool.join(*gate);
  REQUIRE(job->runs == 0);
}

TEST_CASE("abandoning a job that is being computed awaits it") {
  JobPool pool(Executor::threads, 2);
  auto gate = std::make_shared<Gate>();
  pool.start(gate, Time{1});
  while (!gate->begun) std::this_thread::yield();
  std::thread opener([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    gate->open = true;
  });
  pool.abandon(*gate);
  REQUIRE(gate->open);
  opener.join();
}

TEST_CASE("workers take the job with the earliest due time first") {
  JobPool pool(Executor::threads, 2);
  auto gate = std::make_shared<Gate>();
  pool.start(gate, Time{0});
  while (!gate->begun) std::this_thread::yield();
  std::vector<int> order;
  class Note final : public Job {
   public:
    Note(std::vector<int>& order, int name) : order_(order), name_(name) {}
    void compute(int) override { order_.push_back(name_); }

   private:
    std::vector<int>& order_;
    int name_;
  };
  auto late = std::make_shared<Note>(order, 3);
  auto early = std::make_shared<Note>(order, 1);
  auto middle = std::make_shared<Note>(order, 2);
  pool.start(late, Time{30});
  pool.start(early, Time{10});
  pool.start(middle, Time{20});
  gate->open = true;
  // The engine's thread waits for the latest without computing, so that the one worker decides the order.
  while (pool.computed() < 4) std::this_thread::yield();
  REQUIRE(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("parts of one job are each computed once, and what one throws comes out") {
  for (const int threads : {1, 2, 8}) {
    JobPool pool(Executor::threads, threads);
    std::vector<std::atomic<int>> calls(100);
    pool.for_each(100, [&](int i) { ++calls[static_cast<std::size_t>(i)]; });
    for (const auto& each : calls) CHECK(each == 1);
    CHECK_THROWS_AS(pool.for_each(10,
                                  [](int i) {
                                    if (i == 7) throw std::runtime_error("seven");
                                  }),
                    std::runtime_error);
    CHECK(pool.threads() == threads);
  }
}

TEST_CASE("jobs may have their parts computed by others, while others do the same") {
  struct Split final : Job {
    explicit Split(const JobPool& pool) : pool_(pool) {}
    void compute(int) override {
      std::vector<std::int64_t> parts(16);
      pool_.for_each(16, [&](int i) {
        for (int k = 0; k < 1000; ++k) parts[static_cast<std::size_t>(i)] += k;
      });
      for (const std::int64_t part : parts) sum += part;
    }
    std::int64_t sum = 0;
    const JobPool& pool_;
  };
  JobPool pool(Executor::threads, 4);
  std::vector<std::shared_ptr<Split>> jobs;
  for (int i = 0; i < 50; ++i) {
    jobs.push_back(std::make_shared<Split>(pool));
    pool.start(jobs.back(), Time{});
  }
  for (const auto& job : jobs) {
    pool.join(*job);
    CHECK(job->sum == 16 * 499500);
  }
}
