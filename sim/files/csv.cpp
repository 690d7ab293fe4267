#include "sim/files/csv.h"

#include <utility>

#include "sim/base/error.h"

namespace fedtide {
namespace {

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

CsvReader::CsvReader(LineReader lines, CsvDialect dialect) : lines_(std::move(lines)), dialect_(dialect) {}

bool CsvReader::next_line(std::string_view& line) {
  std::uint64_t empty = 0;
  while (lines_.next(line)) {
    if (without_blanks(line).empty()) {
      if (empty == 0) empty = lines_.number();
    } else if (dialect_.comment == 0 || without_blanks(line).front() != dialect_.comment) {
      if (empty > 0 && !dialect_.empty_lines) {
        lines_.damaged_at(empty, 0, "empty, but rows follow; must be a row, or the end of the file");
      }
      return true;
    }
  }
  return false;
}

bool CsvReader::next() {
  std::string_view line;
  if (!next_line(line)) return false;
  split(line);
  return true;
}

const char* CsvReader::take_quoted(const char* p, const char* last, std::size_t column) {
  const char quote = *p++;
  const char* const first = p;
  std::string* unescaped = nullptr;
  const char* kept = p;  // of the piece not copied yet
  const auto skip_escape = [&] {
    if (unescaped == nullptr) unescaped = &unescaped_.emplace_back();
    unescaped->append(kept, p);
    kept = ++p;
  };
  for (;; ++p) {
    if (p == last) {
      lines_.damaged(column, fmt::format("the quoted text {} does not end in its line; must end with {}",
                                         in_quotes(std::string_view(first - 1, last)), quote));
    }
    const bool more = p + 1 != last;
    if (dialect_.backslash && *p == '\\' && more) {
      skip_escape();
    } else if (*p == quote) {
      if (!more || p[1] != quote) break;
      skip_escape();
    }
  }
  std::string_view text(first, p);
  if (unescaped != nullptr) text = unescaped->append(kept, p);
  fields_.push_back({text, column, true});
  return p + 1;
}

void CsvReader::split(std::string_view line) {
  fields_.clear();
  unescaped_.clear();
  const char* const begin = line.data();
  const char* const last = begin + line.size();
  const auto column = [begin](const char* p) { return static_cast<std::size_t>(p - begin) + 1; };
  const char separator = dialect_.separator;
  const char first_quote = dialect_.quotes.front(), last_quote = dialect_.quotes.back();
  for (const char* p = begin;; ++p) {
    while (p != last && *p == ' ' && separator != ' ') ++p;
    const char* const start = p;
    if (p != last && (*p == first_quote || *p == last_quote)) {
      p = take_quoted(p, last, column(start));
      while (p != last && *p == ' ' && separator != ' ') ++p;
      if (p != last && *p != separator) {
        lines_.damaged(column(p),
                       fmt::format("found {} after a quoted field, must be {} or the end of the line",
                                   in_quotes(std::string_view(p, last)), in_quotes(std::string_view(&separator, 1))));
      }
    } else {
      while (p != last && *p != separator && *p != first_quote && *p != last_quote) ++p;
      if (p != last && *p != separator) {
        lines_.damaged(column(p), fmt::format("found {} within a field; quotes must enclose all of it",
                                              in_quotes(std::string_view(p, last))));
      }
      fields_.push_back({without_blanks(std::string_view(start, p)), column(start), false});
    }
    if (p == last) return;
  }
}

}  // namespace fedtide
