#pragma once
// A Section over the tree of a config file: parses, checks, and notes every mistake with its place.

#include <functional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "sim/config/diagnostics.h"
#include "sim/config/number_reader.h"
#include "sim/config/resolved.h"
#include "sim/config/section.h"
#include "sim/config/tree.h"

namespace fedtide {

class YamlSection : public Section {
 public:
  /// `node` is a mapping; `place` and `path` are its own, for what is missing in it. `resolved` gets every key that is
  /// read.
  YamlSection(const Node& node, Place place, std::string path, std::string folder, Problems& problems,
              Resolved& resolved);

  /// A key that others read, and that a slip may have meant.
  void mention(std::string_view key) { known_.emplace_back(key); }

  /// Notes the keys that nobody read; call it when the mapping's read is done.
  void finish();

  bool given(std::string_view key) const override;
  void reject(std::string_view key, std::string message) override;
  bool describing() const override { return false; }
  std::string folder() const override { return folder_; }

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
  const Node* find(std::string_view key);
  void fail(std::string_view key, const Place& place, std::string message);
  void fail_missing(std::string_view key, const std::string& what, const std::string& help);
  Resolved read_mapping(const Node& node, const Place& place, const std::string& path, bool is_stand_in,
                        const std::function<void(Section&)>& read);
  bool read_word_into(std::string_view key, const Words& w, std::string& word);
  Draw read_draw_mapping(std::string_view key, const Node& node, Unit unit, const Number& n);
  std::string path_of(std::string_view key) const { return joined_path(path_, key); }

  const Node& node_;
  Place place_;
  std::string path_;
  std::string folder_;
  Problems& problems_;
  Resolved& resolved_;
  std::vector<std::string> known_;  ///< keys read, in order
  std::set<std::string, std::less<>> bad_;
  bool is_stand_in_ = false;    ///< the mapping itself was wrong: what it lacks is not worth saying
  bool may_have_more_ = false;  ///< a choice failed, so its keys are not known
};

/// Folder of the file at `path`; empty for a bare name.
std::string folder_of(const std::string& path);

/// Runs `read` over the tree and throws a ConfigError when anything was noted, before or now; also in place of another
/// Failure, which may follow from what was noted (data are looked into while a config is checked). `elsewhere`: a key
/// that others read and took out of the tree; may be empty.
template <class Read>
auto read_config(const Node& root, Problems& problems, Read&& read, Resolved* resolved = nullptr,
                 std::string_view elsewhere = "") {
  Resolved unused;
  Resolved& out = resolved != nullptr ? *resolved : unused;
  out = Resolved::of_mapping();
  YamlSection section(root, root.place, "", folder_of(root.place.file), problems, out);
  const auto read_it = [&] {
    try {
      return read(section);
    } catch (const Failure& failure) {
      if (failure.code() != ExitCode::bug) problems.throw_if_any();
      throw;
    }
  };
  if constexpr (std::is_void_v<std::invoke_result_t<Read, Section&>>) {
    read_it();
    if (!elsewhere.empty()) section.mention(elsewhere);
    section.finish();
    problems.throw_if_any();
  } else {
    auto result = read_it();
    if (!elsewhere.empty()) section.mention(elsewhere);
    section.finish();
    problems.throw_if_any();
    return result;
  }
}

}  // namespace fedtide
