#include "sim/base/error.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "sim/base/text.h"

namespace fedtide {

namespace {

std::vector<Problem> sorted(std::vector<Problem> problems) {
  std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.place.file, a.place.line, a.place.column) < std::tie(b.place.file, b.place.line, b.place.column);
  });
  return problems;
}

std::string text_of(const std::vector<Problem>& problems) {
  std::vector<std::string> lines;
  for (const Problem& problem : problems) lines.push_back(to_string(problem));
  return join(lines, "\n");
}

}  // namespace

std::string to_string(const Problem& problem) {
  std::string text = problem.place.file;
  if (!text.empty() && problem.place.line > 0) {
    text += fmt::format(":{}", problem.place.line);
    if (problem.place.column > 0) text += fmt::format(":{}", problem.place.column);
  }
  if (!text.empty()) text += ": ";
  if (!problem.path.empty()) text += problem.path + ": ";
  return text + problem.message;
}

ConfigError::ConfigError(std::vector<Problem> problems)
    : Failure(ExitCode::usage, text_of(sorted(problems))), problems_(sorted(std::move(problems))) {}

void fail_require(const char* condition, const char* file, int line, const std::string& why) {
  throw Failure(ExitCode::bug,
                fmt::format("{}:{}: \"{}\" does not hold: {}; this is a bug in Fedtide; please report it", file, line,
                            condition, why));
}

}  // namespace fedtide
