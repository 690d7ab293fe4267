#include "sim/experiment/sweep_children.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "sim/base/error.h"

namespace fedtide {
namespace {

// Of all that ask a run to stop, the one that says nothing when it comes twice: where a batch system signals every
// process of a job, each run gets its own signal and ours.
constexpr int kStop = SIGUSR1;

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGCHLD, SIGINT, SIGTERM, SIGUSR1}) sigaddset(&set, signal);
  return set;
}

/// The attributes and files of a child; freed at the end.
class SpawnSetup {
 public:
  explicit SpawnSetup(const std::filesystem::path& log) {
    posix_spawn_file_actions_init(&files_);
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files_, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
    posix_spawn_file_actions_adddup2(&files_, STDOUT_FILENO, STDERR_FILENO);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  ~SpawnSetup() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&files_);
  }

  const posix_spawn_file_actions_t* files() const { return &files_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

}  // namespace

Children::Children() {
  const sigset_t set = our_signals();
  pthread_sigmask(SIG_BLOCK, &set, &before_);
}

Children::~Children() {
  kill_all();
  for (const Child& child : running_) {
    int status = 0;
    while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
    }
  }
  // Signals that are still waiting have been answered: the children are gone.
  const sigset_t set = our_signals();
  const timespec now{};
  while (sigtimedwait(&set, nullptr, &now) > 0) {
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Children::start(std::size_t run, const std::vector<std::string>& words, const std::filesystem::path& log) {
  std::vector<std::string> all = {"fedtide"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> pointers;
  for (std::string& word : all) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const SpawnSetup setup(log);
  pid_t pid = 0;
  // The very file that runs now, also when it was replaced meanwhile.
  const int error = ::posix_spawn(&pid, "/proc/self/exe", setup.files(), setup.attributes(), pointers.data(), environ);
  if (error != 0) {
    throw Failure(ExitCode::io, fmt::format("cannot start a process for {}: {}", log.stem().string(),
                                            std::generic_category().message(error)));
  }
  running_.push_back({pid, run});
}

std::vector<ChildEnd> Children::wait(std::chrono::milliseconds limit) {
  const sigset_t set = our_signals();
  const timespec time{limit.count() / 1000, (limit.count() % 1000) * 1000000};
  const int signal = sigtimedwait(&set, nullptr, &time);
  if (signal > 0) note(signal);
  std::vector<ChildEnd> ended;
  std::erase_if(running_, [&](const Child& child) {
    int status = 0;
    if (::waitpid(child.pid, &status, WNOHANG) != child.pid) return false;
    ended.push_back({child.run, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status)});
    return true;
  });
  return ended;
}

void Children::note(int signal) {
  if (signal == SIGCHLD) return;
  if (stop_signal_ != 0 && signal != SIGUSR1) leave_ = true;
  if (stop_signal_ == 0) stop_signal_ = signal;
}

void Children::ask_to_stop() {
  for (const Child& child : running_) ::kill(child.pid, kStop);
}

void Children::kill_all() {
  for (const Child& child : running_) ::kill(child.pid, SIGKILL);
}

}  // namespace fedtide
