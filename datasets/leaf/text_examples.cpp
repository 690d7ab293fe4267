#include "datasets/leaf/text_examples.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "datasets/sequence_dataset.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

constexpr std::size_t kMostQuoted = 40;
constexpr std::size_t kMostSteps = 65536;

using Alphabet = std::map<char32_t, std::uint16_t>;

/// Code points of UTF-8 that the JSON reader has checked.
void decode(std::string_view text, std::u32string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    char32_t code = lead;
    int more = 0;
    if (lead >= 0xc0) {
      more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
      code = lead & (0x3fu >> more);
    }
    for (; more > 0 && i < text.size(); --more) code = code << 6 | (static_cast<unsigned char>(text[i++]) & 0x3f);
    out.push_back(code);
  }
}

class Checker {
 public:
  explicit Checker(const std::string& place) : place_(place) {}

  void add(const ClientExamples& examples) {
    for (std::size_t i = 0; i < examples.samples; ++i) {
      decode(examples.texts[i], characters_);
      if (steps == 0) steps = characters_.size();
      if (characters_.size() != steps || steps == 0 || steps > kMostSteps) refuse_length(examples.texts[i]);
      note();
      decode(examples.text_labels[i], characters_);
      if (characters_.size() != 1) {
        throw Failure(ExitCode::data_damaged,
                      fmt::format("{}: found \"{}\" as y, must be one character, the one after x", place_,
                                  examples.text_labels[i].substr(0, kMostQuoted)));
      }
      note();
    }
  }
  /// Numbers them.
  void finish() {
    if (alphabet.size() > 65536) {
      throw Failure(ExitCode::data_damaged,
                    fmt::format("{}: {} different characters, must be at most 65536", place_, alphabet.size()));
    }
    std::uint16_t next = 0;
    for (auto& [code, token] : alphabet) token = next++;
  }

  std::size_t steps = 0;
  Alphabet alphabet;

 private:
  void note() {
    for (const char32_t c : characters_) alphabet.emplace(c, std::uint16_t{0});
  }
  [[noreturn]] void refuse_length(std::string_view text) const {
    throw Failure(ExitCode::data_damaged,
                  fmt::format("{}: found \"{}\" of {} characters as x, must be {} like the first, from 1 to {}", place_,
                              text.substr(0, kMostQuoted), characters_.size(), steps, kMostSteps));
  }

  const std::string& place_;
  std::u32string characters_;
};

template <class Token>
std::shared_ptr<const Dataset> dataset_of(const InputShape& shape, const ClientExamples& examples,
                                          const Alphabet& alphabet) {
  const auto steps = static_cast<std::size_t>(shape.features());
  std::vector<Token> tokens, sample;
  std::vector<Window> windows;
  std::u32string characters;
  for (std::size_t i = 0; i < examples.samples; ++i) {
    decode(examples.texts[i], characters);
    sample.clear();
    for (const char32_t c : characters) sample.push_back(static_cast<Token>(alphabet.at(c)));
    const bool goes_on = tokens.size() >= steps &&
                         std::equal(sample.begin(), sample.end(), tokens.end() - static_cast<std::ptrdiff_t>(steps));
    if (!goes_on) tokens.insert(tokens.end(), sample.begin(), sample.end());
    windows.push_back({tokens.size() - steps, static_cast<std::uint32_t>(steps)});
    decode(examples.text_labels[i], characters);
    tokens.push_back(static_cast<Token>(alphabet.at(characters[0])));
  }
  return std::make_shared<SequenceDataset<Token>>(shape, std::move(tokens), std::move(windows));
}

}  // namespace

void load_texts(const std::string& place, const ClientExamples& train, const ClientExamples& test, DataSource& source) {
  Checker checker(place);
  checker.add(train);
  checker.add(test);
  checker.finish();
  InputShape shape;
  shape.kind = InputShape::Kind::sequence;
  shape.dims = {static_cast<Index>(checker.steps)};
  shape.vocabulary = static_cast<Index>(checker.alphabet.size());
  shape.classes = static_cast<int>(shape.vocabulary);
  const auto make = shape.vocabulary <= 256 ? &dataset_of<std::uint8_t> : &dataset_of<std::uint16_t>;
  source.train = make(shape, train, checker.alphabet);
  if (test.samples > 0) source.test = make(shape, test, checker.alphabet);
}

}  // namespace fedtide
