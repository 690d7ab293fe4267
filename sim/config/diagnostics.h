#pragma once
// The list of mistakes that fills while a config is read, so that all are shown at once.

#include <cstddef>
#include <string>
#include <vector>

#include "sim/base/error.h"

namespace fedtide {

/// The file name of a Place that is an override; its `line` is 0 and its `column` the number of the word, from 1.
inline constexpr const char* kCommandLine = "command line";

class Problems {
 public:
  /// Notes one mistake. At a place on the command line the path shown is the word as typed ("protocol.cohort=-1"), and
  /// a key other than the one that the word sets is named in the message.
  void add(const Place& place, const std::string& path, std::string message);

  /// The words of the command line, so that their mistakes can show them.
  void name_overrides(std::vector<std::string> words) { overrides_ = std::move(words); }

  bool empty() const { return all_.empty(); }
  std::size_t size() const { return all_.size(); }
  const std::vector<Problem>& all() const { return all_; }

  /// Throws a ConfigError with everything noted, if anything is. Beyond kMostShown mistakes the rest is only counted.
  void throw_if_any() const;

  static constexpr std::size_t kMostShown = 100;

 private:
  std::vector<Problem> all_;
  std::vector<std::string> overrides_;
};

}  // namespace fedtide
