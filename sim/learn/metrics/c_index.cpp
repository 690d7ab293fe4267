// Concordance index: of all pairs of subjects of which one is known to have died first, the share in which that one has
// the larger risk, ties of risk counting half.
// Harrell, Califf, Pryor, Lee, Rosati: Evaluating the yield of medical tests. JAMA 247, 1982.
//
// A pair (i, j) can be compared when i has an event and t_i < t_j, or t_i = t_j and j has none (it lived on). Pairs are
// counted exactly, in O(n log n): subjects come in from the longest time on, and a Fenwick tree counts the risks of
// those that are in.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "sim/learn/metrics/metric.h"

namespace fedtide {
namespace {

struct Subject {
  float time;
  bool event;
  float risk;
};

/// Numbers of elements up to each rank.
class Fenwick {
 public:
  explicit Fenwick(std::size_t ranks) : counts_(ranks + 1, 0) {}
  void add(std::size_t rank) {
    for (std::size_t i = rank + 1; i < counts_.size(); i += i & (~i + 1)) ++counts_[i];
  }
  /// Of ranks below `rank`.
  std::int64_t below(std::size_t rank) const {
    std::int64_t sum = 0;
    for (std::size_t i = rank; i > 0; i -= i & (~i + 1)) sum += counts_[i];
    return sum;
  }

 private:
  std::vector<std::int64_t> counts_;
};

class CIndex final : public Tally {
 public:
  void add(const Predictions& p) override {
    for (std::size_t j = 0; j < p.targets.size() / 2; ++j) {
      subjects_.push_back({p.targets[2 * j], p.targets[2 * j + 1] != 0, p.outputs[j]});
    }
  }
  void merge(const Tally& later) override {
    const auto& other = static_cast<const CIndex&>(later).subjects_;
    subjects_.insert(subjects_.end(), other.begin(), other.end());
  }
  double value() const override {
    std::vector<float> risks;
    for (const Subject& s : subjects_) {
      if (std::isnan(s.risk)) return std::numeric_limits<double>::quiet_NaN();
      risks.push_back(s.risk);
    }
    std::sort(risks.begin(), risks.end());
    risks.erase(std::unique(risks.begin(), risks.end()), risks.end());
    const auto rank = [&](float risk) {
      return static_cast<std::size_t>(std::lower_bound(risks.begin(), risks.end(), risk) - risks.begin());
    };
    // At equal times those without an event lived longer.
    std::vector<Subject> sorted = subjects_;
    std::sort(sorted.begin(), sorted.end(), [](const Subject& a, const Subject& b) {
      return a.time != b.time ? a.time > b.time : a.event < b.event;
    });
    Fenwick longer(risks.size());
    std::int64_t inside = 0, smaller = 0, equal = 0, pairs = 0;
    for (std::size_t begin = 0, end = 0; begin < sorted.size(); begin = end) {
      const auto same = [&](const Subject& s) {
        return s.time == sorted[begin].time && s.event == sorted[begin].event;
      };
      for (end = begin; end < sorted.size() && same(sorted[end]); ++end) {
        if (!sorted[end].event) continue;
        const std::size_t r = rank(sorted[end].risk);
        const std::int64_t below = longer.below(r);
        smaller += below;
        equal += longer.below(r + 1) - below;
        pairs += inside;
      }
      for (std::size_t k = begin; k < end; ++k) longer.add(rank(sorted[k].risk));
      inside += static_cast<std::int64_t>(end - begin);
    }
    if (pairs == 0) return std::numeric_limits<double>::quiet_NaN();
    return (static_cast<double>(smaller) + 0.5 * static_cast<double>(equal)) / static_cast<double>(pairs);
  }

 private:
  std::vector<Subject> subjects_;
};

std::string mismatch(const InputShape& data) {
  return data.survival ? "" : "needs survival times, the data set has none";
}

}  // namespace

std::vector<Metric> concordance_metrics() {
  return {
      {About{"c_index", "share of pairs of subjects whose risks have the order of their times", "Harrell et al. 1982"},
       &mismatch, [](const InputShape&) -> std::unique_ptr<Tally> { return std::make_unique<CIndex>(); }}};
}

}  // namespace fedtide
