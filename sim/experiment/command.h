#pragma once
// Other programs, called without a shell.

#include <string>
#include <vector>

namespace fedtide {

struct CommandResult {
  int exit_code = 0;  ///< 128 + the signal when one ended it; 127: it cannot be started
  std::string out;
  std::string err;  ///< or why it cannot be started
};

/// Runs a program of the PATH to its end. Errors: Failure(io) when pipes cannot be made.
CommandResult run_command(const std::vector<std::string>& words);

/// The text as one word of a shell.
std::string shell_quoted(const std::string& text);

}  // namespace fedtide
