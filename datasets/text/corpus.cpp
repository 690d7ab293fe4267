#include "datasets/text/corpus.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "sim/base/error.h"

namespace fedtide {
namespace {

bool in_word(char c) {
  const auto u = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '\'' || u >= 0x80;
}
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::size_t train_length(std::size_t length, double test_fraction) {
  return length - static_cast<std::size_t>(test_fraction * static_cast<double>(length));
}

/// Windows of one half, training or testing.
template <class Token>
struct Half {
  std::vector<Token> tokens;
  std::vector<Window> windows;
  Shards clients;

  void append(std::span<const std::uint32_t> units, const TextVocabulary& vocabulary, const TextWindows& cut) {
    const std::size_t begin = tokens.size(), first = windows.size();
    for (const std::uint32_t unit : units) tokens.push_back(static_cast<Token>(vocabulary.token_of[unit]));
    cut_windows(begin, tokens.size(), cut.steps, cut.stride, !cut.each_step, windows);
    std::vector<std::uint32_t> rows(windows.size() - first);
    std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(first));
    clients.append(rows);
  }
};

template <class Token>
DataSource source_of(const Corpus& corpus, const TextVocabulary& vocabulary, const TextWindows& windows) {
  Half<Token> train, test;
  DataSource source;
  for (const Corpus::Piece& piece : corpus.pieces()) {
    if (piece.train < windows.least()) continue;
    const std::span<const std::uint32_t> units(piece.units);
    train.append(units.first(piece.train), vocabulary, windows);
    test.append(units.subspan(piece.train), vocabulary, windows);
    source.client_names.push_back(piece.name);
  }
  source.provenance =
      fmt::format("{} {} for training and {} for testing, {} different", train.tokens.size(),
                  corpus.level() == TextLevel::character ? "characters" : "words", test.tokens.size(), vocabulary.size);
  const InputShape shape = windows.shape(vocabulary.size);
  source.train = std::make_shared<SequenceDataset<Token>>(shape, std::move(train.tokens), std::move(train.windows));
  source.natural_clients = std::move(train.clients);
  if (!test.windows.empty()) {
    source.test = std::make_shared<SequenceDataset<Token>>(shape, std::move(test.tokens), std::move(test.windows));
    source.natural_test = std::move(test.clients);
  }
  return source;
}

}  // namespace

std::uint32_t Corpus::number_of(const std::string& word) {
  return words_.emplace(word, static_cast<std::uint32_t>(words_.size())).first->second;
}

std::vector<std::uint32_t> Corpus::units_of(std::string_view text) {
  std::vector<std::uint32_t> units;
  if (level_ == TextLevel::character) {
    units.reserve(text.size());
    for (const char c : text) units.push_back(static_cast<unsigned char>(c));
    return units;
  }
  std::string word;
  for (std::size_t i = 0; i < text.size();) {
    if (is_blank(text[i])) {
      ++i;
      continue;
    }
    word.clear();
    do {
      word.push_back(small(text[i++]));
    } while (in_word(word.back()) && i < text.size() && in_word(text[i]));
    units.push_back(number_of(word));
  }
  return units;
}

void Corpus::add(std::string name, std::string_view text, double test_fraction) {
  Piece piece{std::move(name), units_of(text), 0};
  piece.train = train_length(piece.units.size(), test_fraction);
  pieces_.push_back(std::move(piece));
}

void Corpus::add(std::string name, std::string_view train, std::string_view test) {
  Piece piece{std::move(name), units_of(train), 0};
  piece.train = piece.units.size();
  const std::vector<std::uint32_t> rest = units_of(test);
  piece.units.insert(piece.units.end(), rest.begin(), rest.end());
  pieces_.push_back(std::move(piece));
}

void Corpus::split(std::uint32_t parts, double test_fraction) {
  FEDTIDE_REQUIRE(pieces_.size() == 1, "{} texts to split", pieces_.size());
  const std::vector<std::uint32_t> all = std::move(pieces_[0].units);
  pieces_.clear();
  const std::uint64_t count = std::min<std::uint64_t>(parts, all.size());
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto at = [&](std::uint64_t part) { return static_cast<std::ptrdiff_t>(part * all.size() / count); };
    Piece piece{fmt::format("part {}", i + 1), {all.begin() + at(i), all.begin() + at(i + 1)}, 0};
    piece.train = train_length(piece.units.size(), test_fraction);
    pieces_.push_back(std::move(piece));
  }
}

TextVocabulary TextVocabulary::characters(const Corpus& corpus) {
  std::vector<bool> seen(corpus.different(), false);
  for (const Corpus::Piece& piece : corpus.pieces()) {
    for (const std::uint32_t unit : piece.units) seen[unit] = true;
  }
  TextVocabulary vocabulary;
  vocabulary.token_of.assign(seen.size(), 0);
  for (std::size_t unit = 0; unit < seen.size(); ++unit) {
    if (seen[unit]) vocabulary.token_of[unit] = static_cast<std::uint16_t>(vocabulary.size++);
  }
  return vocabulary;
}

TextVocabulary TextVocabulary::words(const Corpus& corpus, std::uint32_t most) {
  std::vector<std::uint64_t> times(corpus.different(), 0);
  for (const Corpus::Piece& piece : corpus.pieces()) {
    for (std::size_t i = 0; i < piece.train; ++i) ++times[piece.units[i]];
  }
  return words(times, most);
}

TextVocabulary TextVocabulary::words(const std::vector<std::uint64_t>& times, std::uint32_t most) {
  FEDTIDE_REQUIRE(most < 65536, "a vocabulary of {}", most);
  std::vector<std::uint32_t> order;
  for (std::uint32_t unit = 0; unit < times.size(); ++unit) {
    if (times[unit] > 0) order.push_back(unit);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return times[a] > times[b]; });
  if (order.size() > most) order.resize(most);
  TextVocabulary vocabulary;
  vocabulary.token_of.assign(times.size(), 0);
  for (const std::uint32_t unit : order) vocabulary.token_of[unit] = static_cast<std::uint16_t>(++vocabulary.size);
  ++vocabulary.size;  // the unknown
  return vocabulary;
}

InputShape TextWindows::shape(std::uint32_t vocabulary) const {
  InputShape shape;
  shape.kind = InputShape::Kind::sequence;
  shape.dims = {steps};
  shape.vocabulary = vocabulary;
  shape.classes = static_cast<int>(vocabulary);
  shape.label_each_step = each_step;
  return shape;
}

DataSource text_source(const Corpus& corpus, const TextVocabulary& vocabulary, const TextWindows& windows) {
  return vocabulary.size <= 256 ? source_of<std::uint8_t>(corpus, vocabulary, windows)
                                : source_of<std::uint16_t>(corpus, vocabulary, windows);
}

}  // namespace fedtide
