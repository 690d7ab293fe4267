#include "datasets/text/text_loader.h"

#include <fmt/format.h>

#include "datasets/formats/script.h"
#include "datasets/formats/text.h"
#include "sim/base/error.h"

namespace fedtide {

void read_text_windows(Section& section, TextOptions& o) {
  const char* source = "McMahan et al. 2017, arXiv 1602.05629";
  o.windows.steps = static_cast<std::uint32_t>(
      section.whole("steps", {80, between(1, 65536), "characters or words of a sample", source}));
  const auto stride = section.maybe_whole(
      "stride", {std::nullopt, between(1, 1e9),
                 "characters or words from one sample to the next; by default as many as steps", ""});
  o.windows.stride = stride ? static_cast<std::uint32_t>(*stride) : o.windows.steps;
  o.windows.each_step =
      section.word("label", Words{"each_step",
                                  {{"each_step", "for each step the one after it", "McMahan et al. 2017"},
                                   {"last_step", "the one after the sample", "Caldas et al. 2018 (LEAF)"}},
                                  "what is predicted",
                                  ""}) == "each_step";
  o.test_fraction = section.real("test_fraction", {0.2, Bounds{0, 1, false, true},
                                                   "share of each client's text, the last one, for testing", source});
  o.choice = read_client_choice(section);
}

const TextLoader::Read& TextLoader::content() const {
  if (read_) return *read_;
  Read read{Corpus(o_.level), {}, 0};
  if (o_.clients == TextOptions::Clients::speakers) {
    const Script script = read_script(ContentReader::open(o_.path));
    read.crc32 = script.crc32;
    for (std::size_t i = 0; i < script.speakers.size(); ++i) {
      read.corpus.add(script.speakers[i], script.texts[i], o_.test_fraction);
    }
  } else {
    ContentReader file = ContentReader::open(o_.path);
    const std::string text = read_text(file);
    read.crc32 = file.crc32();
    read.corpus.add("", text, o_.test_fraction);
    if (o_.clients == TextOptions::Clients::parts) read.corpus.split(o_.parts, o_.test_fraction);
  }
  read.vocabulary = o_.level == TextLevel::character ? TextVocabulary::characters(read.corpus)
                                                     : TextVocabulary::words(read.corpus, o_.vocabulary);
  read_ = std::move(read);
  return *read_;
}

std::optional<InputShape> TextLoader::shape() const {
  if (o_.path.empty()) return std::nullopt;
  return o_.windows.shape(content().vocabulary.size);
}

std::uint32_t TextLoader::pieces_with_samples() const {
  std::uint32_t count = 0;
  for (const Corpus::Piece& piece : content().corpus.pieces()) count += piece.train >= o_.windows.least() ? 1 : 0;
  if (count > 0) return count;
  throw Failure(ExitCode::data_damaged,
                fmt::format("{}: {} the {} {} that a sample needs", o_.path,
                            o_.clients == TextOptions::Clients::speakers ? "no speaker has"
                            : o_.clients == TextOptions::Clients::parts  ? "no part has"
                                                                         : "the text has not",
                            o_.windows.least(), o_.level == TextLevel::character ? "characters" : "words"));
}

std::optional<std::uint32_t> TextLoader::clients() const {
  if (o_.path.empty() || !has_clients()) return std::nullopt;
  const bool all = o_.choice.min_samples <= 1 && o_.choice.fraction >= 1;
  return all ? std::optional(pieces_with_samples()) : std::nullopt;
}

DataSource TextLoader::load(std::uint64_t seed) const {
  const std::uint32_t count = pieces_with_samples();
  DataSource source = text_source(content().corpus, content().vocabulary, o_.windows);
  const char* clients = o_.clients == TextOptions::Clients::speakers ? "speakers, " : "parts, ";
  source.provenance = fmt::format("{} (crc32 {:08x}): {}{}", o_.path, content().crc32,
                                  has_clients() ? fmt::format("{} {}", count, clients) : "", source.provenance);
  if (!has_clients()) {
    source.natural_clients.reset();
    source.natural_test.reset();
    source.client_names.clear();
  }
  choose_clients(source, o_.choice, seed, o_.path);
  return source;
}

}  // namespace fedtide
