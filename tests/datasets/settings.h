#pragma once
// A section whose keys the test sets, so that plug-ins can be read without YAML.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/config/section.h"
#include "tests/catch.h"

namespace fedtide {

class Settings final : public Section {
 public:
  std::map<std::string, double> numbers;
  std::map<std::string, std::vector<double>> lists;
  std::map<std::string, std::string> texts;
  std::map<std::string, Draw> draws;
  std::map<std::string, bool> flags;
  std::map<std::string, std::string> words;
  std::string config_folder;
  std::vector<std::string> mistakes;  ///< "key: message"

  bool given(std::string_view key) const override {
    const std::string k(key);
    return numbers.count(k) + lists.count(k) + texts.count(k) + draws.count(k) + flags.count(k) + words.count(k) > 0;
  }
  void reject(std::string_view key, std::string message) override {
    mistakes.push_back(std::string(key) + ": " + message);
  }
  bool describing() const override { return false; }
  std::string folder() const override { return config_folder; }

 protected:
  std::optional<double> read_number(std::string_view key, const Number& n, const NumberRead& how) override {
    const auto found = numbers.find(std::string(key));
    if (found != numbers.end()) {
      if (!n.bounds.contain(found->second)) reject(key, "is out of bounds");
      return found->second;
    }
    if (how.absence == Absence::is_fallback && !n.fallback) reject(key, "is required");
    return n.fallback;
  }
  std::vector<double> read_numbers(std::string_view key, const std::vector<double>& fallback, const Number&,
                                   const NumberRead&) override {
    const auto found = lists.find(std::string(key));
    return found != lists.end() ? found->second : fallback;
  }
  std::optional<bool> read_flag(std::string_view key, const Flag& f) override {
    const auto found = flags.find(std::string(key));
    return found != flags.end() ? found->second : f.fallback;
  }
  std::optional<std::string> read_text(std::string_view key, const Text& t, Absence absence) override {
    const auto found = texts.find(std::string(key));
    if (found != texts.end()) return found->second;
    if (absence == Absence::is_none) return std::nullopt;
    if (!t.fallback) reject(key, "is required");
    return t.fallback;
  }
  std::string read_word(std::string_view key, const Words& w) override {
    const auto found = words.find(std::string(key));
    return found != words.end() ? found->second : w.fallback.value_or("");
  }
  std::vector<std::string> read_words(std::string_view, const Words&) override { return {}; }
  Draw read_draw(std::string_view key, Unit, const std::optional<Draw>& fallback, const Number&) override {
    const auto found = draws.find(std::string(key));
    return found != draws.end() ? found->second : fallback.value();
  }
  void read_section(std::string_view, std::string_view, const std::function<void(Section&)>& read) override {
    read(*this);
  }
  void read_sections(std::string_view, std::string_view, const std::function<void(Section&)>&) override {}
  void read_choice(std::string_view key, const Words& w, const std::function<void(const std::string&)>& read) override {
    read(read_word(key, w));
  }
};

}  // namespace fedtide
