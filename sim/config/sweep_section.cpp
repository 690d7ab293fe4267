#include "sim/config/sweep_section.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/base/text.h"
#include "sim/config/number_reader.h"
#include "sim/config/sweep_values.h"

namespace fedtide {

namespace {

struct KeyHelp {
  const char* key;
  const char* help;
};

constexpr KeyHelp kKeys[] = {
    {"grid",
     "every combination: dotted keys, each with a list of values or text such as \"range(5)\", "
     "\"linspace(0, 1, 5)\", \"logspace(-3, -1, 5)\"; the last key changes fastest"},
    {"zip",
     "dotted keys with lists of one length, whose values go together; a list of such mappings for several groups"},
    {"random",
     "n draws: dotted keys, each with uniform(a, b), loguniform(a, b), normal(mean, sd), integer(a, b) or a "
     "list to choose from; seed names the draws"},
    {"exclude", "combinations to leave out: a list of mappings, each of dotted keys with a value or a list of values"},
    {"seeds",
     "every combination with so many seeds, 1 to n, or with these; the same for all, so that runs can be "
     "paired"},
};

std::vector<std::string> names_of_keys() {
  std::vector<std::string> names;
  for (const KeyHelp& each : kKeys) names.emplace_back(each.key);
  return names;
}

/// A dotted key of the file as an override at its place.
std::optional<Override> key_at(const Node::Entry& entry, const std::string& path, Problems& problems) {
  Problems found;
  std::optional<Override> at = split_override(entry.key + "=x", 0, found);
  for (const Problem& problem : found.all()) problems.add(entry.place, joined_path(path, entry.key), problem.message);
  if (at) at->place = entry.place;
  return at;
}

class SweepReader {
 public:
  SweepReader(const Node& section, Problems& problems) : section_(section), problems_(problems) {}

  Sweep read() {
    if (section_.is_null()) return {};
    if (!section_.is_map()) {
      problems_.add(section_.place, "sweep", fmt::format("must be a mapping, got {}", shown(section_)));
      return {};
    }
    check_keys();
    with("grid", [&](const Node& node) { sweep_.grid = axes(node, "sweep.grid"); });
    with("zip", [&](const Node& node) { read_zip(node); });
    with("random", [&](const Node& node) { read_random(node); });
    with("exclude", [&](const Node& node) { read_exclude(node); });
    with("seeds", [&](const Node& node) { read_seeds(node); });
    return std::move(sweep_);
  }

 private:
  template <class Read>
  void with(std::string_view key, Read read) const {
    const Node::Entry* entry = section_.find(key);
    if (entry != nullptr && !entry->value.is_null()) read(entry->value);
  }

  void fail(const Place& place, const std::string& path, std::string message) {
    problems_.add(place, path, std::move(message));
  }

  void check_keys() {
    const std::vector<std::string> known = names_of_keys();
    for (const Node::Entry& entry : section_.entries) {
      if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
      const bool is_dotted = entry.key.find('.') != std::string::npos;
      fail(entry.place, joined_path("sweep", entry.key),
           "unknown key" + (is_dotted ? "; a key of the experiment stands in grid, zip or random"
                                      : suggestion(printable(entry.key), known)));
    }
  }

  bool is_mapping(const Node& node, const std::string& path) {
    if (node.is_map()) return true;
    fail(node.place, path, fmt::format("must be a mapping of dotted keys to values, got {}", shown(node)));
    return false;
  }

  std::vector<SweepAxis> axes(const Node& node, const std::string& path) {
    std::vector<SweepAxis> result;
    if (!is_mapping(node, path)) return result;
    for (const Node::Entry& entry : node.entries) {
      std::optional<Override> at = key_at(entry, path, problems_);
      auto values = sweep_values(entry.value, joined_path(path, entry.key), problems_);
      if (at && values) result.push_back({std::move(*at), std::move(*values)});
    }
    return result;
  }

  void read_zip(const Node& node) {
    if (!node.is_list()) return read_group(node, "sweep.zip");
    for (std::size_t i = 0; i < node.items.size(); ++i) read_group(node.items[i], fmt::format("sweep.zip[{}]", i));
  }

  void read_group(const Node& node, const std::string& path) {
    std::vector<SweepAxis> group = axes(node, path);
    if (group.empty()) return;
    for (const SweepAxis& axis : group) {
      if (axis.values.size() == group.front().values.size()) continue;
      fail(axis.at.place, joined_path(path, axis.at.path),
           fmt::format("has {} values and {} has {}; keys that go together have equally many", axis.values.size(),
                       group.front().at.path, group.front().values.size()));
      return;
    }
    sweep_.zip.push_back(std::move(group));
  }

  std::optional<std::int64_t> whole(const Node& node, const std::string& path, double low, double high) {
    const NumberResult number = number_of(node, {Unit::none, true, "", between(low, high)});
    if (!number.error.empty()) fail(node.place, path, number.error);
    if (!number.value) return std::nullopt;
    return static_cast<std::int64_t>(*number.value);
  }

  void read_random(const Node& node) {
    if (!is_mapping(node, "sweep.random")) return;
    bool has_draws = false;
    for (const Node::Entry& entry : node.entries) {
      const std::string path = joined_path("sweep.random", entry.key);
      if (entry.key == "n") {
        has_draws = true;
        sweep_.draws = whole(entry.value, path, 1, static_cast<double>(kMostSwept)).value_or(1);
      } else if (entry.key == "seed") {
        sweep_.random_seed = static_cast<std::uint64_t>(whole(entry.value, path, 0, 9e15).value_or(1));
      } else {
        std::optional<Override> at = key_at(entry, "sweep.random", problems_);
        std::optional<SweepDraw> draw = read_draw(entry.value, path);
        if (!at || !draw) continue;
        draw->at = std::move(*at);
        sweep_.random.push_back(std::move(*draw));
      }
    }
    if (!has_draws) fail(node.place, "sweep.random.n", "missing; must be how many draws, for example n: 20");
    if (sweep_.random.empty() && problems_.empty()) {
      fail(node.place, "sweep.random", "draws nothing; give a key, for example a.b: uniform(0, 1)");
    }
  }

  std::optional<SweepDraw> read_draw(const Node& node, const std::string& path) {
    const std::optional<Call> call = node.is_scalar() ? call_of(node.text) : std::nullopt;
    SweepDraw draw;
    if (!call || call->name == "choice") {
      auto values = sweep_values(node, path, problems_);
      if (!values) return std::nullopt;
      draw.values = std::move(*values);
      return draw;
    }
    static const std::vector<std::string> names = {"choice", "uniform", "loguniform", "normal", "integer"};
    const auto known = std::find(names.begin(), names.end(), call->name);
    if (known == names.end()) {
      fail(node.place, path,
           fmt::format("there is no distribution \"{}\"{}", printable(call->name), suggestion(call->name, names)));
      return std::nullopt;
    }
    draw.kind = static_cast<SweepDraw::Kind>(known - names.begin());
    const std::string form = call->name + (draw.kind == SweepDraw::Kind::normal ? "(mean, sd)" : "(low, high)");
    const auto given = amounts_of(*call, 2, 2, form, node.place, path, problems_);
    if (!given) return std::nullopt;
    draw.a = given->x[0];
    draw.b = given->x[1];
    draw.unit = given->unit;
    const std::string why = objection(draw);
    if (why.empty()) return draw;
    fail(node.place, path, fmt::format("{}: {}", form, why));
    return std::nullopt;
  }

  static std::string objection(const SweepDraw& draw) {
    if (draw.kind == SweepDraw::Kind::normal) {
      return draw.b > 0 ? "" : fmt::format("sd must be greater than 0, got {}", draw.b);
    }
    if (draw.kind == SweepDraw::Kind::loguniform && draw.a <= 0) {
      return fmt::format("low must be greater than 0, got {}", draw.a);
    }
    if (!(draw.a < draw.b)) return fmt::format("high must be greater than low, got {} and {}", draw.a, draw.b);
    const bool is_whole = draw.a == std::floor(draw.a) && draw.b == std::floor(draw.b) && draw.b - draw.a < 9e15;
    return draw.kind != SweepDraw::Kind::integer || is_whole ? "" : "both must be whole numbers";
  }

  void read_exclude(const Node& node) {
    if (!node.is_list()) {
      return fail(node.place, "sweep.exclude",
                  fmt::format("must be a list of mappings, [{{a.b: 1}}], got {}", shown(node)));
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const std::string path = fmt::format("sweep.exclude[{}]", i);
      const Node& item = node.items[i];
      if (!is_mapping(item, path)) continue;
      if (item.entries.empty()) {
        fail(item.place, path, "would leave out every run; name a key");
        continue;
      }
      SweepExclusion exclusion{item.place, {}};
      for (const Node::Entry& entry : item.entries) {
        std::optional<Override> at = key_at(entry, path, problems_);
        if (at) exclusion.keys.push_back({std::move(*at), {entry.value}});
      }
      sweep_.exclude.push_back(std::move(exclusion));
    }
  }

  void read_seeds(const Node& node) {
    SweepAxis axis;
    axis.at = {node.place, {"seed"}, "seed", "x"};
    const bool is_count = node.is_scalar() && !call_of(node.text) && node.text.find(',') == std::string::npos;
    if (is_count) {
      const auto count = whole(node, "sweep.seeds", 1, static_cast<double>(kMostSwept));
      for (std::int64_t i = 1; count && i <= *count; ++i) {
        axis.values.push_back(amount_node(static_cast<double>(i), "", 17, node.place));
      }
    } else if (auto values = sweep_values(node, "sweep.seeds", problems_)) {
      axis.values = std::move(*values);
    }
    if (!axis.values.empty()) sweep_.grid.push_back(std::move(axis));
  }

  const Node& section_;
  Problems& problems_;
  Sweep sweep_;
};

}  // namespace

Sweep read_sweep(const Node& section, Problems& problems) { return SweepReader(section, problems).read(); }

SchemaNode sweep_schema() {
  SchemaNode sweep;
  sweep.key = "sweep";
  sweep.help = "many runs from this file, for fedtide sweep; fedtide run takes the file with sweep=null";
  for (const KeyHelp& each : kKeys) {
    SchemaNode node;
    node.key = each.key;
    node.kind = SchemaNode::Kind::swept;
    node.help = each.help;
    sweep.children.push_back(std::move(node));
  }
  return sweep;
}

}  // namespace fedtide
