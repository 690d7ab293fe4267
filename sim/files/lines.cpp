#include "sim/files/lines.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "sim/base/error.h"
#include "sim/config/tree.h"

namespace fedtide {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 18;
constexpr std::size_t kMostQuoted = 40;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

std::string in_quotes(std::string_view text) {
  if (text.size() <= kMostQuoted) return fmt::format("\"{}\"", printable(text));
  std::size_t end = kMostQuoted;
  // A cut inside a UTF-8 sequence would print as rubbish.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return fmt::format("\"{}...\"", printable(text.substr(0, end)));
}

LineReader::LineReader(ContentReader content) : content_(std::move(content)), buffer_(kBuffer) {}

bool LineReader::refill() {
  if (at_end_) return false;
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ == buffer_.size()) {
    if (end_ >= kMostBytes) {
      damaged_at(number_ + 1, 0, fmt::format("longer than {} bytes; is it a text file?", kMostBytes));
    }
    buffer_.resize(std::min(2 * buffer_.size(), kMostBytes));
  }
  const std::size_t wanted = buffer_.size() - end_;
  const std::size_t got = content_.read(std::span(buffer_).subspan(end_, wanted));
  end_ += got;
  at_end_ = got < wanted;
  return got > 0;
}

bool LineReader::next(std::string_view& line) {
  std::size_t searched = 0;
  const std::uint8_t* found = nullptr;
  for (;;) {
    const std::size_t left = end_ - begin_ - searched;
    if (left > 0) found = static_cast<const std::uint8_t*>(std::memchr(buffer_.data() + begin_ + searched, '\n', left));
    if (found != nullptr) break;
    searched = end_ - begin_;
    if (!refill()) break;
  }
  if (found == nullptr && begin_ == end_) return false;
  const std::size_t stop = found != nullptr ? static_cast<std::size_t>(found - buffer_.data()) : end_;
  line = std::string_view(reinterpret_cast<const char*>(buffer_.data()) + begin_, stop - begin_);
  begin_ = found != nullptr ? stop + 1 : stop;
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (number_++ == 0 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  return true;
}

void LineReader::damaged(std::size_t column, const std::string& what) const { damaged_at(number_, column, what); }

void LineReader::damaged_at(std::uint64_t line, std::size_t column, const std::string& what) const {
  const std::string place = column > 0 ? fmt::format("line {}, column {}", line, column) : fmt::format("line {}", line);
  throw Failure(ExitCode::data_damaged, fmt::format("{}: {}: {}", name(), place, what));
}

}  // namespace fedtide
