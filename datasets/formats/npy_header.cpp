#include "datasets/formats/npy_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>

#include "sim/base/error.h"

namespace fedtide {
namespace {

constexpr std::uint32_t kLongestHeader = 1u << 16;
constexpr std::size_t kMostDimensions = 32;  // NumPy's own bound
constexpr std::array<std::uint8_t, 6> kMagic{0x93, 'N', 'U', 'M', 'P', 'Y'};

[[noreturn]] void damaged(const ContentReader& content, std::uint64_t at, const std::string& what) {
  throw Failure(ExitCode::data_damaged, fmt::format("{}: {}", content.place(at), what));
}

void read_exactly(ContentReader& content, std::span<std::uint8_t> out) {
  if (content.read(out) < out.size()) {
    damaged(content, content.offset(), "the file ends inside the header of NumPy's array");
  }
}

/// The dictionary, in the only form that NumPy writes: three keys, each once.
class Dictionary {
 public:
  Dictionary(const ContentReader& content, std::string_view text, std::uint64_t at, NpyHeader& header)
      : content_(content), text_(text), at_(at), header_(header) {}

  void read() {
    expect('{');
    while (!accept('}')) {
      entry();
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!saw_descr_ || !saw_order_ || !saw_shape_) fail("the header must have 'descr', 'fortran_order' and 'shape'");
    const std::string_view rest = text_.substr(next_);
    if (rest.empty() || rest.back() != '\n' || rest.find_first_not_of(' ') != rest.size() - 1) {
      fail("must be spaces and a line end here: the header's end");
    }
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { damaged(content_, at_ + next_, what); }

  char peek() {
    while (next_ < text_.size() && text_[next_] == ' ') ++next_;
    return next_ < text_.size() ? text_[next_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c) return false;
    ++next_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(fmt::format("found \"{}\", must be \"{}\"", printable(text_.substr(next_, 10)), c));
  }
  static std::string printable(std::string_view text) {
    std::string out(text);
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return out;
  }

  std::string_view quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"')
      fail(fmt::format("found \"{}\", must be a text in quotes", printable(text_.substr(next_, 10))));
    const std::size_t end = text_.find(quote, next_ + 1);
    if (end == text_.npos) fail("a text without its end");
    const std::string_view text = text_.substr(next_ + 1, end - next_ - 1);
    next_ = end + 1;
    return text;
  }

  void entry() {
    const std::string_view name = quoted();
    expect(':');
    if (name == "descr") {
      once(saw_descr_, name);
      descr();
    } else if (name == "fortran_order") {
      once(saw_order_, name);
      header_.fortran_order = boolean();
    } else if (name == "shape") {
      once(saw_shape_, name);
      shape();
    } else {
      fail(fmt::format("found the key '{}', must be 'descr', 'fortran_order' or 'shape'",
                       printable(name.substr(0, 40))));
    }
  }
  void once(bool& seen, std::string_view name) {
    if (seen) fail(fmt::format("the key '{}' comes twice", name));
    seen = true;
  }

  bool boolean() {
    peek();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}}) {
      if (text_.substr(next_, word.size()) == word) {
        next_ += word.size();
        return value;
      }
    }
    fail(fmt::format("found \"{}\", must be True or False", printable(text_.substr(next_, 10))));
  }

  void descr() {
    if (peek() == '[') fail("values of a structured type, must be plain numbers");
    const std::string_view type = quoted();
    const std::string shown = printable(type.substr(0, 40));
    if (type.size() >= 2 && type[1] == 'O')
      fail(fmt::format("values of type '{}' are Python objects, which are not read: save numbers", shown));
    if (type.size() >= 2 && (type[1] == 'U' || type[1] == 'S'))
      fail(fmt::format("values of type '{}' are texts, must be numbers", shown));
    static constexpr std::array<std::string_view, 12> kTypes{"b1", "u1", "i1", "u2", "i2", "u4",
                                                             "i4", "u8", "i8", "f2", "f4", "f8"};
    const bool known = type.size() == 3 && std::find(kTypes.begin(), kTypes.end(), type.substr(1)) != kTypes.end();
    const bool single = known && type[2] == '1';
    if (!known || (type[0] != '<' && type[0] != '>' && !(single && type[0] == '|'))) {
      fail(
          fmt::format("values of type '{}', must be one of b1, u1, i1, u2, i2, u4, i4, u8, i8, f2, f4, f8 with < or > "
                      "before it",
                      shown));
    }
    header_.order = type[0];
    header_.kind = type[1];
    header_.size = type[2] - '0';
  }

  void shape() {
    expect('(');
    while (!accept(')')) {
      dimension();
      if (header_.shape.size() > kMostDimensions) fail(fmt::format("more than {} dimensions", kMostDimensions));
      if (accept(',')) continue;
      // (5) is a number in Python, (5,) is a tuple.
      if (header_.shape.size() == 1) fail("found one dimension without a comma after it, must be a tuple");
      expect(')');
      break;
    }
  }
  void dimension() {
    peek();
    std::uint64_t value = 0;
    const char* begin = text_.data() + next_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc{}) fail(fmt::format("found \"{}\", must be a length", printable(text_.substr(next_, 10))));
    next_ += static_cast<std::size_t>(end - begin);
    header_.shape.push_back(value);
  }

  const ContentReader& content_;
  std::string_view text_;
  std::uint64_t at_;  ///< of the text in the content
  NpyHeader& header_;
  std::size_t next_ = 0;
  bool saw_descr_ = false, saw_order_ = false, saw_shape_ = false;
};

std::uint32_t header_length(ContentReader& content) {
  std::array<std::uint8_t, 6> magic{};
  read_exactly(content, magic);
  if (magic != kMagic) {
    damaged(content, 0,
            fmt::format("found 0x{:02x} 0x{:02x} 0x{:02x}, must be 0x93 \"NUMPY\": not a NumPy array", magic[0],
                        magic[1], magic[2]));
  }
  std::array<std::uint8_t, 2> version{};
  read_exactly(content, version);
  if (version[0] < 1 || version[0] > 3 || version[1] != 0) {
    damaged(content, 6, fmt::format("found version {}.{}, must be 1.0, 2.0 or 3.0", version[0], version[1]));
  }
  std::array<std::uint8_t, 4> length{};
  read_exactly(content, std::span(length).first(version[0] == 1 ? 2 : 4));
  return static_cast<std::uint32_t>(length[0] | length[1] << 8) | static_cast<std::uint32_t>(length[2]) << 16 |
         static_cast<std::uint32_t>(length[3]) << 24;
}

void check_size(const ContentReader& content, NpyHeader& header) {
  std::uint64_t bytes = static_cast<std::uint64_t>(header.size);
  bool overflow = false;
  for (const std::uint64_t dim : header.shape) {
    overflow = overflow || __builtin_mul_overflow(bytes, dim, &bytes);
  }
  const std::string promise =
      fmt::format("the header promises {} values of {} bytes",
                  header.shape.empty() ? "1" : fmt::format("{}", fmt::join(header.shape, " x ")), header.size);
  if (overflow) damaged(content, 8, promise + ", which is more than 2^64 bytes");
  header.values = bytes / static_cast<std::uint64_t>(header.size);
  const std::uint64_t left = content.most_left();
  if (content.packed() ? bytes > left : bytes != left) {
    damaged(content, header.bytes,
            fmt::format("{}, the file has {} {}", promise, content.packed() ? "room for at most" : "bytes:", left));
  }
}

}  // namespace

NpyHeader read_npy_header(ContentReader& content) {
  const std::uint32_t length = header_length(content);
  const std::uint64_t at = content.offset();
  if (length > kLongestHeader) {
    damaged(content, 8, fmt::format("a header of {} bytes, must be at most {}", length, kLongestHeader));
  }
  std::vector<std::uint8_t> text(length);
  read_exactly(content, text);
  NpyHeader header;
  Dictionary(content, {reinterpret_cast<const char*>(text.data()), text.size()}, at, header).read();
  header.bytes = content.offset();
  check_size(content, header);
  return header;
}

}  // namespace fedtide
