#include "datasets/formats/edges.h"

#include <algorithm>
#include <cstddef>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/files/number.h"

namespace fedtide {
namespace {

/// Of each wanted column its field.
class Header {
 public:
  explicit Header(CsvReader& rows) : lines_(rows.lines()) {
    if (!rows.next()) lines_.damaged_at(1, 0, "the file is empty; must begin with the columns' names");
    for (const Field& field : rows.fields()) names_.emplace_back(field.text);
  }
  std::size_t field(const std::string& name) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found == names_.end()) {
      lines_.damaged(0, fmt::format("has no column {}; columns: {}", in_quotes(name), join(names_)));
    }
    return static_cast<std::size_t>(found - names_.begin());
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  const LineReader& lines_;
  std::vector<std::string> names_;
};

}  // namespace

Edges read_edges(CsvReader rows, const EdgeColumns& columns, const Dictionary& nodes, const std::string& nodes_file) {
  const Header header(rows);
  const LineReader& lines = rows.lines();
  const std::size_t from = header.field(columns.from), to = header.field(columns.to);
  std::vector<std::size_t> numbers;
  for (const std::string& name : columns.numbers) numbers.push_back(header.field(name));
  const std::size_t time = columns.time.empty() ? 0 : header.field(columns.time);
  Edges edges;
  edges.numbers.resize(numbers.size());
  while (rows.next()) {
    const std::span<const Field> fields = rows.fields();
    if (fields.size() != header.names().size()) {
      lines.damaged(fields.back().column, fmt::format("the row ends with field {}, must have {}: {}", fields.size(),
                                                      header.names().size(), join(header.names())));
    }
    const auto node = [&](std::size_t i) {
      const auto found = nodes.find(fields[i].text);
      if (!found) {
        lines.damaged(fields[i].column, fmt::format("{}: found {}, must be a node of {}", header.names()[i],
                                                    in_quotes(fields[i].text), nodes_file));
      }
      return *found;
    };
    edges.ends.emplace_back(node(from), node(to));
    const auto number = [&](std::size_t i) {
      const auto found = parse_number(fields[i].text);
      if (!found) {
        lines.damaged(fields[i].column, fmt::format("{}: {}", header.names()[i], why_no_number(fields[i].text)));
      }
      return *found;
    };
    for (std::size_t k = 0; k < numbers.size(); ++k) {
      edges.numbers[k].push_back(static_cast<float>(number(numbers[k])));
    }
    if (!columns.time.empty()) edges.times.push_back(number(time));
  }
  edges.crc32 = lines.crc32();
  return edges;
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> undirected(const Edges& edges) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
  for (const auto& [a, b] : edges.ends) {
    if (a != b) pairs.emplace_back(std::min(a, b), std::max(a, b));
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

}  // namespace fedtide
