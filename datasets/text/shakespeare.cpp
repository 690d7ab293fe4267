// The source `shakespeare`: next-character prediction on plays as plain text, such as tinyshakespeare (Karpathy 2015,
// char-rnn). As in McMahan et al. 2017 a client is a speaking role, its first words are for training and its last ones
// for testing, and a text is cut into windows of 80 characters.

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "datasets/formats/script.h"
#include "datasets/images/mnist_files.h"
#include "datasets/sequence_dataset.h"
#include "sim/base/error.h"
#include "sim/config/section.h"

namespace fedtide {
namespace {

constexpr const char* kSource = "McMahan et al. 2017, arXiv 1602.05629";

struct Options {
  std::string path;
  std::uint32_t steps = 80;
  std::uint32_t stride = 80;
  bool each_step = true;
  double test_fraction = 0.2;
};

/// Windows of one half, training or test.
struct Half {
  std::vector<std::uint8_t> tokens;
  std::vector<Window> windows;
  Shards clients;

  void append(std::string_view text, const std::array<std::uint8_t, 256>& token_of, const Options& o) {
    const std::size_t begin = tokens.size(), first = windows.size();
    for (const char c : text) tokens.push_back(token_of[static_cast<unsigned char>(c)]);
    cut_windows(begin, tokens.size(), o.steps, o.stride, !o.each_step, windows);
    std::vector<std::uint32_t> rows;
    for (std::size_t row = first; row < windows.size(); ++row) rows.push_back(static_cast<std::uint32_t>(row));
    clients.append(rows);
  }
};

class Shakespeare final : public DataLoader {
 public:
  explicit Shakespeare(Options options) : o_(std::move(options)) {}

  std::optional<InputShape> shape() const override {
    if (o_.path.empty()) return std::nullopt;
    InputShape shape;
    shape.kind = InputShape::Kind::sequence;
    shape.dims = {o_.steps};
    shape.vocabulary = static_cast<Index>(characters().size());
    shape.classes = static_cast<int>(shape.vocabulary);
    shape.label_each_step = o_.each_step;
    return shape;
  }
  std::optional<std::uint32_t> clients() const override {
    if (o_.path.empty()) return std::nullopt;
    return static_cast<std::uint32_t>(roles().size());
  }

  DataSource load(std::uint64_t) const override {
    const std::string known = characters();
    std::array<std::uint8_t, 256> token_of{};
    for (std::size_t token = 0; token < known.size(); ++token) {
      token_of[static_cast<unsigned char>(known[token])] = static_cast<std::uint8_t>(token);
    }
    Half train, test;
    for (const std::size_t role : roles()) {
      const std::string_view text = script().texts[role];
      train.append(text.substr(0, train_length(text.size())), token_of, o_);
      test.append(text.substr(train_length(text.size())), token_of, o_);
    }
    DataSource source;
    source.provenance = fmt::format(
        "{} (crc32 {:08x}): {} speakers, {} characters for training and {} for testing, {} "
        "different",
        o_.path, script().crc32, train.clients.population(), train.tokens.size(), test.tokens.size(), known.size());
    source.train =
        std::make_shared<SequenceDataset<std::uint8_t>>(*shape(), std::move(train.tokens), std::move(train.windows));
    source.natural_clients = std::move(train.clients);
    if (!test.windows.empty()) {
      source.test =
          std::make_shared<SequenceDataset<std::uint8_t>>(*shape(), std::move(test.tokens), std::move(test.windows));
      source.natural_test = std::move(test.clients);
    }
    return source;
  }

 private:
  std::size_t train_length(std::size_t length) const {
    return length - static_cast<std::size_t>(o_.test_fraction * static_cast<double>(length));
  }

  const Script& script() const {
    if (!script_) script_ = read_script(ContentReader::open(o_.path));
    return *script_;
  }

  /// Speakers with at least one sample to train on.
  std::vector<std::size_t> roles() const {
    std::vector<std::size_t> found;
    const std::size_t least = o_.each_step ? 2 : std::size_t{o_.steps} + 1;
    for (std::size_t role = 0; role < script().texts.size(); ++role) {
      if (train_length(script().texts[role].size()) >= least) found.push_back(role);
    }
    if (found.empty()) {
      throw Failure(ExitCode::data_damaged,
                    fmt::format("{}: no speaker has the {} characters that a sample needs", o_.path, least));
    }
    return found;
  }

  /// Those that occur, in the order of their codes; the place of each is its token.
  std::string characters() const {
    std::array<bool, 256> seen{};
    for (const std::string& text : script().texts) {
      for (const char c : text) seen[static_cast<unsigned char>(c)] = true;
    }
    std::string found;
    for (std::size_t c = 0; c < seen.size(); ++c) {
      if (seen[c]) found.push_back(static_cast<char>(c));
    }
    return found;
  }

  Options o_;
  mutable std::optional<Script> script_;  // read when first asked for: a config is checked against it
};

std::unique_ptr<DataLoader> read(Section& section) {
  Options o;
  const std::string path =
      section.text("path", {std::nullopt,
                            "text file of plays, plain or .gz: speeches divided by empty lines, each after a line "
                            "NAME:; relative to the config file",
                            ""});
  // While a config is described there is no file, and after a mistake there is none either.
  if (!section.describing() && !path.empty()) o.path = resolve_path(path, section.folder());
  o.steps =
      static_cast<std::uint32_t>(section.whole("steps", {80, between(1, 65536), "characters of a sample", kSource}));
  const auto stride = section.maybe_whole(
      "stride",
      {std::nullopt, between(1, 1e9), "characters from one sample to the next; by default as many as steps", ""});
  o.stride = stride ? static_cast<std::uint32_t>(*stride) : o.steps;
  o.each_step =
      section.word("label", Words{"each_step",
                                  {{"each_step", "each character's next one", "McMahan et al. 2017"},
                                   {"last_step", "the one character after the sample", "Caldas et al. 2018 (LEAF)"}},
                                  "what is predicted",
                                  ""}) == "each_step";
  o.test_fraction = section.real(
      "test_fraction",
      {0.2, Bounds{0, 1, false, true}, "share of each speaker's words, the last ones, for testing", kSource});
  return std::make_unique<Shakespeare>(o);
}

const Registration<DatasetEntry> entry{
    {{"shakespeare", "plays as plain text; a speaker is a client, the next character is predicted", kSource}, read}};

}  // namespace
}  // namespace fedtide
