#include "datasets/formats/libsvm.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/base/error.h"
#include "sim/files/lines.h"
#include "sim/files/number.h"

namespace fedtide {
namespace {

constexpr std::uint32_t kMostIndex = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t kMostClasses = 10'000;

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  Parser(ContentReader content, const LibsvmRules& rules) : lines_(std::move(content)), rules_(rules) {}

  LibsvmFile read() {
    std::uint64_t empty = 0;
    for (std::string_view line; lines_.next(line);) {
      begin_ = p_ = line.data();
      last_ = begin_ + line.size();
      skip_blanks();
      if (p_ == last_) {
        if (empty == 0) empty = lines_.number();
      } else if (*p_ != '#') {
        if (empty > 0) lines_.damaged_at(empty, 0, "empty, but rows follow; must be a row, or the end of the file");
        take_label();
        take_entries();
      }
    }
    if (all_ones_) file_.rows.values.clear();
    file_.crc32 = lines_.crc32();
    return std::move(file_);
  }

 private:
  void skip_blanks() {
    while (p_ != last_ && is_blank(*p_)) ++p_;
  }
  /// From p to the next blank.
  std::string_view word(const char* p) const {
    const char* end = p;
    while (end != last_ && !is_blank(*end)) ++end;
    return {p, end};
  }
  [[noreturn]] void damaged(const char* at, const std::string& what) const {
    lines_.damaged(static_cast<std::size_t>(at - begin_) + 1, what);
  }

  void take_label() {
    const char* const first = p_;
    double label = 0;
    p_ = scan_number(first, last_, label);
    if (p_ == nullptr || (p_ != last_ && !is_blank(*p_) && *p_ != '#')) {
      damaged(first, "label: " + why_no_number(word(first)));
    }
    if (rules_.whole_labels && label != std::floor(label)) {
      damaged(first, fmt::format("label: found {}, must be a whole number, a class; numbers to predict need task: "
                                 "regression",
                                 in_quotes(word(first))));
    }
    if (rules_.known != nullptr && !std::binary_search(rules_.known->begin(), rules_.known->end(), label)) {
      damaged(first, fmt::format("label: found {}, must be one of the training file's: {}", in_quotes(word(first)),
                                 fmt::join(rules_.known->begin(), rules_.known->end(), ", ")));
    }
    file_.labels.push_back(label);
  }

  void take_entries() {
    std::uint32_t before = 0;
    for (;;) {
      skip_blanks();
      if (p_ == last_ || *p_ == '#') break;
      before = take_entry(before);
    }
    file_.features = std::max(file_.features, before);
    file_.rows.begin.push_back(file_.rows.columns.size());
  }

  std::uint32_t take_entry(std::uint32_t before) {
    const char* const first = p_;
    std::uint64_t index = 0;
    while (p_ != last_ && is_digit(*p_) && index <= kMostIndex) index = index * 10 + static_cast<unsigned>(*p_++ - '0');
    if (p_ == first || p_ == last_ || (*p_ != ':' && !is_digit(*p_))) {
      damaged(first, fmt::format("found {}, must be index:value", in_quotes(word(first))));
    }
    if (index == 0 || index > kMostIndex) {
      damaged(first, fmt::format("found {}, the index must be from 1 to {}", in_quotes(word(first)), kMostIndex));
    }
    if (index <= before) {
      damaged(first, fmt::format("index {} after index {}; indices must rise", index, before));
    }
    if (rules_.features && index > *rules_.features) {
      damaged(first, fmt::format("index {}, must be at most {}, {}", index, *rules_.features, rules_.features_from));
    }
    const char* const number = ++p_;
    double value = 0;
    p_ = scan_number(number, last_, value);
    if (p_ == nullptr || (p_ != last_ && !is_blank(*p_) && *p_ != '#')) damaged(number, why_no_number(word(number)));
    all_ones_ = all_ones_ && value == 1;
    file_.rows.columns.push_back(static_cast<std::uint32_t>(index - 1));
    file_.rows.values.push_back(static_cast<float>(value));
    return static_cast<std::uint32_t>(index);
  }

  LineReader lines_;
  const LibsvmRules& rules_;
  LibsvmFile file_;
  bool all_ones_ = true;
  const char* begin_ = nullptr;
  const char* p_ = nullptr;
  const char* last_ = nullptr;
};

}  // namespace

LibsvmFile read_libsvm(ContentReader content, const LibsvmRules& rules) {
  const std::string name = content.name();
  LibsvmFile file = Parser(std::move(content), rules).read();
  if (file.labels.empty()) {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: no rows; must have lines of label index:value ...", name));
  }
  return file;
}

std::vector<double> classes_of(const std::vector<double>& labels, const std::string& file) {
  std::vector<double> classes;
  for (const double label : labels) {
    const auto place = std::lower_bound(classes.begin(), classes.end(), label);
    if (place == classes.end() || *place != label) classes.insert(place, label);
    if (classes.size() > kMostClasses) {
      throw Failure(ExitCode::data_damaged, fmt::format("{}: more than {} different labels; numbers to predict need "
                                                        "task: regression",
                                                        file, kMostClasses));
    }
  }
  return classes;
}

}  // namespace fedtide
