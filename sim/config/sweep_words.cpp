// The words of `fedtide sweep` beside the file, and what must hold of both together.

#include <algorithm>
#include <utility>

#include "sim/base/text.h"
#include "sim/config/sweep_section.h"
#include "sim/config/sweep_values.h"

namespace fedtide {

namespace {

/// A word that sweeps, or that means to: a function with a slip in its name.
bool means_several(const std::string& value) {
  if (is_sweep_value(value)) return true;
  const std::optional<Call> call = call_of(value);
  return call && !nearest(call->name, {"choice", "range", "linspace", "logspace"}).empty();
}

/// The file's axis of that key in the grid; null when there is none.
SweepAxis* axis_of(Sweep& sweep, const std::string& path) {
  const auto found =
      std::find_if(sweep.grid.begin(), sweep.grid.end(), [&](const SweepAxis& axis) { return axis.at.path == path; });
  return found == sweep.grid.end() ? nullptr : &*found;
}

bool remove_key(Sweep& sweep, const std::string& path) {
  std::size_t removed = std::erase_if(sweep.random, [&](const SweepDraw& draw) { return draw.at.path == path; });
  for (std::vector<SweepAxis>& group : sweep.zip) {
    removed += std::erase_if(group, [&](const SweepAxis& axis) { return axis.at.path == path; });
  }
  std::erase_if(sweep.zip, [](const std::vector<SweepAxis>& group) { return group.empty(); });
  if (sweep.random.empty()) sweep.draws = 0;
  return removed > 0;
}

std::vector<const Override*> swept_keys(const Sweep& sweep) {
  std::vector<const Override*> keys;
  for (const SweepAxis& axis : sweep.grid) keys.push_back(&axis.at);
  for (const std::vector<SweepAxis>& group : sweep.zip) {
    for (const SweepAxis& axis : group) keys.push_back(&axis.at);
  }
  for (const SweepDraw& draw : sweep.random) keys.push_back(&draw.at);
  return keys;
}

bool is_within(const std::string& inner, const std::string& outer) { return inner.starts_with(outer + "."); }

}  // namespace

std::vector<std::optional<std::string>> take_sweep_words(const std::vector<std::string>& words, Sweep& sweep,
                                                         Problems& problems) {
  std::vector<std::optional<std::string>> rest(words.begin(), words.end());
  for (std::size_t i = 0; i < words.size(); ++i) {
    Problems unused;
    const std::optional<Override> at = split_override(words[i], static_cast<int>(i) + 1, unused);
    if (!at) continue;  // the word stays, and is refused when it is applied
    SweepAxis* old = axis_of(sweep, at->path);
    const bool several = means_several(at->value);
    if (!several && old == nullptr && !remove_key(sweep, at->path)) continue;
    rest[i].reset();
    auto values = sweep_values(at->value, at->place, at->path, problems);
    if (!values) continue;
    if (old != nullptr) {
      *old = {*at, std::move(*values)};
    } else {
      remove_key(sweep, at->path);
      // Seeds stay the fastest, so that the runs of one combination stand side by side.
      const bool ends_in_seeds = !sweep.grid.empty() && sweep.grid.back().at.path == "seed" && at->path != "seed";
      sweep.grid.insert(sweep.grid.end() - (ends_in_seeds ? 1 : 0), {*at, std::move(*values)});
    }
  }
  return rest;
}

void check_sweep(const Sweep& sweep, Problems& problems) {
  const std::vector<const Override*> keys = swept_keys(sweep);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (keys[i]->path == keys[j]->path) {
        problems.add(keys[i]->place, keys[i]->path, "is swept twice; a key stands in one place of a sweep");
      } else if (is_within(keys[i]->path, keys[j]->path) || is_within(keys[j]->path, keys[i]->path)) {
        problems.add(keys[i]->place, keys[i]->path,
                     fmt::format("is swept, and so is {}: one would overwrite the other", keys[j]->path));
      }
    }
    names.push_back(keys[i]->path);
  }
  for (std::size_t i = 0; i < sweep.exclude.size(); ++i) {
    for (const SweepAxis& axis : sweep.exclude[i].keys) {
      if (std::find(names.begin(), names.end(), axis.at.path) != names.end()) continue;
      problems.add(axis.at.place, fmt::format("sweep.exclude[{}].{}", i, axis.at.path),
                   "is not swept" + suggestion(axis.at.path, names));
    }
  }
}

}  // namespace fedtide
