#pragma once
// Errors are for people: a sentence that starts with the place, quotes what was found, and says what would be right.

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace fedtide {

/// The program's exit codes.
enum class ExitCode : int {
  done = 0,
  failed = 1,         ///< it ran, but the result is a failure
  usage = 2,          ///< wrong use or wrong config
  data_damaged = 65,  ///< a data set or checkpoint is damaged or of another kind
  no_input = 66,      ///< an input file is missing or unreadable
  bug = 70,           ///< a bug of ours
  no_output = 73,     ///< cannot create output, or the directory is in use or belongs to another config
  io = 74,            ///< read or write error, disk full
  stopped = 75,       ///< stopped at a checkpoint: start me again
  interrupted = 130,  ///< left at once on the second Ctrl-C
};

/// An error that ends the program with a message and an exit code.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// Where in a file; line and column from 1, 0 when unknown. An override on the command line has the file "command
/// line".
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
};

/// One mistake of the user: "exp.yaml:12:10: partition.alpha: must be greater than 0, got -1".
struct Problem {
  Place place;
  std::string path;     ///< dotted key, may be empty
  std::string message;  ///< what was found and what would be right
};

std::string to_string(const Problem& problem);

/// All mistakes of a config at once, in the order of their places. Exit code 2.
class ConfigError : public Failure {
 public:
  explicit ConfigError(std::vector<Problem> problems);
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

/// Our own mistake; on in every build. User input never reaches it.
[[noreturn]] void fail_require(const char* condition, const char* file, int line, const std::string& why);

#define FEDTIDE_REQUIRE(condition, ...)                                                                  \
  do {                                                                                                   \
    if (!(condition)) ::fedtide::fail_require(#condition, __FILE__, __LINE__, fmt::format(__VA_ARGS__)); \
  } while (false)

}  // namespace fedtide
