#pragma once
// What the fuzz targets run, and the tests over the corpus: any text is loaded and read to the end, or refused with a
// ConfigError.

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/overrides.h"
#include "sim/config/sweep_expand.h"
#include "sim/config/sweep_section.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"

namespace fedtide::fuzz {

/// A config with one key of every sort that a Section can read.
inline void read_everything(Section& s) {
  s.text("name", {"run", "name of the run", ""});
  s.maybe_text("note", {std::nullopt, "remark", ""});
  s.whole("seed", {1, non_negative(), "seed of all random streams", ""});
  s.section("training", "local training", [](Section& t) {
    t.whole("epochs", {1, at_least(1), "passes over the shard", ""});
    t.whole_or("batch_size", "full", {std::nullopt, at_least(1), "samples in a step", ""});
    t.real("lr", {0.1, positive(), "learning rate", ""});
    t.maybe_real("clip", {std::nullopt, positive(), "largest norm of a gradient", ""});
    t.wholes("hidden", {200, 200}, {std::nullopt, at_least(1), "units of each layer", ""});
    t.reals("decay", {}, {std::nullopt, probability(), "factors", ""});
    t.flag("shuffle", {true, "new order in each epoch", ""});
  });
  s.section("protocol", "who talks to whom and when", [](Section& p) {
    const Words names{"synchronous", {{"synchronous", "rounds", ""}, {"buffered", "buffers", ""}}, "protocol", ""};
    p.choose("name", names, [&](const std::string& name) {
      if (name == "synchronous") {
        p.maybe_duration("deadline", {std::nullopt, positive(), "time until late reports are refused", ""});
        p.real("over_selection", {1.0, at_least(1), "share selected beyond the cohort", ""});
      } else {
        p.whole("buffer", {10, at_least(1), "updates in a version", ""});
      }
    });
    p.maybe_whole("cohort", {std::nullopt, at_least(1), "clients in a round", ""});
    p.word("weights", {"samples", {{"samples", "", ""}, {"equal", "", ""}}, "weight of an update", ""});
  });
  s.section("fleet", "devices and links", [](Section& f) {
    f.draw("speed", Unit::flop_per_second, Draw{Draw::Kind::constant, 2e9, 0}, {std::nullopt, positive(), "", ""});
    f.draw("share", Unit::none, Draw{Draw::Kind::uniform, 0, 1}, {std::nullopt, probability(), "", ""});
    f.duration("start", {0, non_negative(), "", ""});
    f.bytes("memory", {4e9, positive(), "", ""});
    f.maybe_bytes("cache", {std::nullopt, positive(), "", ""});
    f.bit_rate("up", {1e6, positive(), "", ""});
    f.flop_rate("peak", {1e9, positive(), "", ""});
  });
}

/// Aborts when a config that was accepted does not print to one that reads the same.
inline void check_round_trip(const Resolved& first) {
  for (const std::string& text : {to_yaml(first), canonical_json(first, {})}) {
    Problems problems;
    Resolved second;
    read_config(load_yaml_text(text, "printed.yaml"), problems, read_everything, &second);
    if (canonical_json(first, {}) != canonical_json(second, {})) std::abort();
  }
}

inline void run_tree(const Node& root, Problems& problems) {
  Resolved resolved;
  try {
    read_config(root, problems, read_everything, &resolved);
  } catch (const ConfigError&) {
    return;
  }
  check_round_trip(resolved);
}

/// True when the text is a YAML mapping within the limits.
inline bool run_yaml(std::string_view text) {
  Node root;
  try {
    root = load_yaml_text(text, "fuzz.yaml");
  } catch (const ConfigError&) {
    return false;
  }
  Problems problems;
  run_tree(root, problems);
  return true;
}

/// Each line of the text is one word of the command line.
inline void run_overrides(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    words.emplace_back(text.substr(start, end - start));
    start = end + 1;
  }
  Node root = load_yaml_text("seed: 3\ntraining: {lr: 0.1, hidden: [1, 2]}\nfleet:\n", "base.yaml");
  Problems problems;
  apply_overrides(root, words, problems);
  run_tree(root, problems);
}

/// Every run has a value for each key, and no two runs have the same ones written the same way.
inline void check_runs(const std::vector<Assignments>& runs) {
  for (const Assignments& run : runs) {
    if (run.empty() || run.size() != runs.front().size()) std::abort();
    for (const Assignment& one : run) {
      if (one.at == nullptr || one.at->path.empty()) std::abort();
    }
  }
}

/// The first line is the text of a YAML file with a section `sweep`, in which "|" stands for a line end; the others are
/// words of the command line.
inline void run_sweep(std::string_view text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string yaml(text.substr(0, end));
  std::replace(yaml.begin(), yaml.end(), '|', '\n');
  std::vector<std::string> words;
  for (std::size_t start = end + 1; start <= text.size();) {
    const std::size_t stop = std::min(text.find('\n', start), text.size());
    words.emplace_back(text.substr(start, stop - start));
    start = stop + 1;
  }
  Node root;
  try {
    root = load_yaml_text(yaml, "fuzz.yaml");
  } catch (const ConfigError&) {
    return;
  }
  Problems problems;
  problems.name_overrides(words);
  const Node::Entry* section = root.find("sweep");
  Sweep sweep = read_sweep(section != nullptr ? section->value : Node{}, problems);
  take_sweep_words(words, sweep, problems);
  check_sweep(sweep, problems);
  if (problems.empty() && !sweep.empty()) check_runs(expand(sweep, problems));
}

}  // namespace fedtide::fuzz
