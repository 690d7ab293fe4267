#pragma once
// Processes of this same program side by side, and the signals that concern them.

#include <csignal>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace fedtide {

/// Of a process that ended: 0-255, or 128 + the signal that ended it.
struct ChildEnd {
  std::size_t run = 0;
  int exit_code = 0;
};

/// Starts and awaits children; while it lives, SIGINT, SIGTERM, SIGUSR1 and SIGCHLD are blocked in this thread and
/// taken by `wait`. One at a time in a process.
class Children {
 public:
  Children();
  ~Children();
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  /// Starts this program with these words (without its name), its output appended to `log`, in a process group of its
  /// own, so that a terminal's Ctrl-C comes through this process alone. Errors: Failure(io).
  void start(std::size_t run, const std::vector<std::string>& words, const std::filesystem::path& log);

  /// Waits until children end or a signal comes, at most so long; returns those that ended.
  std::vector<ChildEnd> wait(std::chrono::milliseconds limit);

  std::size_t count() const { return running_.size(); }
  /// The first signal that asked to stop; 0: none.
  int stop_signal() const { return stop_signal_; }
  /// A second SIGINT or SIGTERM came.
  bool leave_at_once() const { return leave_; }

  /// Asks every child to stop at its next event.
  void ask_to_stop();
  void kill_all();

 private:
  struct Child {
    pid_t pid;
    std::size_t run;
  };
  void note(int signal);

  std::vector<Child> running_;
  sigset_t before_;
  int stop_signal_ = 0;
  bool leave_ = false;
};

}  // namespace fedtide
