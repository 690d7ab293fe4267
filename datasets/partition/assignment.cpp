#include "datasets/partition/assignment.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sim/base/error.h"
#include "sim/config/tree.h"

namespace fedtide {
namespace {

constexpr std::string_view kHeader = "client,index";
constexpr std::size_t kLongestLine = 300;

/// Lines of a content, each with its end taken off.
class Lines {
 public:
  explicit Lines(ContentReader& reader) : reader_(reader) {}

  std::uint64_t number() const { return number_; }  ///< of the last line given, from 1
  [[noreturn]] void fail(std::size_t column, const std::string& what) const {
    throw Failure(ExitCode::data_damaged,
                  fmt::format("{}: line {}, column {}: {}", reader_.name(), number_, column, what));
  }
  /// False at the end of the content.
  bool next(std::string& line) {
    line.clear();
    ++number_;
    for (;;) {
      if (at_ == filled_ && !fill()) break;
      const char* from = buffer_.data() + at_;
      const auto* end = static_cast<const char*>(std::memchr(from, '\n', filled_ - at_));
      const std::size_t count = end ? static_cast<std::size_t>(end - from) : filled_ - at_;
      if (line.size() + count > kLongestLine) fail(1, fmt::format("the line is longer than {} bytes", kLongestLine));
      line.append(from, count);
      at_ += count + (end ? 1 : 0);
      if (end == nullptr) continue;
      if (line.ends_with('\r')) line.pop_back();
      return true;
    }
    if (!line.empty()) fail(line.size() + 1, "the last line has no end; the file may be cut");
    return false;
  }

 private:
  bool fill() {
    at_ = 0;
    filled_ = reader_.read({reinterpret_cast<std::uint8_t*>(buffer_.data()), buffer_.size()});
    return filled_ > 0;
  }

  ContentReader& reader_;
  std::array<char, 1 << 16> buffer_;
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
  std::uint64_t number_ = 0;
};

/// What the lines said so far.
class Assignment {
 public:
  Assignment(std::uint32_t samples, bool sharing) : samples_(samples), sharing_(sharing) {
    if (!sharing) line_of_.resize(samples);
  }

  void add(const std::string& line, const Lines& lines) {
    const std::size_t comma = line.find(',');
    if (comma == line.npos)
      lines.fail(line.size() + 1, fmt::format("found \"{}\", must be client,index", printable(line)));
    const std::uint32_t client = number_of(line.substr(0, comma), lines);
    if (comma + 1 == line.size()) return;
    const std::uint32_t row = read_index(std::string_view(line).substr(comma + 1), comma + 2, lines);
    if (!sharing_) {
      if (line_of_[row] > 0) {
        lines.fail(
            comma + 2,
            fmt::format("sample {} stands in line {} already; a sample goes to one client, unless sharing is true", row,
                        line_of_[row]));
      }
      line_of_[row] = lines.number();
    }
    held_.emplace_back(client, row);
  }

  Shards finish(const std::string& file) {
    if (names_.empty()) throw Failure(ExitCode::data_damaged, fmt::format("{}: line 2: there are no clients", file));
    if (!sharing_) require_all(file);
    Shards shards;
    shards.begin.assign(names_.size() + 1, 0);
    for (const auto& [client, row] : held_) ++shards.begin[client + 1];
    for (std::size_t i = 0; i < names_.size(); ++i) shards.begin[i + 1] += shards.begin[i];
    std::sort(held_.begin(), held_.end());
    const auto twice = std::adjacent_find(held_.begin(), held_.end());
    if (twice != held_.end()) {
      throw Failure(ExitCode::data_damaged, fmt::format("{}: client {} has sample {} twice, must be at most once", file,
                                                        printable(names_[twice->first]), twice->second));
    }
    shards.rows.reserve(held_.size());
    for (const auto& [client, row] : held_) shards.rows.push_back(row);
    shards.names = std::move(names_);
    return shards;
  }

 private:
  std::uint32_t number_of(std::string id, const Lines& lines) {
    if (id.empty()) lines.fail(1, "the client has no id");
    if (printable(id) != id || id.find('"') != id.npos) {
      lines.fail(1, fmt::format("the id \"{}\" is no plain text", printable(id)));
    }
    const auto [found, is_new] = numbers_.emplace(std::move(id), static_cast<std::uint32_t>(names_.size()));
    if (is_new) names_.push_back(found->first);
    return found->second;
  }

  std::uint32_t read_index(std::string_view text, std::size_t column, const Lines& lines) const {
    std::uint32_t row = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), row);
    const bool is_number = end == text.data() + text.size() && error == std::errc{};
    if (!is_number || row >= samples_) {
      lines.fail(column, fmt::format("the index is \"{}\", must be a whole number from 0 to {}", printable(text),
                                     samples_ - 1));
    }
    return row;
  }

  void require_all(const std::string& file) const {
    const auto missing = std::find(line_of_.begin(), line_of_.end(), 0u);
    if (missing == line_of_.end()) return;
    throw Failure(
        ExitCode::data_damaged,
        fmt::format("{}: sample {} of {} stands in no line; every sample goes to a client, unless sharing is true",
                    file, missing - line_of_.begin(), samples_));
  }

  std::uint32_t samples_;
  bool sharing_;
  std::vector<std::uint64_t> line_of_;  // [samples] where a sample stands; 0: nowhere yet
  std::vector<std::pair<std::uint32_t, std::uint32_t>> held_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<std::string> names_;
};

}  // namespace

Shards read_assignment(ContentReader& reader, std::uint32_t samples, bool sharing) {
  Lines lines(reader);
  std::string line;
  const bool any = lines.next(line);
  if (!any || line != kHeader) lines.fail(1, fmt::format("found \"{}\", must be {}", printable(line), kHeader));
  Assignment assignment(samples, sharing);
  while (lines.next(line)) assignment.add(line, lines);
  return assignment.finish(reader.name());
}

}  // namespace fedtide
