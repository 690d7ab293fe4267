#pragma once
// Loads plain text as sequences, for the sources `text` and `shakespeare`.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "datasets/natural_clients.h"
#include "datasets/text/corpus.h"

namespace fedtide {

struct TextOptions {
  enum class Clients { none, parts, speakers };

  std::string path;  ///< empty: none is known
  TextLevel level = TextLevel::character;
  std::uint32_t vocabulary = 10'000;  ///< most frequent words
  Clients clients = Clients::none;
  std::uint32_t parts = 1;
  TextWindows windows;
  double test_fraction = 0.2;
  ClientChoice choice;
};

/// Reads `steps`, `stride`, `label` and `test_fraction`, and what choose_clients needs.
void read_text_windows(Section& section, TextOptions& options);

class TextLoader final : public DataLoader {
 public:
  explicit TextLoader(TextOptions options) : o_(std::move(options)) {}

  std::optional<InputShape> shape() const override;
  bool has_clients() const override { return o_.clients != TextOptions::Clients::none; }
  std::optional<std::uint32_t> clients() const override;
  DataSource load(std::uint64_t seed) const override;

 private:
  struct Read {
    Corpus corpus;
    TextVocabulary vocabulary;
    std::uint32_t crc32 = 0;
  };
  const Read& content() const;
  std::uint32_t pieces_with_samples() const;

  TextOptions o_;
  mutable std::optional<Read> read_;  // read when first asked for: a config is checked against it
};

}  // namespace fedtide
