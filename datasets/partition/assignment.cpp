#include "datasets/partition/assignment.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sim/base/error.h"
#include "sim/config/tree.h"
#include "sim/files/lines.h"

namespace fedtide {
namespace {

constexpr std::string_view kHeader = "client,index";
constexpr std::size_t kLongestId = 300;

/// What the lines said so far.
class Assignment {
 public:
  Assignment(std::uint32_t samples, bool sharing) : samples_(samples), sharing_(sharing) {
    if (!sharing) line_of_.resize(samples);
  }

  void add(std::string_view line, const LineReader& lines) {
    const std::size_t comma = line.find(',');
    if (comma == line.npos)
      lines.damaged(line.size() + 1, fmt::format("found {}, must be client,index", in_quotes(line)));
    const std::uint32_t client = number_of(std::string(line.substr(0, comma)), lines);
    if (comma + 1 == line.size()) return;
    const std::uint32_t row = read_index(line.substr(comma + 1), comma + 2, lines);
    if (!sharing_) {
      if (line_of_[row] > 0) {
        lines.damaged(
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
  std::uint32_t number_of(std::string id, const LineReader& lines) {
    if (id.empty()) lines.damaged(1, "the client has no id");
    if (id.size() > kLongestId || printable(id) != id || id.find('"') != id.npos) {
      lines.damaged(1, fmt::format("the id {} must be plain text of at most {} bytes", in_quotes(id), kLongestId));
    }
    const auto [found, is_new] = numbers_.emplace(std::move(id), static_cast<std::uint32_t>(names_.size()));
    if (is_new) names_.push_back(found->first);
    return found->second;
  }

  std::uint32_t read_index(std::string_view text, std::size_t column, const LineReader& lines) const {
    std::uint32_t row = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), row);
    const bool is_number = end == text.data() + text.size() && error == std::errc{};
    if (!is_number || row >= samples_) {
      lines.damaged(column,
                    fmt::format("the index is {}, must be a whole number from 0 to {}", in_quotes(text), samples_ - 1));
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

Shards read_assignment(ContentReader content, std::uint32_t samples, bool sharing) {
  LineReader lines(std::move(content));
  std::string_view line;
  if (!lines.next(line)) lines.damaged_at(1, 1, fmt::format("the file is empty, must begin with {}", kHeader));
  if (line != kHeader) lines.damaged(1, fmt::format("found {}, must be {}", in_quotes(line), kHeader));
  Assignment assignment(samples, sharing);
  while (lines.next(line)) assignment.add(line, lines);
  return assignment.finish(lines.name());
}

}  // namespace fedtide
