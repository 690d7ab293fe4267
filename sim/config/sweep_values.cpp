#include "sim/config/sweep_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "sim/base/quantity.h"
#include "sim/base/text.h"
#include "sim/config/top_level.h"
#include "sim/config/yaml.h"

namespace fedtide {

namespace {

constexpr int kDigits = 12;

/// Pieces between top-level commas; none when brackets or quotes do not close.
std::optional<std::vector<std::string>> split_arguments(std::string_view text) {
  const TopLevel found = top_level(text);
  if (!found.closed) return std::nullopt;
  std::vector<std::string> pieces;
  if (trimmed(text).empty()) return pieces;
  std::size_t start = 0;
  for (const std::size_t comma : found.commas) {
    pieces.emplace_back(trimmed(text.substr(start, comma - start)));
    start = comma + 1;
  }
  pieces.emplace_back(trimmed(text.substr(start)));
  return pieces;
}

double rounded(double x, int digits) {
  double result = x;
  const std::string text = fmt::format("{:.{}g}", x, digits);
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result == 0 ? 0 : result;  // no -0
}

/// Numbers of a call as values of a key; `count` was checked.
class Sequence {
 public:
  Sequence(const Call& call, const Place& place, const std::string& path, Problems& problems)
      : call_(call), place_(place), path_(path), problems_(problems) {}

  std::optional<std::vector<Node>> range() const {
    const auto given = amounts_of(call_, 1, 3, "range(start, stop, step)", place_, path_, problems_);
    if (!given) return std::nullopt;
    const double start = given->x.size() > 1 ? given->x[0] : 0;
    const double stop = given->x.size() > 1 ? given->x[1] : given->x[0];
    const double step = given->x.size() > 2 ? given->x[2] : 1;
    if (step == 0) return refuse("the step of range() is 0, must not be");
    // A little less, so that (1 - 0) / 0.1 is 10 steps whatever the last bit says.
    const double count = std::ceil((stop - start) / step * (1 - 1e-14) - 1e-9);
    if (!(count >= 1)) {
      return refuse(fmt::format("{}({}) holds no value: it goes from {} to below {} in steps of {}", call_.name,
                                printable(call_.inside), start, stop, step));
    }
    return numbers(count, given->unit, [&](double i) { return start + i * step; });
  }

  std::optional<std::vector<Node>> spaced(bool logarithmic) const {
    const std::string form = call_.name + "(first, last, n)";
    const auto given = amounts_of(call_, 3, 3, form, place_, path_, problems_);
    if (!given) return std::nullopt;
    const double count = given->x[2];
    if (count < 1 || count != std::floor(count)) {
      return refuse(fmt::format("{}: n must be a whole number of at least 1, got {}", form, count));
    }
    if (logarithmic && !given->unit.empty()) {
      return refuse("logspace(first, last, n) takes exponents of 10, which have no unit");
    }
    const double first = given->x[0];
    const double width = given->x[1] - first;
    if (count == 1 && width != 0)
      return refuse(fmt::format("{}: one value cannot be both ends; n must be at least 2", form));
    const double gaps = std::max(count - 1, 1.0);
    return numbers(count, given->unit, [&](double i) {
      const double x = i == count - 1 ? given->x[1] : first + width * i / gaps;
      return logarithmic ? std::pow(10.0, x) : x;
    });
  }

 private:
  std::nullopt_t refuse(std::string why) const {
    problems_.add(place_, path_, std::move(why));
    return std::nullopt;
  }

  template <class Value>
  std::optional<std::vector<Node>> numbers(double count, const std::string& unit, Value value) const {
    if (!(count <= static_cast<double>(kMostSwept))) {
      return refuse(fmt::format("{}({}) has {:.6g} values, must be at most {}", call_.name, printable(call_.inside),
                                count, kMostSwept));
    }
    std::vector<Node> nodes;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      const double x = value(static_cast<double>(i));
      if (!std::isfinite(x)) {
        return refuse(fmt::format("{}({}) has a value that is too large", call_.name, printable(call_.inside)));
      }
      nodes.push_back(amount_node(x, unit, kDigits, place_));
    }
    return nodes;
  }

  const Call& call_;
  const Place& place_;
  const std::string& path_;
  Problems& problems_;
};

/// Notes a function that stands among values, and a value that stands twice.
bool are_values(const std::vector<Node>& values, const std::string& path, Problems& problems) {
  const std::size_t before = problems.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Node& value = values[i];
    for (const std::string& name : sweep_functions()) {
      if (!value.is_scalar() || value.quoted || !value.text.starts_with(name + "(")) continue;
      problems.add(value.place, path,
                   fmt::format("{}() stands alone, without brackets around it and without other values", name));
      return false;
    }
  }
  // By text first: comparing each with each would take minutes for many.
  std::vector<std::pair<std::string, std::size_t>> order;
  for (std::size_t i = 0; i < values.size(); ++i) order.emplace_back(flow_text(values[i]), i);
  std::sort(order.begin(), order.end());
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (order[i].first != order[i - 1].first) continue;
    problems.add(values[order[i].second].place, path,
                 fmt::format("{} is written twice; each value gives runs of its own", printable(order[i].first)));
  }
  return problems.size() == before;
}

bool needs_quotes(const Node& node) {
  if (node.quoted || node.text.empty()) return true;
  return node.text.find_first_of(",[]{}#:\"'\n") != std::string::npos;
}

}  // namespace

std::optional<Call> call_of(std::string_view text) {
  text = trimmed(text);
  const std::size_t open = text.find('(');
  if (open == 0 || open == text.npos || text.back() != ')') return std::nullopt;
  const std::string_view name = text.substr(0, open);
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (!std::all_of(name.begin(), name.end(), is_letter)) return std::nullopt;
  const std::string_view inside = text.substr(open + 1, text.size() - open - 2);
  auto arguments = split_arguments(inside);
  if (!arguments) return std::nullopt;
  return Call{std::string(name), std::string(inside), std::move(*arguments)};
}

std::optional<Amounts> amounts_of(const Call& call, std::size_t least, std::size_t most, std::string_view form,
                                  const Place& place, const std::string& path, Problems& problems) {
  if (call.arguments.size() < least || call.arguments.size() > most) {
    problems.add(place, path,
                 fmt::format("{}() takes {} numbers, got {}; write {}", call.name,
                             least == most ? fmt::format("{}", least) : fmt::format("{} to {}", least, most),
                             call.arguments.size(), form));
    return std::nullopt;
  }
  Amounts amounts;
  const bool counts = form.ends_with(", n)");  // the last is how many, and has no unit
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const std::string& text = call.arguments[i];
    const ParsedQuantity parsed = parse_quantity(text);
    if (!parsed.error.empty()) {
      problems.add(place, path, fmt::format("{}: {}", form, parsed.error));
      return std::nullopt;
    }
    const std::string_view digits = std::string_view(text).substr(text.starts_with('+') ? 1 : 0);
    double x = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), x);
    const std::string unit(trimmed({end, static_cast<std::size_t>(digits.data() + digits.size() - end)}));
    const bool is_count = counts && i + 1 == call.arguments.size();
    if (i == 0) amounts.unit = unit;
    if (error != std::errc() || unit != (is_count ? "" : amounts.unit)) {
      problems.add(place, path,
                   fmt::format("{}: {} must have {}, as the first number has", form, printable(text),
                               is_count || amounts.unit.empty() ? "no unit" : "the unit " + amounts.unit));
      return std::nullopt;
    }
    amounts.x.push_back(x);
  }
  return amounts;
}

Node amount_node(double x, const std::string& unit, int digits, const Place& place) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.place = place;
  node.text = fmt::format("{}", rounded(x, digits)) + (unit.empty() ? "" : " " + unit);
  return node;
}

std::optional<std::vector<Node>> sweep_values(std::string_view text, const Place& place, const std::string& path,
                                              Problems& problems) {
  const std::optional<Call> call = call_of(text);
  std::optional<std::vector<Node>> values;
  if (call && call->name != "choice") {
    const Sequence sequence(*call, place, path, problems);
    if (call->name == "range") {
      values = sequence.range();
    } else if (call->name == "linspace" || call->name == "logspace") {
      values = sequence.spaced(call->name == "logspace");
    } else {
      problems.add(
          place, path,
          fmt::format("there is no function \"{}\"{}{}", printable(call->name),
                      suggestion(call->name, sweep_functions()),
                      nearest(call->name, sweep_functions()).empty() ? "; text with brackets stands in quotes" : ""));
    }
  } else {
    values = parse_flow_values(call ? std::string_view(call->inside) : text, place, path, problems);
  }
  if (!values) return std::nullopt;
  if (values->empty()) {
    problems.add(place, path, "no value; write at least one, for example 0.1, 1");
    return std::nullopt;
  }
  if (!are_values(*values, path, problems)) return std::nullopt;
  return values;
}

std::optional<std::vector<Node>> sweep_values(const Node& node, const std::string& path, Problems& problems) {
  if (node.is_scalar()) return sweep_values(node.text, node.place, path, problems);
  if (!node.is_list()) {
    problems.add(node.place, path,
                 fmt::format("must be a list of values or text such as \"range(5)\", got {}; keys are written with "
                             "points: a.b: [1, 2]",
                             shown(node)));
    return std::nullopt;
  }
  if (node.items.empty()) {
    problems.add(node.place, path, "the list has no value; write at least one, for example [0.1, 1]");
    return std::nullopt;
  }
  if (!are_values(node.items, path, problems)) return std::nullopt;
  return node.items;
}

std::string flow_text(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "null";
    case Node::Kind::scalar: {
      if (!needs_quotes(node)) return node.text;
      std::string text = "\"";
      for (const char c : node.text) {
        if (c == '"' || c == '\\') text += '\\';
        text += c == '\n' ? ' ' : c;
      }
      return text + "\"";
    }
    case Node::Kind::list: {
      std::vector<std::string> items;
      for (const Node& item : node.items) items.push_back(flow_text(item));
      return "[" + join(items) + "]";
    }
    case Node::Kind::map:
      break;
  }
  std::vector<std::string> entries;
  for (const Node::Entry& entry : node.entries) entries.push_back(entry.key + ": " + flow_text(entry.value));
  return "{" + join(entries) + "}";
}

bool same_value(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.items.size() != b.items.size() || a.entries.size() != b.entries.size()) return false;
  if (a.is_scalar() && a.text != b.text) {
    const ParsedQuantity x = parse_quantity(a.text);
    const ParsedQuantity y = parse_quantity(b.text);
    return x.error.empty() && y.error.empty() && x.unit == y.unit && x.value == y.value && !a.quoted && !b.quoted;
  }
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!same_value(a.items[i], b.items[i])) return false;
  }
  return std::all_of(a.entries.begin(), a.entries.end(), [&](const Node::Entry& entry) {
    const Node::Entry* other = b.find(entry.key);
    return other != nullptr && same_value(entry.value, other->value);
  });
}

}  // namespace fedtide
