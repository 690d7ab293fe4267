// The source `text`: any plain text file, of characters or words, cut into windows; the next one is predicted.

#include <memory>
#include <string>

#include "datasets/text/text_loader.h"
#include "sim/config/section.h"
#include "sim/files/path.h"

namespace fedtide {
namespace {

std::unique_ptr<DataLoader> read(Section& section) {
  TextOptions o;
  const std::string path =
      section.text("path", {std::nullopt, "text file, plain or .gz; relative to the config file", ""});
  if (!section.describing() && !path.empty()) o.path = resolve_path(path, section.folder());
  o.level = section.word("level", Words{"character",
                                        {{"character", "each byte is a token", ""},
                                         {"word", "words, and other characters but blanks one by one", ""}},
                                        "what a token is",
                                        ""}) == "word"
                ? TextLevel::word
                : TextLevel::character;
  o.vocabulary = static_cast<std::uint32_t>(section.whole(
      "vocabulary", {10'000, between(1, 65'535),
                     "level word: the most frequent words of the training text; all others are one token", ""}));
  const std::string by = section.word("clients_by", Words{"none",
                                                          {{"none", "the text has no clients of its own", ""},
                                                           {"parts", "contiguous parts of equal length", ""},
                                                           {"speakers", "plays: a line NAME: before each speech", ""}},
                                                          "whose the text is",
                                                          ""});
  o.clients = by == "parts"      ? TextOptions::Clients::parts
              : by == "speakers" ? TextOptions::Clients::speakers
                                 : TextOptions::Clients::none;
  o.parts =
      static_cast<std::uint32_t>(section.whole("parts", {100, between(1, 1e9), "clients_by parts: how many", ""}));
  read_text_windows(section, o);
  return std::make_unique<TextLoader>(o);
}

const Registration<DatasetEntry> entry{
    {{"text", "a plain text file, of characters or words; the next one is predicted", ""}, read}};

}  // namespace
}  // namespace fedtide
