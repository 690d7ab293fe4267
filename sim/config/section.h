#pragma once
// The one place where a parameter is described: at its read. A `Section` is a mapping of the experiment; the code that
// reads a key says name, type, unit, range, default, one line, source. Run over a YAML section, that code parses and
// checks; run over a recorder, it yields the schema, `fedtide describe` and the manual. No YAML node shows here, so
// plug-ins may use it.
//
// Reading never throws for a user's mistake: it is noted with its place, a stand-in value is returned, and all mistakes
// are shown at once.

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/quantity.h"
#include "sim/base/registry.h"
#include "sim/base/time.h"

namespace fedtide {

/// Which values are allowed, in base units; all are finite.
struct Bounds {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;   ///< low itself is refused
  bool high_open = false;  ///< high itself is refused

  bool contain(double x) const { return (low_open ? x > low : x >= low) && (high_open ? x < high : x <= high); }
  /// "greater than 0", "at least 1", "between 0 and 1", "at least 0 and less than 1"; empty when all is allowed.
  std::string text(Unit unit = Unit::none) const;
};
Bounds anything();
Bounds positive();                        ///< > 0
Bounds non_negative();                    ///< >= 0
Bounds at_least(double low);              ///< >= low
Bounds above(double low);                 ///< > low
Bounds between(double low, double high);  ///< both included
Bounds probability();                     ///< [0, 1]
Bounds fraction();                        ///< (0, 1]

/// How a number is read. No fallback and not optional: the key is required.
struct Number {
  std::optional<double> fallback;  ///< in base units
  Bounds bounds;
  std::string help;    ///< one line, lower case, no full stop
  std::string source;  ///< paper or page, may be empty
};
struct Text {
  std::optional<std::string> fallback;
  std::string help;
  std::string source;
};
struct Flag {
  bool fallback = false;
  std::string help;
  std::string source;
};
/// One of a closed list of words.
struct Words {
  std::optional<std::string> fallback;
  std::vector<About> options;  ///< name and summary of each
  std::string help;
  std::string source;
};

/// A distribution of a quantity over clients or occasions, as written in the YAML: a plain value ("2 GFLOP/s") or a
/// mapping {distribution: constant | uniform | normal | lognormal | exponential, ...}. Values are in base units.
struct Draw {
  enum class Kind { constant, uniform, normal, lognormal, exponential, half_normal, pareto } kind = Kind::constant;
  /// constant: value; uniform: low; normal, exponential, half_normal: mean; lognormal: median; pareto: smallest value
  double a = 0;
  double b = 0;  ///< uniform: high; normal: sd; lognormal: sigma of the logarithm, pareto: shape (no unit)
};

class Section {
 public:
  virtual ~Section() = default;

  // A number with its unit; whole numbers must be exact ("1e3" is 1000). Text of another unit, or none where one is
  // needed, is a mistake.
  double real(std::string_view key, const Number& n);
  std::int64_t whole(std::string_view key, const Number& n);
  Duration duration(std::string_view key, const Number& n);  ///< fallback and bounds in seconds
  Bytes bytes(std::string_view key, const Number& n);
  BitRate bit_rate(std::string_view key, const Number& n);
  FlopRate flop_rate(std::string_view key, const Number& n);

  // The same where absence means "none"; n.fallback is not used.
  std::optional<double> maybe_real(std::string_view key, const Number& n);
  std::optional<std::int64_t> maybe_whole(std::string_view key, const Number& n);
  std::optional<Duration> maybe_duration(std::string_view key, const Number& n);
  std::optional<Bytes> maybe_bytes(std::string_view key, const Number& n);
  std::optional<BitRate> maybe_bit_rate(std::string_view key, const Number& n);

  /// A whole number, or the word that stands for "none" (`batch_size: full`). Absent: n.fallback, and without one, the
  /// word.
  std::optional<std::int64_t> whole_or(std::string_view key, std::string_view word, const Number& n);

  std::vector<double> reals(std::string_view key, const std::vector<double>& fallback, const Number& each);
  std::vector<std::int64_t> wholes(std::string_view key, const std::vector<std::int64_t>& fallback, const Number& each);

  bool flag(std::string_view key, const Flag& f);
  std::string text(std::string_view key, const Text& t);
  std::optional<std::string> maybe_text(std::string_view key, const Text& t);
  std::string word(std::string_view key, const Words& w);
  /// A list of these words, each at most once; w.fallback is not used: an absent list is empty.
  std::vector<std::string> words(std::string_view key, const Words& w);

  /// A plain value or a {distribution: ...} mapping. `fallback` is used when the key is absent; without it the key is
  /// required. n.bounds hold
  /// for value, low, high, mean and median; a spread (sd, sigma) is at least 0.
  Draw draw(std::string_view key, Unit unit, const std::optional<Draw>& fallback, const Number& n);

  /// A mapping under `key`; an absent one reads like an empty one. `read` runs exactly once. Unknown keys in it are
  /// reported.
  void section(std::string_view key, std::string_view help, const std::function<void(Section&)>& read) {
    read_section(key, help, read);
  }

  /// A list of mappings under `key`; an absent one reads like an empty one. When parsing, `read` runs once for each
  /// item, in order; when describing, once. Unknown keys of an item are reported.
  void sections(std::string_view key, std::string_view help, const std::function<void(Section&)>& read) {
    read_sections(key, help, read);
  }

  /// The key whose word chooses what other keys this same mapping has (`name: fedprox` and then `mu`). When parsing,
  /// `read` runs once, with the chosen name; when describing, once for every option.
  void choose(std::string_view key, const Words& w, const std::function<void(const std::string&)>& read) {
    read_choice(key, w, read);
  }

  /// As `choose`, over the registry of a kind of plug-in.
  template <class Entry>
  void choose_from(std::string_view key, std::optional<std::string> fallback, std::string help,
                   const std::function<void(const Entry&)>& read) {
    choose(key, Words{std::move(fallback), Registry<Entry>::instance().list(), std::move(help), ""},
           [&](const std::string& name) { read(Registry<Entry>::instance().at(name)); });
  }

  /// True when the user wrote the key (or an override did) and its value was good.
  virtual bool given(std::string_view key) const = 0;
  /// Notes a mistake at the key's place (or, if it was not written, at the mapping's): rules between fields. Without
  /// effect when describing.
  virtual void reject(std::string_view key, std::string message) = 0;
  /// True when no config is being read, only the schema recorded: values are stand-ins, rules between fields need not
  /// be checked.
  virtual bool describing() const = 0;
  /// The folder of the config file, for relative paths; empty when there is none.
  virtual std::string folder() const = 0;

 protected:
  enum class Absence { is_fallback, is_none };
  struct NumberRead {
    Unit unit = Unit::none;
    bool whole = false;
    std::string word;  ///< a word allowed instead of the number; may be empty
    Absence absence = Absence::is_fallback;
  };
  virtual std::optional<double> read_number(std::string_view key, const Number& n, const NumberRead& how) = 0;
  virtual std::vector<double> read_numbers(std::string_view key, const std::vector<double>& fallback,
                                           const Number& each, const NumberRead& how) = 0;
  virtual std::optional<bool> read_flag(std::string_view key, const Flag& f) = 0;
  virtual std::optional<std::string> read_text(std::string_view key, const Text& t, Absence absence) = 0;
  virtual std::string read_word(std::string_view key, const Words& w) = 0;
  virtual std::vector<std::string> read_words(std::string_view key, const Words& w) = 0;
  virtual Draw read_draw(std::string_view key, Unit unit, const std::optional<Draw>& fallback, const Number& n) = 0;
  virtual void read_section(std::string_view key, std::string_view help, const std::function<void(Section&)>& read) = 0;
  virtual void read_sections(std::string_view key, std::string_view help,
                             const std::function<void(Section&)>& read) = 0;
  virtual void read_choice(std::string_view key, const Words& w,
                           const std::function<void(const std::string&)>& read) = 0;
};

}  // namespace fedtide
