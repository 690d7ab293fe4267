#include "datasets/formats/arff.h"

#include <set>
#include <string_view>

#include "sim/base/error.h"

namespace fedtide {
namespace {

constexpr std::size_t kMostAttributes = 1'000'000;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// Walks over one line of the header.
class Cursor {
 public:
  Cursor(const LineReader& lines, std::string_view line) : lines_(lines), line_(line) { skip_blanks(); }

  bool at_end() const { return at_ == line_.size(); }
  char peek() const { return at_end() ? '\0' : line_[at_]; }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    skip_blanks();
    return true;
  }
  std::string_view rest() const { return line_.substr(at_); }
  [[noreturn]] void damaged(const std::string& what) const { lines_.damaged(at_ + 1, what); }

  /// Up to a blank or one of `stops`; or a text in quotes.
  std::string word(std::string_view stops) {
    const char quote = peek();
    std::string out;
    if (quote == '\'' || quote == '"') {
      const std::size_t start = at_++;
      for (; peek() != quote; ++at_) {
        if (peek() == '\\' && at_ + 1 < line_.size()) ++at_;
        if (at_end()) {
          at_ = start;
          damaged(
              fmt::format("the quoted text {} does not end in its line; must end with {}", in_quotes(rest()), quote));
        }
        out.push_back(peek());
      }
      ++at_;
    } else {
      while (!at_end() && !is_blank(peek()) && stops.find(peek()) == stops.npos) out.push_back(line_[at_++]);
    }
    skip_blanks();
    return out;
  }

 private:
  void skip_blanks() {
    while (!at_end() && is_blank(line_[at_])) ++at_;
  }

  const LineReader& lines_;
  std::string_view line_;
  std::size_t at_ = 0;
};

/// {a, b, 'c d'}
std::vector<std::string> nominal_values(Cursor& cursor) {
  std::vector<std::string> values;
  std::set<std::string> known;
  cursor.take('{');
  while (!cursor.take('}')) {
    if (cursor.at_end()) cursor.damaged("the list of values does not end in its line; must end with }");
    if (cursor.peek() == ',') cursor.damaged("a value is missing before the comma");
    std::string value = cursor.word(",{}");
    if (!known.insert(value).second) {
      cursor.damaged(fmt::format("the value {} stands in the list twice", in_quotes(value)));
    }
    values.push_back(std::move(value));
    if (!cursor.take(',') && !cursor.at_end() && cursor.peek() != '}') {
      cursor.damaged(fmt::format("found {}, must be a comma or }}", in_quotes(cursor.rest())));
    }
  }
  return values;
}

ArffAttribute read_attribute(Cursor& cursor) {
  ArffAttribute a;
  if (cursor.at_end()) cursor.damaged("must go on with the attribute's name");
  a.name = cursor.word("{");
  if (a.name.empty()) cursor.damaged("the attribute's name is empty");
  if (cursor.at_end()) {
    a.kind = ArffAttribute::Kind::nominal;
    return a;
  }
  if (cursor.peek() == '{') {
    a.kind = ArffAttribute::Kind::nominal;
    a.values = nominal_values(cursor);
    if (!cursor.at_end()) cursor.damaged(fmt::format("found {} after the list", in_quotes(cursor.rest())));
    return a;
  }
  Cursor before = cursor;
  const std::string type = lower(cursor.word(""));
  if (type == "string" || type == "date") {
    a.kind = ArffAttribute::Kind::text;
  } else if (type != "numeric" && type != "real" && type != "integer") {
    before.damaged(fmt::format("type {}, must be numeric, real, integer, string, date or a list {{a, b}}",
                               in_quotes(before.rest())));
  }
  return a;
}

}  // namespace

std::vector<ArffAttribute> read_arff_header(LineReader& lines) {
  std::vector<ArffAttribute> attributes;
  std::string_view line;
  while (lines.next(line)) {
    Cursor cursor(lines, line);
    if (cursor.at_end() || cursor.peek() == '%') continue;
    Cursor before = cursor;
    const std::string keyword = lower(cursor.word(""));
    if (keyword == "@data") {
      if (attributes.empty()) before.damaged("@data without an @attribute before it");
      return attributes;
    }
    if (keyword == "@attribute") {
      attributes.push_back(read_attribute(cursor));
      if (attributes.size() > kMostAttributes) before.damaged(fmt::format("more than {} attributes", kMostAttributes));
    } else if (keyword != "@relation") {
      before.damaged(
          fmt::format("found {}, must be @relation, @attribute, @data or a % comment", in_quotes(before.rest())));
    }
  }
  throw Failure(ExitCode::data_damaged,
                fmt::format("{}: line {}: the file ends without @data", lines.name(), lines.number()));
}

CsvDialect arff_rows() { return {',', "'\"", true, '%', true}; }

}  // namespace fedtide
