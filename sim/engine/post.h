#pragma once
// Letters between the processes (ranks) of one run. One thread of each process has all to do with the way that they
// take, so that MPI is only ever called from there; it sleeps between looks, for a core that spins is a worker less.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fedtide {

/// What a letter is about. Rank 0 writes those of the first group, the others those of the second.
enum class LetterKind : std::uint8_t {
  go,          ///< everybody agrees on what is run
  attachment,  ///< `number`: its id
  forget,      ///< the attachment of this id is read by no job to come
  order,       ///< of a job; `number` counts them
  take_back,   ///< jobs that are not begun are not wanted
  stop,        ///< the run is over; `number`: the exit code

  standing,  ///< what a process found of the experiment, before the run
  ready,     ///< it can compute; `number`: how many jobs at a time
  result,    ///< of the job of this number
  error,     ///< in place of it: of the job of this number; its text is packed with pack_error()
  dropped,   ///< the job of this number was taken back
  failure,   ///< this process cannot go on
};

using SharedBytes = std::shared_ptr<const std::string>;

/// Kind and number stand in front of the rest. `from`: the sender.
struct Letter {
  int from = 0;
  std::string bytes;

  LetterKind kind() const { return static_cast<LetterKind>(bytes.at(0)); }
  std::uint64_t number() const;
  std::string_view rest() const { return std::string_view(bytes).substr(kHead); }

  static constexpr std::size_t kHead = 1 + sizeof(std::uint64_t);
};
SharedBytes make_letter(LetterKind kind, std::uint64_t number, std::string_view rest = {});

/// The way that letters take, between any two ranks in the order in which they were sent. All calls on one thread.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual int rank() const = 0;
  virtual int ranks() const = 0;
  /// Returns at once.
  virtual void send(int to, SharedBytes letter) = 0;
  /// The next that has come; none: not yet. Returns at once.
  virtual std::optional<Letter> receive() = 0;
  /// Whether all that was sent is on its way.
  virtual bool sent() = 0;
};
using OpenTransport = std::function<std::unique_ptr<Transport>()>;

/// Does what letters ask for, on the post's thread; returns soon.
class Clerk {
 public:
  virtual ~Clerk() = default;
  virtual void on_letter(const Letter& letter) = 0;
  /// Now and then, and soon after Post::wake().
  virtual void on_turn() {}
};

/// What went to and fro.
struct PostCount {
  std::uint64_t letters_out = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t letters_in = 0;
  std::uint64_t bytes_in = 0;
};

class Post {
 public:
  /// The transport is opened, used and closed on the post's thread. Rethrows what opening it threw.
  explicit Post(OpenTransport open);
  /// Returns when everything was sent and the transport is closed.
  ~Post();
  Post(const Post&) = delete;
  Post& operator=(const Post&) = delete;

  int rank() const;
  int ranks() const;
  /// Any thread.
  void send(int to, SharedBytes letter);
  /// The next letter, while there is no clerk.
  Letter wait();
  /// From now on letters go to `clerk`, those first that nobody waited for; null: they are kept again, and the clerk is
  /// called no more once this returns.
  void hand_to(Clerk* clerk);
  /// The clerk's turn is soon. Any thread.
  void wake();
  PostCount count() const;

 private:
  struct Shared;
  std::unique_ptr<Shared> shared_;
};

}  // namespace fedtide
