#include "datasets/formats/script.h"

#include <map>
#include <string_view>

#include "datasets/formats/text.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

constexpr std::size_t kMostQuoted = 40;

/// The next line without its end.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

bool names_speaker(std::string_view line) { return line.size() > 1 && line.back() == ':'; }

class Speeches {
 public:
  explicit Speeches(const std::string& file) : file_(file) {}

  void line(std::string_view line, bool first_of_block, std::size_t number) {
    if (first_of_block && names_speaker(line)) {
      speaker_ = std::string(line.substr(0, line.size() - 1));
      return;
    }
    if (speaker_.empty()) {
      throw Failure(ExitCode::data_damaged,
                    fmt::format("{}: line {}: found \"{}\", must be a speaker's name and a colon", file_, number,
                                line.substr(0, kMostQuoted)));
    }
    const auto [place, is_new] = places_.emplace(speaker_, script.speakers.size());
    if (is_new) {
      script.speakers.push_back(speaker_);
      script.texts.emplace_back();
    }
    script.texts[place->second].append(line).push_back('\n');
  }

  Script script;

 private:
  const std::string& file_;
  std::string speaker_;
  std::map<std::string, std::size_t> places_;
};

}  // namespace

Script read_script(ContentReader content) {
  const std::string all = read_text(content);
  Speeches speeches(content.name());
  std::string_view rest = all;
  bool first_of_block = true;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::string_view line = take_line(rest);
    if (!line.empty()) speeches.line(line, first_of_block, number);
    first_of_block = line.empty();
  }
  if (speeches.script.speakers.empty()) {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: nobody says anything; must hold speeches, each after a line "
                                                      "with its speaker's name and a colon",
                                                      content.name()));
  }
  speeches.script.crc32 = content.crc32();
  return std::move(speeches.script);
}

}  // namespace fedtide
