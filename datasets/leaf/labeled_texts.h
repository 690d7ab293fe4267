#pragma once
// Texts with a class each, as LEAF has the tweets of Sentiment140.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/client_examples.h"
#include "sim/learn/dataset.h"

namespace fedtide {

/// How texts become samples of words.
struct LabeledTextOptions {
  std::optional<std::uint32_t> field;  ///< which element of x is the text, where x is a row of texts; from 0
  std::uint32_t steps = 25;            ///< words of a sample
  std::uint32_t vocabulary = 10'000;   ///< most frequent words of the training half; below 65,536
};

/// Why the options do not fit such examples; empty: they do.
std::string objection_to(const LabeledTextOptions& options, const ClientExamples& examples);

/// One half as tokens [steps, samples]: a text's first words, its last one at the last step. Token 0 stands before a
/// text that is shorter, and for words that are not in the vocabulary.
struct TextTokens {
  std::vector<std::uint16_t> train, test;
  std::uint32_t vocabulary = 0;
};
TextTokens tokens_of(const LabeledTextOptions& options, const ClientExamples& train, const ClientExamples& test);

}  // namespace fedtide
