#pragma once
// Mistakes as lines, so that tests can hold whole messages.

#include <functional>
#include <string>
#include <vector>

#include "sim/config/overrides.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "tests/catch.h"

namespace fedtide {

using Lines = std::vector<std::string>;

inline Lines lines_of(const ConfigError& error) {
  Lines lines;
  for (const Problem& problem : error.problems()) lines.push_back(to_string(problem));
  return lines;
}

/// The mistakes that `act` throws, one a line; empty when it throws none.
inline Lines mistakes(const std::function<void()>& act) {
  try {
    act();
  } catch (const ConfigError& error) {
    CHECK(error.code() == ExitCode::usage);
    return lines_of(error);
  }
  return {};
}

inline Lines load_mistakes(const std::string& text) {
  return mistakes([&] { load_yaml_text(text, "e.yaml"); });
}

/// Reads `text` with `read`, after the overrides.
inline Lines read_mistakes(const std::string& text, const std::function<void(Section&)>& read,
                           const std::vector<std::string>& overrides = {}) {
  return mistakes([&] {
    Node root = load_yaml_text(text, "e.yaml");
    Problems problems;
    apply_overrides(root, overrides, problems);
    read_config(root, problems, read);
  });
}

/// The one mistake of reading `text`, or all of them in one line.
inline std::string mistake(const std::string& text, const std::function<void(Section&)>& read) {
  std::string all;
  for (const std::string& line : read_mistakes(text, read)) all += (all.empty() ? "" : " | ") + line;
  return all;
}

}  // namespace fedtide
