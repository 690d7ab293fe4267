// The source `shakespeare`: next-character prediction on plays as plain text, such as tinyshakespeare (Karpathy 2015,
// char-rnn). As in McMahan et al. 2017 a client is a speaking role, its first words are for training and its last ones
// for testing, and a text is cut into windows of 80 characters.

#include <memory>
#include <string>

#include "datasets/text/text_loader.h"
#include "sim/config/section.h"
#include "sim/files/path.h"

namespace fedtide {
namespace {

std::unique_ptr<DataLoader> read(Section& section) {
  TextOptions o;
  o.clients = TextOptions::Clients::speakers;
  const std::string path =
      section.text("path", {std::nullopt,
                            "text file of plays, plain or .gz: speeches divided by empty lines, each after a line "
                            "NAME:; relative to the config file",
                            ""});
  // While a config is described there is no file, and after a mistake there is none either.
  if (!section.describing() && !path.empty()) o.path = resolve_path(path, section.folder());
  read_text_windows(section, o);
  return std::make_unique<TextLoader>(o);
}

const Registration<DatasetEntry> entry{
    {{"shakespeare", "plays as plain text; a speaker is a client, the next character is predicted",
      "McMahan et al. 2017, arXiv 1602.05629"},
     read}};

}  // namespace
}  // namespace fedtide
