#include "datasets/leaf/labeled_texts.h"

#include <algorithm>
#include <string_view>

#include "datasets/text/corpus.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

using Kind = ClientExamples::Kind;

/// Of each sample its first words, by their numbers.
struct FirstWords {
  std::vector<std::uint32_t> words;
  std::vector<std::uint64_t> ends;
};

std::string_view text_of(const LabeledTextOptions& options, const ClientExamples& examples, std::size_t i) {
  return examples.texts[i * examples.width + options.field.value_or(0)];
}

FirstWords words_of(const LabeledTextOptions& options, const ClientExamples& examples, Corpus& corpus,
                    std::vector<std::uint64_t>* times) {
  FirstWords out;
  for (std::size_t i = 0; i < examples.samples; ++i) {
    const std::vector<std::uint32_t> words = corpus.units_of(text_of(options, examples, i));
    for (const std::uint32_t word : words) {
      if (times == nullptr) break;
      if (word >= times->size()) times->resize(std::size_t{word} + 1);
      ++(*times)[word];
    }
    const auto kept = static_cast<std::ptrdiff_t>(std::min<std::size_t>(words.size(), options.steps));
    out.words.insert(out.words.end(), words.begin(), words.begin() + kept);
    out.ends.push_back(out.words.size());
  }
  return out;
}

std::vector<std::uint16_t> padded(const FirstWords& half, const TextVocabulary& vocabulary, std::uint32_t steps) {
  std::vector<std::uint16_t> tokens(half.ends.size() * steps, 0);
  std::uint64_t begin = 0;
  for (std::size_t i = 0; i < half.ends.size(); ++i) {
    auto* token = tokens.data() + (i + 1) * steps - (half.ends[i] - begin);
    for (; begin < half.ends[i]; ++begin) {
      const std::uint32_t word = half.words[begin];
      *token++ = word < vocabulary.token_of.size() ? vocabulary.token_of[word] : std::uint16_t{0};
    }
  }
  return tokens;
}

}  // namespace

std::string objection_to(const LabeledTextOptions& options, const ClientExamples& examples) {
  const auto& field = options.field;
  if (examples.kind == Kind::numbers) return field ? "data.text_field: the x are numbers, not texts" : "";
  if (examples.kind == Kind::text) return field ? "data.text_field: each x is one text; leave the key out" : "";
  if (!field) {
    return fmt::format("each x has {} texts; data.text_field must say which of them to read, from 0 to {}",
                       examples.width, examples.width - 1);
  }
  if (*field < examples.width) return "";
  return fmt::format("data.text_field: {}, but each x has {} texts; must be from 0 to {}", *field, examples.width,
                     examples.width - 1);
}

TextTokens tokens_of(const LabeledTextOptions& options, const ClientExamples& train, const ClientExamples& test) {
  Corpus corpus(TextLevel::word);
  std::vector<std::uint64_t> times;
  const FirstWords train_words = words_of(options, train, corpus, &times);
  const TextVocabulary vocabulary = TextVocabulary::words(times, options.vocabulary);
  const FirstWords test_words = words_of(options, test, corpus, nullptr);
  return {padded(train_words, vocabulary, options.steps), padded(test_words, vocabulary, options.steps),
          vocabulary.size};
}

}  // namespace fedtide
