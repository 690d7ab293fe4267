#pragma once
// What `sweep:` of an experiment says, and what the words of `fedtide sweep` say beside it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/config/diagnostics.h"
#include "sim/config/overrides.h"
#include "sim/config/schema_recorder.h"
#include "sim/config/tree.h"

namespace fedtide {

/// A key and the values that it takes, in order.
struct SweepAxis {
  Override at;  ///< place and key; its `value` is not used
  std::vector<Node> values;
};

/// A key of which each run gets a value drawn at random.
struct SweepDraw {
  enum class Kind { choice, uniform, loguniform, normal, integer };
  Override at;
  Kind kind = Kind::choice;
  double a = 0;  ///< low end, or mean
  double b = 0;  ///< high end, or standard deviation
  std::string unit;
  std::vector<Node> values;  ///< of choice
};

/// Values of some keys; a run that has them all is left out.
struct SweepExclusion {
  Place place;
  std::vector<SweepAxis> keys;  ///< each with the values that count
};

struct Sweep {
  std::vector<SweepAxis> grid;              ///< a product, in written order, the last the fastest
  std::vector<std::vector<SweepAxis>> zip;  ///< of each group all keys go on together
  std::vector<SweepDraw> random;
  std::int64_t draws = 0;         ///< how often `random` is drawn; 0: there is none
  std::uint64_t random_seed = 1;  ///< of these draws, not of the runs
  std::vector<SweepExclusion> exclude;

  bool empty() const { return grid.empty() && zip.empty() && random.empty(); }
};

/// Reads the mapping under `sweep`; null is an empty sweep. `seeds` becomes the last axis of the grid. Mistakes are
/// noted.
Sweep read_sweep(const Node& section, Problems& problems);

/// Words with several values ("a.b=1,2", "seed=range(5)") become axes; where the file sweeps that key already,
/// wherever, the word takes its place, and so does a word with one value. The other words are returned, and `null` in
/// place of those taken, so that the number of each stays what it was.
std::vector<std::optional<std::string>> take_sweep_words(const std::vector<std::string>& words, Sweep& sweep,
                                                         Problems& problems);

/// Notes keys that are swept twice, or within one another, and exclusions of keys that are not swept.
void check_sweep(const Sweep& sweep, Problems& problems);

/// The section for the schema and `fedtide describe`.
SchemaNode sweep_schema();

}  // namespace fedtide
