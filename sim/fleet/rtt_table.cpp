#include "sim/fleet/rtt_table.h"

#include <algorithm>
#include <string_view>

#include "sim/base/error.h"
#include "sim/files/lines.h"
#include "sim/files/number.h"

namespace fedtide {
namespace {

constexpr double kLongest = 3600;
constexpr std::string_view kBlanks = " \t";

/// Calls take(column, text) for the numbers of a line.
template <class Take>
void each_word(std::string_view line, Take take) {
  for (std::size_t at = line.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const std::size_t end = line.find_first_of(kBlanks, at);
    take(at + 1, line.substr(at, end == std::string_view::npos ? end : end - at));
    at = end == std::string_view::npos ? end : line.find_first_not_of(kBlanks, end);
  }
}

}  // namespace

RttTable RttTable::read(ContentReader content, double unit_s, std::optional<std::int64_t> server) {
  LineReader lines(std::move(content));
  RttTable table;
  std::int64_t rows = 0, width = 0;
  for (std::string_view line; lines.next(line);) {
    std::int64_t column = 0;
    each_word(line, [&](std::size_t at, std::string_view word) {
      const auto value = parse_number(word);
      if (!value) lines.damaged(at, why_no_number(word));
      const double seconds = *value * unit_s;
      if (!(seconds >= 0 && seconds <= kLongest)) {
        lines.damaged(at, fmt::format("found {}, must be from 0 to {}, an hour", in_quotes(word), kLongest / unit_s));
      }
      const bool wanted = column != rows && (!server || column == *server);
      if (wanted && static_cast<float>(seconds) > 0) table.times_.push_back(static_cast<float>(seconds));
      ++column;
    });
    if (column == 0) continue;  // an empty line
    if (rows++ == 0) width = column;
    if (column != width) {
      lines.damaged(1, fmt::format("a row of {} times, must have {} as the first", column, width));
    }
    if (rows > width) lines.damaged(1, fmt::format("a row more than the {} columns; must have as many", width));
    if (table.times_.size() > table.begins_.back()) table.begins_.push_back(table.times_.size());
  }
  if (rows != width || rows == 0) {
    lines.damaged_at(std::max<std::uint64_t>(1, lines.number()), 0,
                     fmt::format("ends after {} rows of {} times, must have as many rows", rows, width));
  }
  if (server && *server >= width) {
    lines.damaged_at(1, 0, fmt::format("has the nodes 0 to {}, but the server is {}", width - 1, *server));
  }
  if (table.nodes() == 0) lines.damaged_at(1, 0, "no time above 0 between two nodes, must be one at least");
  return table;
}

}  // namespace fedtide
