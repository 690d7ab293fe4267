// Two values of one key, run with the same seeds: the difference, and how sure it is.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "sim/base/error.h"
#include "sim/base/statistics.h"
#include "sim/base/student_t.h"
#include "sim/base/text.h"
#include "sim/experiment/sweep_summary.h"

namespace fedtide {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kConfidence = 0.95;

std::string cell(double value) { return std::isfinite(value) ? fmt::format("{:.6g}", value) : ""; }

/// One combination of the parameters other than the key and the seed: by value of the key, by seed.
struct Block {
  std::vector<std::string> others;
  std::map<std::string, std::map<std::int64_t, const SummaryRow*>> runs;
};

struct Layout {
  std::vector<std::string> keys;    ///< the other parameters
  std::vector<std::string> values;  ///< of the key, in order
  std::vector<Block> blocks;
};

Layout layout_of(const std::vector<SummaryRow>& rows, const std::string& by) {
  Layout layout;
  std::vector<std::string> all;
  for (const auto& [key, value] : rows.front().run.parameters) {
    all.push_back(key);
    if (key != by && key != "seed") layout.keys.push_back(key);
  }
  if (by == "seed" || std::find(all.begin(), all.end(), by) == all.end()) {
    std::erase(all, "seed");
    throw Failure(ExitCode::usage, by == "seed" ? "--by seed: seeds are what the pairs are made of; name another key"
                                                : fmt::format("--by {}: is not swept{}", by, suggestion(by, all)));
  }
  for (const SummaryRow& row : rows) {
    std::vector<std::string> others;
    std::string own;
    for (const auto& [key, value] : row.run.parameters) {
      if (key == by) own = value;
      if (key != by && key != "seed") others.push_back(value);
    }
    if (std::find(layout.values.begin(), layout.values.end(), own) == layout.values.end()) layout.values.push_back(own);
    auto block = std::find_if(layout.blocks.begin(), layout.blocks.end(),
                              [&](const Block& each) { return each.others == others; });
    if (block == layout.blocks.end()) block = layout.blocks.insert(block, {others, {}});
    block->runs[own][row.run.seed] = &row;
  }
  return layout;
}

struct Pairs {
  std::vector<double> a;  ///< with the value
  std::vector<double> b;  ///< with the baseline
  std::size_t missing = 0;
};

Pairs pairs_of(const Block& block, const std::string& value, const std::string& baseline, bool best) {
  const auto of = [&](const std::string& which, std::int64_t seed) {
    const auto runs = block.runs.find(which);
    if (runs == block.runs.end() || !runs->second.contains(seed)) return kNone;
    const RunStanding& standing = runs->second.at(seed)->standing;
    if (standing.state != RunState::complete) return kNone;
    return best ? standing.best_value : standing.final_value;
  };
  Pairs pairs;
  std::map<std::int64_t, bool> seeds;
  for (const std::string& which : {value, baseline}) {
    const auto runs = block.runs.find(which);
    if (runs == block.runs.end()) continue;
    for (const auto& [seed, row] : runs->second) seeds[seed] = true;
  }
  for (const auto& [seed, unused] : seeds) {
    const double a = of(value, seed);
    const double b = of(baseline, seed);
    if (std::isfinite(a) && std::isfinite(b)) {
      pairs.a.push_back(a);
      pairs.b.push_back(b);
    } else {
      ++pairs.missing;
    }
  }
  return pairs;
}

double mean_of(const std::vector<double>& values) {
  Moments moments;
  for (const double x : values) moments.add(x);
  return values.empty() ? kNone : moments.mean();
}

}  // namespace

PairedDifference paired_difference(const std::vector<double>& a, const std::vector<double>& b) {
  FEDTIDE_REQUIRE(a.size() == b.size(), "{} and {} values", a.size(), b.size());
  Moments moments;
  for (std::size_t i = 0; i < a.size(); ++i) moments.add(a[i] - b[i]);
  PairedDifference result{a.size(), a.empty() ? kNone : moments.mean(), kNone, kNone, kNone};
  if (a.size() < 2) return result;
  const auto n = static_cast<std::int64_t>(a.size());
  result.sd = std::sqrt(moments.variance());
  const double half = student_t_bound(kConfidence, n - 1) * result.sd / std::sqrt(static_cast<double>(n));
  result.low = result.mean - half;
  result.high = result.mean + half;
  return result;
}

Cells comparison_table(const std::vector<SummaryRow>& rows, const std::string& by, const std::string& baseline,
                       const Goal& goal, bool best) {
  FEDTIDE_REQUIRE(!rows.empty(), "a sweep has runs");
  const Layout layout = layout_of(rows, by);
  const std::string base = baseline.empty() ? layout.values.front() : baseline;
  if (std::find(layout.values.begin(), layout.values.end(), base) == layout.values.end()) {
    throw Failure(ExitCode::usage,
                  fmt::format("--baseline {}: is no value of {}{}", base, by, suggestion(base, layout.values)));
  }
  if (layout.values.size() < 2) {
    throw Failure(ExitCode::usage,
                  fmt::format("--by {}: has one value only, {}; there is nothing to compare", by, base));
  }
  Cells cells = {layout.keys};
  const std::string what = (best ? "best_" : "final_") + goal.key;
  for (const std::string& name :
       {by, std::string("baseline"), std::string("n"), std::string("n_missing"), "mean_" + what,
        "mean_" + what + "_of_baseline", std::string("difference"), std::string("low_95"), std::string("high_95")}) {
    cells[0].push_back(name);
  }
  for (const Block& block : layout.blocks) {
    for (const std::string& value : layout.values) {
      if (value == base) continue;
      const Pairs pairs = pairs_of(block, value, base, best);
      if (pairs.a.empty() && pairs.missing == 0) continue;
      const PairedDifference paired = paired_difference(pairs.a, pairs.b);
      std::vector<std::string> row = block.others;
      for (const std::string& text :
           {value, base, fmt::format("{}", paired.n), fmt::format("{}", pairs.missing), cell(mean_of(pairs.a)),
            cell(mean_of(pairs.b)), cell(paired.mean), cell(paired.low), cell(paired.high)}) {
        row.push_back(text);
      }
      cells.push_back(std::move(row));
    }
  }
  return cells;
}

}  // namespace fedtide
