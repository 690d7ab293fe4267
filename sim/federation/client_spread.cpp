#include "sim/federation/client_spread.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <vector>

#include "sim/base/statistics.h"
#include "sim/federation/records.h"

namespace fedtide {

ClientSpread spread_of(std::span<const double> scores) {
  std::vector<double> x;
  std::copy_if(scores.begin(), scores.end(), std::back_inserter(x), [](double score) { return !std::isnan(score); });
  if (x.empty()) return {kMissing, kMissing, kMissing, kMissing, kMissing};
  std::sort(x.begin(), x.end());  // and so every sum has one order
  const auto n = static_cast<double>(x.size());
  ClientSpread s;
  s.mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
  double squares = 0, away = 0;
  for (const double score : x) {
    squares += score * score;
    away += (score - s.mean) * (score - s.mean);
  }
  s.variance = away / n;
  const std::size_t tenth = (x.size() + 9) / 10;
  s.worst_decile =
      std::accumulate(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(tenth), 0.0) / static_cast<double>(tenth);
  s.gini = gini(x);
  if (squares > 0) s.jain = n * s.mean * s.mean / squares;
  return s;
}

}  // namespace fedtide
