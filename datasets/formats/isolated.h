#pragma once
// For libraries that a damaged file may crash, keep busy forever or make take all memory, as HDF5 1.10 does: a process
// of its own reads the file and sends what it has read, so that the damage is an error like any other.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace fedtide {

/// What reading one file may take.
struct IsolationLimits {
  std::uint64_t memory = 0;   ///< bytes beyond those that the process has; not watched under sanitizers
  std::uint64_t seconds = 0;  ///< of a processor

  /// Ample for a sound file of that many bytes.
  static IsolationLimits for_file(const std::string& path);
};

/// Reads in a forked process. One thread at a time; the process ends with the reader.
class IsolatedReader {
 public:
  using Send = std::function<void(std::string_view)>;

  /// `read` runs in the other process and sends messages of at most kMostBytes. What it throws comes out of `next`.
  IsolatedReader(std::string file, const IsolationLimits& limits, const std::function<void(const Send&)>& read);
  ~IsolatedReader();
  IsolatedReader(const IsolatedReader&) = delete;
  IsolatedReader& operator=(const IsolatedReader&) = delete;

  /// The next message; none at the end. Throws the Failure that `read` threw, and Failure(data_damaged) that names the
  /// file where the process crashed or reached a limit.
  std::optional<std::string> next();

  static constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;

 private:
  bool receive(void* to, std::size_t count);
  [[noreturn]] void died();
  int wait();

  std::string file_;
  IsolationLimits limits_;
  pid_t child_ = -1;
  int pipe_ = -1;
};

}  // namespace fedtide
