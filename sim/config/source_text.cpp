#include "sim/config/source_text.h"

#include <algorithm>
#include <utility>

#include "sim/config/yaml.h"

namespace fedtide {

namespace {

/// Offset of the first byte that is no UTF-8; npos when all is well. Surrogates and over-long forms are refused.
std::size_t invalid_utf8(std::string_view text) {
  std::size_t i = 0;
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  while (i < text.size()) {
    const unsigned first = byte(i);
    std::size_t length = 1;
    unsigned low = 0x80;
    unsigned high = 0xBF;
    if (first < 0x80) {
      ++i;
      continue;
    }
    if (first >= 0xC2 && first <= 0xDF) length = 2;
    if (first >= 0xE0 && first <= 0xEF) length = 3;
    if (first >= 0xF0 && first <= 0xF4) length = 4;
    if (length == 1) return i;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
    if (byte(i + 1) < low || byte(i + 1) > high) return i;
    for (std::size_t k = 2; k < length; ++k) {
      if ((byte(i + k) & 0xC0U) != 0x80U) return i;
    }
    i += length;
  }
  return std::string_view::npos;
}

bool looks_like_utf16(std::string_view raw) {
  if (raw.starts_with("\xFF\xFE") || raw.starts_with("\xFE\xFF")) return true;
  // Without a mark: ASCII text in UTF-16 has a NUL beside its first letter.
  return raw.size() >= 2 && (raw[0] == '\0') != (raw[1] == '\0');
}

std::string with_line_feeds(std::string_view raw) {
  std::string text;
  text.reserve(raw.size() + 1);
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\r') {
      text += '\n';
      if (i + 1 < raw.size() && raw[i + 1] == '\n') ++i;
    } else {
      text += raw[i];
    }
  }
  return text;
}

}  // namespace

SourceText::SourceText(std::string_view raw, std::string file, Problems& problems) : file_(std::move(file)) {
  const auto refuse = [&](const Problem& problem) {
    problems.add(problem.place, problem.path, problem.message);
    good_ = false;
  };
  if (raw.size() > kMaxYamlBytes) {
    refuse({{file_, 0, 0}, "", "the file is larger than 1 MiB; an experiment is a small text"});
    return;
  }
  if (looks_like_utf16(raw)) {
    refuse({{file_, 1, 1}, "", "the text is UTF-16; save it as UTF-8"});
    return;
  }
  if (raw.starts_with("\xEF\xBB\xBF")) raw.remove_prefix(3);
  text_ = with_line_feeds(raw);
  index_lines();
  if (const std::optional<Problem> found = mistake()) refuse(*found);
}

void SourceText::index_lines() {
  lines_ = {0};
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') lines_.push_back(i + 1);
  }
}

std::optional<Problem> SourceText::mistake() const {
  const std::size_t nul = text_.find('\0');
  if (nul != std::string::npos) return Problem{place_of_offset(nul), "", "a NUL byte; the file is not text"};
  const std::size_t bad = invalid_utf8(text_);
  if (bad != std::string::npos) {
    const auto code = static_cast<unsigned>(static_cast<unsigned char>(text_[bad]));
    return Problem{place_of_offset(bad), "",
                   fmt::format("the byte 0x{:02X} is not UTF-8; save the file as UTF-8", code)};
  }
  for (std::size_t line = 0; line < lines_.size(); ++line) {
    if (const std::optional<Problem> found = mistake_of_line(line)) return found;
  }
  return too_deep();
}

std::optional<Problem> SourceText::mistake_of_line(std::size_t line) const {
  const std::string_view rest = rest_of_line(line, 0);
  const std::size_t first = rest.find_first_not_of(" \t");
  if (first == rest.npos || rest[first] == '#') return std::nullopt;
  const std::size_t tab = rest.substr(0, first).find('\t');
  if (tab == rest.npos) return std::nullopt;
  return Problem{place(line, tab), "", "a tab in the indentation; YAML indents with spaces"};
}

std::optional<Problem> SourceText::too_deep() const {
  // A parser's cost grows with unclosed brackets, so a flood of them never reaches it. Brackets inside text are counted
  // too, hence the room above the real limit, which is kept exactly while parsing.
  constexpr int kRoom = 500;
  int depth = 0;
  std::size_t past_limit = 0;
  bool in_comment = false;
  for (std::size_t i = 0; i < text_.size(); ++i) {
    const char c = text_[i];
    if (c == '\n') in_comment = false;
    if (c == '#' && (i == 0 || text_[i - 1] == ' ' || text_[i - 1] == '\n')) in_comment = true;
    if (in_comment) continue;
    if (c == ']' || c == '}') depth = std::max(0, depth - 1);
    if (c != '[' && c != '{') continue;
    ++depth;
    if (depth == kMaxYamlDepth + 1) past_limit = i;
    if (depth > kRoom) {
      return Problem{place_of_offset(past_limit), "", fmt::format("nested deeper than {} levels", kMaxYamlDepth)};
    }
  }
  return std::nullopt;
}

Place SourceText::place(std::size_t line, std::size_t column_bytes) const {
  if (line >= lines_.size()) return {file_, static_cast<int>(lines_.size()), 1};
  const std::size_t start = lines_[line];
  const std::size_t end = std::min(text_.size(), start + column_bytes);
  const auto characters = std::count_if(text_.begin() + static_cast<std::ptrdiff_t>(start),
                                        text_.begin() + static_cast<std::ptrdiff_t>(end),
                                        [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  return {file_, static_cast<int>(line) + 1, static_cast<int>(characters) + 1};
}

Place SourceText::place_of_offset(std::size_t offset) const {
  const auto after = std::upper_bound(lines_.begin(), lines_.end(), offset);
  const auto line = static_cast<std::size_t>(after - lines_.begin()) - 1;
  return place(line, offset - lines_[line]);
}

std::string_view SourceText::rest_of_line(std::size_t line, std::size_t column_bytes) const {
  if (line >= lines_.size()) return {};
  const std::size_t start = std::min(text_.size(), lines_[line] + column_bytes);
  const std::size_t end = line + 1 < lines_.size() ? lines_[line + 1] - 1 : text_.size();
  return std::string_view(text_).substr(start, end > start ? end - start : 0);
}

}  // namespace fedtide
