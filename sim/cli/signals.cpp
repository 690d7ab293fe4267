#include "sim/cli/signals.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <string_view>

namespace fedtide {
namespace {

std::atomic<bool> interrupted{false};
std::atomic<int> first{0};               // signal that asked for the end; 0: none
std::atomic<std::time_t> first_when{0};  // seconds
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free &&
                  std::atomic<std::time_t>::is_always_lock_free,
              "a signal handler may only touch lock-free atomics");

std::string_view stopping;  ///< what the first signal says

std::time_t seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

void on_signal(int signal) {
  const int before = errno;
  if (signal != SIGUSR1) {
    const int earlier = first.exchange(signal);
    if (earlier == 0) first_when = seconds();
    const bool is_same = signal == SIGTERM && earlier == SIGTERM && seconds() - first_when <= 1;
    if (earlier != 0 && !is_same) _exit(128 + signal);
  }
  // The only thing left to do when this cannot be said is to stop silently.
  if (!interrupted.exchange(true)) {
    [[maybe_unused]] const ssize_t said = write(STDERR_FILENO, stopping.data(), stopping.size());
  }
  errno = before;
}

}  // namespace

const std::atomic<bool>& listen_to_signals(bool quiet) {
  if (!quiet)
    stopping =
        isatty(STDERR_FILENO) ? "\nstopping; once more leaves at once\n" : "stopping; once more leaves at once\n";
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) std::signal(signal, on_signal);
  return interrupted;
}

}  // namespace fedtide
