#include "sim/engine/post.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace fedtide {
namespace {

/// How long the thread sleeps after so many looks in which nothing happened: while letters go to and fro an answer is
/// seen at once, and in a quiet hour the thread takes less than a hundredth of a core.
std::chrono::microseconds nap(int quiet_looks) {
  constexpr int kShortest = 20, kLongest = 1000, kLooksEach = 8;
  return std::chrono::microseconds(std::min(kLongest, kShortest << std::min(quiet_looks / kLooksEach, 6)));
}

}  // namespace

std::uint64_t Letter::number() const {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + 1, sizeof value);
  return value;
}

SharedBytes make_letter(LetterKind kind, std::uint64_t number, std::string_view rest) {
  auto bytes = std::make_shared<std::string>();
  bytes->reserve(Letter::kHead + rest.size());
  bytes->push_back(static_cast<char>(kind));
  bytes->append(reinterpret_cast<const char*>(&number), sizeof number);
  bytes->append(rest);
  return bytes;
}

struct Post::Shared {
  mutable std::mutex mutex;
  std::condition_variable stir;     // of the post's thread
  std::condition_variable arrival;  // of whoever waits for a letter, or for the start
  std::deque<std::pair<int, SharedBytes>> out;
  std::deque<Letter> in;
  PostCount count;
  int rank = -1;
  int ranks = 0;
  std::exception_ptr error;  // of the start
  bool awake = false;
  bool closing = false;

  std::mutex clerk_mutex;  // held while the clerk is called; taken before `mutex`
  Clerk* clerk = nullptr;

  std::thread thread;  // last: it uses all of the above

  void work(const OpenTransport& open);
  bool send_all(Transport& transport);
  bool receive_all(Transport& transport);
};

bool Post::Shared::send_all(Transport& transport) {
  std::unique_lock lock(mutex);
  const auto letters = std::exchange(out, {});
  lock.unlock();
  for (const auto& [to, letter] : letters) {
    transport.send(to, letter);
    const std::lock_guard counting(mutex);
    ++count.letters_out;
    count.bytes_out += letter->size();
  }
  return !letters.empty();
}

bool Post::Shared::receive_all(Transport& transport) {
  bool any = false;
  const std::lock_guard calling(clerk_mutex);
  while (std::optional<Letter> letter = transport.receive()) {
    any = true;
    {
      const std::lock_guard lock(mutex);
      ++count.letters_in;
      count.bytes_in += letter->bytes.size();
      if (!clerk) in.push_back(std::move(*letter));
    }
    if (clerk) {
      clerk->on_letter(*letter);
    } else {
      arrival.notify_all();
    }
  }
  if (clerk) clerk->on_turn();
  return any;
}

void Post::Shared::work(const OpenTransport& open) {
  std::unique_ptr<Transport> transport;
  {
    std::exception_ptr failed;
    try {
      transport = open();
    } catch (...) {
      failed = std::current_exception();
    }
    const std::lock_guard lock(mutex);
    error = failed;
    if (transport) rank = transport->rank(), ranks = transport->ranks();
    ranks = std::max(ranks, failed ? 1 : ranks);
  }
  arrival.notify_all();
  if (!transport) return;
  for (int quiet = 0;; ++quiet) {
    const bool received = receive_all(*transport);
    const bool sent = send_all(*transport);
    const bool all_sent = transport->sent();
    if (received || sent) quiet = 0;
    std::unique_lock lock(mutex);
    if (closing && all_sent && out.empty()) return;
    stir.wait_for(lock, nap(quiet), [this] { return !out.empty() || awake; });
    awake = false;
  }
}

Post::Post(OpenTransport open) : shared_(std::make_unique<Shared>()) {
  Shared& s = *shared_;
  s.thread = std::thread([&s, open = std::move(open)] { s.work(open); });
  std::unique_lock lock(s.mutex);
  s.arrival.wait(lock, [&s] { return s.ranks > 0; });
  if (!s.error) return;
  lock.unlock();
  s.thread.join();
  std::rethrow_exception(s.error);
}

Post::~Post() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->closing = true;
    shared_->awake = true;
  }
  shared_->stir.notify_one();
  shared_->thread.join();
}

int Post::rank() const { return shared_->rank; }
int Post::ranks() const { return shared_->ranks; }

void Post::send(int to, SharedBytes letter) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->out.emplace_back(to, std::move(letter));
  }
  shared_->stir.notify_one();
}

Letter Post::wait() {
  std::unique_lock lock(shared_->mutex);
  shared_->arrival.wait(lock, [this] { return !shared_->in.empty(); });
  Letter letter = std::move(shared_->in.front());
  shared_->in.pop_front();
  return letter;
}

void Post::hand_to(Clerk* clerk) {
  const std::lock_guard calling(shared_->clerk_mutex);
  std::unique_lock lock(shared_->mutex);
  const auto kept = clerk ? std::exchange(shared_->in, {}) : std::deque<Letter>{};
  lock.unlock();
  for (const Letter& letter : kept) clerk->on_letter(letter);
  shared_->clerk = clerk;
}

void Post::wake() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->awake = true;
  }
  shared_->stir.notify_one();
}

PostCount Post::count() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->count;
}

}  // namespace fedtide
