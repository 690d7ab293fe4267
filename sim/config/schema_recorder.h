#pragma once
// A Section that reads nothing and writes down what is asked for: the same code that parses a config describes it.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sim/config/resolved.h"
#include "sim/config/section.h"

namespace fedtide {

struct SchemaNode;

/// One word of a choice, and the keys that the mapping has with it.
struct SchemaOption {
  About about;
  std::vector<SchemaNode> children;
};

/// A key and what may stand there.
struct SchemaNode {
  enum class Kind { mapping, mappings, number, numbers, flag, text, word, words, choice, draw, swept };

  std::string key;
  Kind kind = Kind::mapping;  ///< swept: a part of a sweep, with dotted keys of the experiment
  Unit unit = Unit::none;
  bool whole = false;
  bool required = false;
  bool optional = false;  ///< may be absent or null, which means "none"
  std::string word;       ///< allowed instead of a number
  Bounds bounds;
  std::string help;
  std::string source;
  Resolved fallback;                  ///< absent: none
  std::vector<About> words;           ///< of a word or a list of them
  std::vector<SchemaNode> children;   ///< of a mapping, or of each mapping of a list
  std::vector<SchemaOption> options;  ///< of a choice
  bool is_recursive = false;  ///< a choice that already stands above with the same words: its options are not repeated
};

class SchemaRecorder : public Section {
 public:
  explicit SchemaRecorder(std::vector<SchemaNode>& nodes) : nodes_(&nodes) {}

  bool given(std::string_view) const override { return false; }
  void reject(std::string_view, std::string) override {}
  bool describing() const override { return true; }
  std::string folder() const override { return ""; }

 protected:
  std::optional<double> read_number(std::string_view key, const Number& n, const NumberRead& how) override;
  std::vector<double> read_numbers(std::string_view key, const std::vector<double>& fallback, const Number& each,
                                   const NumberRead& how) override;
  std::optional<bool> read_flag(std::string_view key, const Flag& f) override;
  std::optional<std::string> read_text(std::string_view key, const Text& t, Absence absence) override;
  std::string read_word(std::string_view key, const Words& w) override;
  std::vector<std::string> read_words(std::string_view key, const Words& w) override;
  Draw read_draw(std::string_view key, Unit unit, const std::optional<Draw>& fallback, const Number& n) override;
  void read_section(std::string_view key, std::string_view help, const std::function<void(Section&)>& read) override;
  void read_sections(std::string_view key, std::string_view help, const std::function<void(Section&)>& read) override;
  void read_choice(std::string_view key, const Words& w, const std::function<void(const std::string&)>& read) override;

 private:
  /// Adds a key to the mapping or option that is being read, in place of an equal one.
  void add(SchemaNode node);

  std::vector<SchemaNode>* nodes_;
  std::vector<std::pair<std::string, std::vector<std::string>>> open_choices_;
};

/// The mapping that `read` reads, described.
SchemaNode record_schema(const std::function<void(Section&)>& read);

}  // namespace fedtide
