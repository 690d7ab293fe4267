#include "sim/files/json.h"

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <charconv>
#include <span>
#include <vector>

#include "sim/base/error.h"

namespace fedtide {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 17;
constexpr std::uint64_t kLongest = std::uint64_t{1} << 24;
constexpr int kDeepest = 64;

[[noreturn]] void damaged(const ContentReader& content, std::uint64_t at, const std::string& what) {
  throw Failure(ExitCode::data_damaged, fmt::format("{}: {}", content.place(at), what));
}

/// RapidJSON's idea of an input: characters with a NUL after the last.
class Input {
 public:
  using Ch = char;

  explicit Input(ContentReader& content) : content_(content), buffer_(kBuffer) { refill(); }

  char Peek() const { return *next_; }
  char Take() {
    const char c = *next_;
    if (!ended_ && ++next_ == end_) refill();
    return c;
  }
  std::size_t Tell() const { return static_cast<std::size_t>(before_) + static_cast<std::size_t>(next_ - begin()); }

  // Only parsing in place writes.
  char* PutBegin() { return nullptr; }
  void Put(char) {}
  void Flush() {}
  std::size_t PutEnd(char*) { return 0; }

  bool ended() const { return ended_; }
  void mark() { mark_ = Tell(); }

 private:
  const char* begin() const { return reinterpret_cast<const char*>(buffer_.data()); }

  void refill() {
    before_ += static_cast<std::uint64_t>(end_ - (end_ == nullptr ? nullptr : begin()));
    if (before_ > mark_ + kLongest) {
      damaged(content_, mark_, fmt::format("a text, number or gap of more than {} bytes begins here", kLongest));
    }
    const std::size_t got = content_.read(buffer_);
    next_ = begin();
    if (got == 0) {
      ended_ = true;
      buffer_[0] = 0;
    }
    end_ = begin() + got;
  }

  ContentReader& content_;
  std::vector<std::uint8_t> buffer_;
  const char* next_ = nullptr;
  const char* end_ = nullptr;
  std::uint64_t before_ = 0;  ///< bytes of the content before the buffer's
  std::uint64_t mark_ = 0;    ///< the place of the last event
  bool ended_ = false;
};

/// From RapidJSON's events to ours.
class Handler {
 public:
  Handler(Input& input, const ContentReader& content, JsonEvents& events)
      : input_(input), content_(content), events_(events) {}

  bool Null() { return other("null"); }
  bool Bool(bool value) { return other(value ? "true" : "false"); }
  // Numbers come as RawNumber.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* literal, rapidjson::SizeType length, bool) {
    here();
    events_.number({literal, length});
    return true;
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    here();
    events_.text({text, length});
    return true;
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    here();
    events_.key({text, length});
    return true;
  }
  bool StartObject() {
    down();
    events_.start_object();
    return true;
  }
  bool EndObject(rapidjson::SizeType) {
    here();
    --depth_;
    events_.end_object();
    return true;
  }
  bool StartArray() {
    down();
    events_.start_array();
    return true;
  }
  bool EndArray(rapidjson::SizeType) {
    here();
    --depth_;
    events_.end_array();
    return true;
  }

 private:
  void here() {
    input_.mark();
    events_.offset = input_.Tell();
  }
  void down() {
    here();
    if (++depth_ > kDeepest) {
      damaged(content_, input_.Tell(), fmt::format("arrays and objects nested more than {} deep", kDeepest));
    }
  }
  bool other(const char* literal) {
    here();
    events_.other(literal);
    return true;
  }

  Input& input_;
  const ContentReader& content_;
  JsonEvents& events_;
  int depth_ = 0;
};

}  // namespace

void read_json(ContentReader& content, JsonEvents& events) {
  Input input(content);
  Handler handler(input, content, events);
  rapidjson::Reader reader;
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(input, handler);
  if (result.IsError()) {
    if (input.ended()) damaged(content, content.offset(), "the file ends in the middle of its JSON; is it cut off?");
    damaged(content, result.Offset(), fmt::format("no JSON: {}", rapidjson::GetParseError_En(result.Code())));
  }
  // A NUL looks like the end to RapidJSON.
  if (!input.ended()) damaged(content, input.Tell(), "found the byte 0x00, must end here: no JSON");
}

double json_number(std::string_view literal) {
  double value = 0;
  // What is too large RapidJSON has refused; what is too small is as good as zero.
  std::from_chars(literal.data(), literal.data() + literal.size(), value);
  return value;
}

}  // namespace fedtide
