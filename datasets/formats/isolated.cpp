#include "datasets/formats/isolated.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <new>
#include <utility>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/error.h"

#if defined(__has_feature)
#define FEDTIDE_HAS_FEATURE(x) __has_feature(x)
#else
#define FEDTIDE_HAS_FEATURE(x) 0
#endif

namespace fedtide {
namespace {

// The sanitizers keep terabytes of addresses.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || FEDTIDE_HAS_FEATURE(address_sanitizer)
constexpr bool kWatchesMemory = false;
#else
constexpr bool kWatchesMemory = true;
#endif

constexpr std::size_t kPiece = std::size_t{1} << 20;

enum class Tag : std::uint64_t { message, failure, end };

struct Head {
  Tag tag = Tag::end;
  std::uint64_t size = 0;
  std::int64_t code = 0;  ///< of a failure
};

/// Of addresses that this process has; 0 where the system does not say.
std::uint64_t own_memory() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "r"), std::fclose);
  unsigned long pages = 0;
  if (!file || std::fscanf(file.get(), "%lu", &pages) != 1) return 0;
  return std::uint64_t{pages} * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void set_limit(decltype(RLIMIT_AS) what, std::uint64_t most) {
  rlimit limit{};
  if (::getrlimit(what, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, most);
  ::setrlimit(what, &limit);
}

/// A crash is to end the process at once and without a word; the other process says what is to be said.
void prepare_child(const IsolationLimits& limits) {
  for (const int each : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGPIPE, SIGXCPU, SIGTERM})
    std::signal(each, SIG_DFL);
  std::signal(SIGINT, SIG_IGN);  // the other process hears it too
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
  set_limit(RLIMIT_CORE, 0);
  set_limit(RLIMIT_CPU, limits.seconds);
  const std::uint64_t own = own_memory();
  if (kWatchesMemory && own > 0) set_limit(RLIMIT_AS, own + limits.memory);
}

void write_all(int pipe, const void* from, std::size_t count) {
  const char* p = static_cast<const char*>(from);
  while (count > 0) {
    const ssize_t written = ::write(pipe, p, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) ::_exit(1);  // nobody listens
    p += written;
    count -= static_cast<std::size_t>(written);
  }
}

void send(int pipe, const Head& head, std::string_view bytes) {
  write_all(pipe, &head, sizeof head);
  write_all(pipe, bytes.data(), bytes.size());
}

[[noreturn]] void run_child(int pipe, const std::string& file, const IsolationLimits& limits,
                            const std::function<void(const IsolatedReader::Send&)>& read) {
  prepare_child(limits);
  const auto fail = [pipe](ExitCode code, std::string_view what) {
    send(pipe, {Tag::failure, what.size(), static_cast<std::int64_t>(code)}, what);
  };
  try {
    read([pipe](std::string_view bytes) { send(pipe, {Tag::message, bytes.size(), 0}, bytes); });
    send(pipe, {Tag::end, 0, 0}, {});
  } catch (const Failure& failure) {
    fail(failure.code(), failure.what());
  } catch (const std::bad_alloc&) {
    fail(ExitCode::data_damaged, file + ": reading it takes more memory than a sound file of its size would");
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);
}

}  // namespace

IsolationLimits IsolationLimits::for_file(const std::string& path) {
  std::error_code ignored;
  const std::uintmax_t size = std::filesystem::file_size(path, ignored);
  const std::uint64_t bytes = ignored ? 0 : size;
  return {(std::uint64_t{80} << 20) + 64 * bytes, 30 + bytes / 1'000'000};
}

IsolatedReader::IsolatedReader(std::string file, const IsolationLimits& limits,
                               const std::function<void(const Send&)>& read)
    : file_(std::move(file)), limits_(limits) {
  int ends[2] = {-1, -1};
  const auto failed = [this](const char* what) {
    throw Failure(ExitCode::io,
                  fmt::format("{}: cannot read it in a process of its own: {}: {}", file_, what, std::strerror(errno)));
  };
  if (::pipe2(ends, O_CLOEXEC) != 0) failed("pipe");
  child_ = ::fork();
  if (child_ == 0) {
    ::close(ends[0]);
    run_child(ends[1], file_, limits, read);
  }
  ::close(ends[1]);
  pipe_ = ends[0];
  if (child_ < 0) {
    ::close(pipe_);
    failed("fork");
  }
}

IsolatedReader::~IsolatedReader() {
  ::close(pipe_);
  if (child_ > 0) {
    ::kill(child_, SIGKILL);
    wait();
  }
}

int IsolatedReader::wait() {
  int status = 0;
  while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
  return status;
}

bool IsolatedReader::receive(void* to, std::size_t count) {
  char* p = static_cast<char*>(to);
  while (count > 0) {
    const ssize_t got = ::read(pipe_, p, count);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    p += got;
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

void IsolatedReader::died() {
  ::kill(child_, SIGKILL);  // it lives still where it sent nonsense
  const int status = wait();
  const bool late = WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU;
  const std::string how = late                  ? fmt::format("did not end in {} s", limits_.seconds)
                          : WIFSIGNALED(status) ? fmt::format("ended with signal {}", WTERMSIG(status))
                                                : fmt::format("ended with code {}", WEXITSTATUS(status));
  throw Failure(ExitCode::data_damaged,
                fmt::format("{}: the process that read it {}; the file is damaged", file_, how));
}

std::optional<std::string> IsolatedReader::next() {
  Head head;
  if (!receive(&head, sizeof head) || head.size > kMostBytes) died();
  std::string bytes;
  while (bytes.size() < head.size) {  // room only for what comes
    const std::size_t old = bytes.size();
    bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(head.size, old + kPiece)));
    if (!receive(bytes.data() + old, bytes.size() - old)) died();
  }
  if (head.tag == Tag::failure) throw Failure(static_cast<ExitCode>(head.code), bytes);
  if (head.tag == Tag::message) return bytes;
  wait();
  return std::nullopt;
}

}  // namespace fedtide
