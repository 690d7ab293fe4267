#pragma once
// Text as numbered characters or words, and the windows cut from it.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "datasets/sequence_dataset.h"
#include "sim/learn/dataset.h"

namespace fedtide {

enum class TextLevel { character, word };

/// Texts of clients, each as the numbers of its characters or words. A character is a byte. A word is a longest run of
/// letters, digits, apostrophes and bytes from 0x80 on, capital letters as small ones; every other character but blanks
/// and line ends is a word of its own.
class Corpus {
 public:
  struct Piece {
    std::string name;
    std::vector<std::uint32_t> units;  ///< characters or words
    std::size_t train = 0;             ///< the first so many are for training, the others for testing
  };

  explicit Corpus(TextLevel level) : level_(level) {}

  /// The last round-down(test_fraction x units) of the text are for testing.
  void add(std::string name, std::string_view text, double test_fraction);
  /// Of a text for training and another one for testing.
  void add(std::string name, std::string_view train, std::string_view test);
  /// Texts in as many contiguous parts of nearly equal length, none of them empty; fewer when there are fewer units.
  void split(std::uint32_t parts, double test_fraction);

  /// The numbers of a text's characters or words; words that are new get the next numbers.
  std::vector<std::uint32_t> units_of(std::string_view text);

  TextLevel level() const { return level_; }
  const std::vector<Piece>& pieces() const { return pieces_; }
  std::size_t different() const { return level_ == TextLevel::word ? words_.size() : kBytes; }

 private:
  static constexpr std::size_t kBytes = 256;
  std::uint32_t number_of(const std::string& word);

  TextLevel level_;
  std::vector<Piece> pieces_;
  std::unordered_map<std::string, std::uint32_t> words_;
};

/// The token of each character or word of a corpus.
struct TextVocabulary {
  std::vector<std::uint16_t> token_of;  ///< by unit
  std::uint32_t size = 0;

  /// All characters that occur, in the order of their codes.
  static TextVocabulary characters(const Corpus& corpus);
  /// Token 0 stands for all words but the `most` that are most frequent in the training text; among equals those that
  /// come first. most < 65,536.
  static TextVocabulary words(const Corpus& corpus, std::uint32_t most);
  /// The same, of words that are there so many times each.
  static TextVocabulary words(const std::vector<std::uint64_t>& times, std::uint32_t most);
};

/// How texts become samples.
struct TextWindows {
  std::uint32_t steps = 80;
  std::uint32_t stride = 80;
  bool each_step = true;  ///< a label for each step, else for the last one

  std::size_t least() const { return each_step ? 2 : std::size_t{steps} + 1; }  ///< units of a text with a sample
  InputShape shape(std::uint32_t vocabulary) const;
};

/// Adds a data set for training, one for testing where there is something, and each piece with a training sample as a
/// natural client.
DataSource text_source(const Corpus& corpus, const TextVocabulary& vocabulary, const TextWindows& windows);

}  // namespace fedtide
