#pragma once
// Ranks that are threads of this process: the way of letters without MPI.

#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "sim/engine/post.h"

namespace fedtide::testing {

class LocalMail {
 public:
  explicit LocalMail(int ranks) : boxes_(static_cast<std::size_t>(ranks)) {}

  OpenTransport open(int rank) {
    return [this, rank] { return std::make_unique<Way>(*this, rank); };
  }

 private:
  class Way final : public Transport {
   public:
    Way(LocalMail& mail, int rank) : mail_(mail), rank_(rank) {}
    int rank() const override { return rank_; }
    int ranks() const override { return static_cast<int>(mail_.boxes_.size()); }
    void send(int to, SharedBytes letter) override {
      const std::lock_guard lock(mail_.mutex_);
      mail_.boxes_[static_cast<std::size_t>(to)].push_back({rank_, *letter});
    }
    std::optional<Letter> receive() override {
      const std::lock_guard lock(mail_.mutex_);
      std::deque<Letter>& box = mail_.boxes_[static_cast<std::size_t>(rank_)];
      if (box.empty()) return std::nullopt;
      Letter letter = std::move(box.front());
      box.pop_front();
      return letter;
    }
    bool sent() override { return true; }

   private:
    LocalMail& mail_;
    int rank_;
  };

  std::mutex mutex_;
  std::vector<std::deque<Letter>> boxes_;
};

/// Threads that are joined.
struct Helpers {
  std::vector<std::thread> threads;
  ~Helpers() {
    for (std::thread& thread : threads) thread.join();
  }
};

}  // namespace fedtide::testing
