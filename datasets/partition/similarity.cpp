// Similarity: a part of each client's samples is IID, the rest is sorted by label.
// Karimireddy, Kale, Mohri, Reddi, Stich, Suresh: SCAFFOLD: stochastic controlled averaging for federated learning.
// ICML 2020 (arXiv 1910.06378), section 7, after Hsu, Qi, Brown 2019 (arXiv 1909.06335).
//
// Rule: for s % similarity, give each client s % of its samples at random; sort the others by label and give them to
// the clients in order. Sizes are equal, the first clients holding one more where they do not divide.

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

#include "datasets/partition/common.h"
#include "sim/base/distributions.h"
#include "sim/config/section.h"

namespace fedtide {
namespace {

class Similarity final : public Partitioner {
 public:
  explicit Similarity(double similarity) : similarity_(similarity) {}

  bool needs_labels() const override { return true; }
  Shards partition(const PartitionInput& in) const override {
    require_labels("similarity", in.labels);
    require_samples(in);
    const std::vector<std::uint32_t> sizes = equal_sizes(in.samples, in.clients);
    std::vector<std::uint32_t> alike(in.clients);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      alike[i] = static_cast<std::uint32_t>(std::llround(similarity_ * sizes[i]));
    }
    std::vector<std::uint32_t> order(in.samples);
    std::iota(order.begin(), order.end(), 0u);
    Stream stream(in.seed, Purpose::partition);
    shuffle(stream, std::span(order));
    auto next_alike = order.begin();
    auto next_sorted = order.begin() + std::accumulate(alike.begin(), alike.end(), std::ptrdiff_t{0});
    std::stable_sort(next_sorted, order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return in.labels[a] < in.labels[b]; });
    Shards shards = room_for(sizes);
    std::vector<std::uint32_t> mine;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const std::uint32_t sorted = sizes[i] - alike[i];
      mine.assign(next_alike, next_alike + alike[i]);
      mine.insert(mine.end(), next_sorted, next_sorted + sorted);
      next_alike += alike[i];
      next_sorted += sorted;
      append_sorted(shards, mine);
    }
    return shards;
  }

 private:
  double similarity_;
};

std::unique_ptr<Partitioner> read(Section& section) {
  return std::make_unique<Similarity>(section.real(
      "similarity", {std::nullopt, probability(), "share of each client's samples that is IID: 0.1 is \"10 %\"",
                     "Karimireddy et al. 2020, arXiv 1910.06378"}));
}

const Registration<PartitionEntry> entry{{{"similarity", "a share of IID samples, the rest sorted by label",
                                           "Karimireddy et al. 2020, arXiv 1910.06378 (SCAFFOLD)"},
                                          read}};

}  // namespace
}  // namespace fedtide
