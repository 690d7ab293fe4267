#include "sim/learn/skew.h"

#include <algorithm>
#include <numeric>

#include "sim/base/statistics.h"

namespace fedtide {

LabelCounts count_labels(const Shards& shards, std::span<const std::int32_t> labels, int classes) {
  LabelCounts all{shards.population(), static_cast<std::uint32_t>(classes), {}};
  all.counts.resize(std::size_t{all.population} * all.classes);
  for (std::uint32_t client = 0; client < all.population; ++client) {
    const std::size_t first = std::size_t{client} * all.classes;
    for (const std::uint32_t row : shards.of(ClientId{client})) {
      ++all.counts[first + static_cast<std::size_t>(labels[row])];
    }
  }
  return all;
}

Skew measure_skew(const LabelCounts& counts) {
  std::vector<double> global(counts.classes);
  for (std::size_t j = 0; j < counts.counts.size(); ++j) global[j % counts.classes] += counts.counts[j];

  Skew skew;
  std::vector<double> sizes;
  for (auto* each : {&sizes, &skew.emd, &skew.jensen_shannon, &skew.entropy}) each->reserve(counts.population);
  std::vector<double> own;
  for (std::uint32_t client = 0; client < counts.population; ++client) {
    const std::span<const std::uint32_t> whole = counts.of(ClientId{client});
    own.assign(whole.begin(), whole.end());
    sizes.push_back(std::accumulate(own.begin(), own.end(), 0.0));
    const bool any = sizes.back() > 0;
    skew.emd.push_back(any ? label_emd(own, global) : 0);
    skew.jensen_shannon.push_back(any ? jensen_shannon(own, global) : 0);
    skew.entropy.push_back(entropy(own));
    skew.classes.push_back(
        static_cast<std::uint32_t>(std::count_if(own.begin(), own.end(), [](double n) { return n > 0; })));
  }
  skew.global_entropy = entropy(global);
  skew.size_gini = gini(sizes);
  return skew;
}

}  // namespace fedtide
