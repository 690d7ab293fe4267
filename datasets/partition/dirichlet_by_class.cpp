// Dirichlet by class: each class is shared out on its own, so that mix and size both differ among clients.
// Yurochkin et al. 2019 (arXiv 1905.12022); with the rules for balance of Li, Diao, Chen, He: Federated learning on
// Non-IID data silos: an experimental study. ICDE 2022 (arXiv 2102.02079), "NIID-Bench", noniid-labeldir.
//
// Rule: for each class k in turn draw shares p ~ Dir(alpha, .., alpha) over the clients, set the share of every client
// that already holds N / clients samples or more to 0, renormalize, and cut the shuffled samples of the class at
// floor(cumulative share x size). When some client is left with fewer than min_size samples, draw everything again. The
// papers have 10 clients and min_size 10; with many clients and a small alpha that may never happen, so the number of
// tries is limited. alpha is the concentration of each client.

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "datasets/partition/common.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

constexpr std::uint64_t kMostTries = 1000;
constexpr std::uint64_t kFewestTries = 10;
constexpr std::uint64_t kMostDraws = 100'000'000;  // about ten seconds

/// How many samples of each class each client gets: [classes, clients].
using Counts = std::vector<std::uint32_t>;

class DirichletByClass final : public Partitioner {
 public:
  DirichletByClass(double alpha, std::uint32_t min_size) : alpha_(alpha), min_size_(min_size) {}

  bool needs_labels() const override { return true; }
  Shards partition(const PartitionInput& in) const override {
    require_labels("dirichlet_by_class", in.labels);
    require_samples(in);
    if (std::uint64_t{in.clients} * min_size_ > in.samples) throw too_few(min_size_, in.clients, in.samples);
    ClassPools pools(in.labels, in.classes);
    const std::uint64_t tries =
        std::clamp(kMostDraws / (std::uint64_t{in.clients} * pools.classes()), kFewestTries, kMostTries);
    std::uint32_t best = 0;
    for (std::uint32_t attempt = 0; attempt < tries; ++attempt) {
      const Counts counts = draw_counts(pools, in.samples, in.clients, in.seed, attempt);
      const std::uint32_t smallest = smallest_client(counts, in.clients);
      if (smallest >= min_size_) {
        pools.shuffle_each(in.seed);
        return hand_out(pools, counts, in.clients);
      }
      best = std::max(best, smallest);
    }
    throw Failure(
        ExitCode::usage,
        fmt::format("data.partition.min_size: in {} tries not all of {} clients got at least {} samples, at best "
                    "{}; lower min_size, raise alpha, or have fewer clients",
                    tries, in.clients, min_size_, best));
  }

 private:
  Counts draw_counts(const ClassPools& pools, std::uint64_t samples, std::uint32_t clients, std::uint64_t seed,
                     std::uint32_t attempt) const {
    Counts counts(std::size_t{clients} * pools.classes());
    std::vector<std::uint64_t> held(clients);
    std::vector<double> share(clients);
    for (std::uint32_t k = 0; k < pools.classes(); ++k) {
      if (pools.size(k) == 0) continue;
      Stream stream(seed, Purpose::partition, k, 1 + attempt);  // turn 0 shuffles the classes
      for (double& s : share) s = log_gamma_draw(stream, alpha_);
      for (std::uint32_t i = 0; i < clients; ++i) {
        if (held[i] * clients >= samples) share[i] = -std::numeric_limits<double>::infinity();
      }
      const std::span<std::uint32_t> mine = std::span(counts).subspan(std::size_t{k} * clients, clients);
      cut(share, pools.size(k), mine);
      for (std::uint32_t i = 0; i < clients; ++i) held[i] += mine[i];
    }
    return counts;
  }

  /// Cuts `size` samples by shares given as logarithms. As long as samples are left to hand out, some client holds less
  /// than the mean.
  static void cut(std::span<double> log_share, std::uint32_t size, std::span<std::uint32_t> out) {
    const double largest = *std::max_element(log_share.begin(), log_share.end());
    double sum = 0;
    std::size_t last = 0;
    for (std::size_t i = 0; i < log_share.size(); ++i) {
      const double share = std::exp(log_share[i] - largest);
      if (share > 0) last = i;
      sum += share;
      log_share[i] = sum;  // from here on: cumulative
    }
    std::uint32_t from = 0;
    for (std::size_t i = 0; i <= last; ++i) {
      const auto to = i == last ? size : static_cast<std::uint32_t>(log_share[i] / sum * size);
      out[i] = to - from;
      from = to;
    }
  }

  static std::uint32_t smallest_client(const Counts& counts, std::uint32_t clients) {
    std::vector<std::uint32_t> sizes(clients);
    for (std::size_t j = 0; j < counts.size(); ++j) sizes[j % clients] += counts[j];
    return *std::min_element(sizes.begin(), sizes.end());
  }

  static Shards hand_out(const ClassPools& pools, const Counts& counts, std::uint32_t clients) {
    Shards shards;
    std::vector<std::uint32_t> used(pools.classes());
    std::vector<std::uint32_t> mine;
    for (std::uint32_t client = 0; client < clients; ++client) {
      mine.clear();
      for (std::uint32_t k = 0; k < pools.classes(); ++k) {
        const std::uint32_t count = counts[std::size_t{k} * clients + client];
        const auto rows = pools.of(k).subspan(used[k], count);
        mine.insert(mine.end(), rows.begin(), rows.end());
        used[k] += count;
      }
      append_sorted(shards, mine);
    }
    return shards;
  }

  double alpha_;
  std::uint32_t min_size_;
};

std::unique_ptr<Partitioner> read(Section& section) {
  const double alpha =
      section.real("alpha", {std::nullopt, positive(), "concentration of each client's share of a class",
                             "Li, Diao, Chen, He 2022, arXiv 2102.02079"});
  const std::int64_t min_size =
      section.whole("min_size", {10, between(1, 4294967295.0), "draw again until every client has as many samples",
                                 "Li, Diao, Chen, He 2022, arXiv 2102.02079"});
  return std::make_unique<DirichletByClass>(alpha, static_cast<std::uint32_t>(min_size));
}

const Registration<PartitionEntry> entry{
    {{"dirichlet_by_class", "each class shared out by Dir(alpha), mix and size both differ",
      "Li, Diao, Chen, He 2022, arXiv 2102.02079 (NIID-Bench)"},
     read}};

}  // namespace
}  // namespace fedtide
