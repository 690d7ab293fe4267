// Pachinko: each client has its own mix of groups of classes, and in each group its own mix of classes.
// Reddi et al.: Adaptive federated optimization. ICLR 2021 (arXiv 2003.00295), appendix C.1, after Li and McCallum:
// Pachinko allocation. ICML 2006; the rule of TensorFlow Federated's CIFAR-100 (20 coarse labels of 5 labels each,
// root_alpha 0.1, leaf_alpha 10).
//
// Rule: client i draws its mix of the groups from Dir(root_alpha, .., root_alpha) and, for each group, its mix of the
// labels in it from Dir(leaf_alpha, .., leaf_alpha); then its samples one by one: a group, a label in it, and the next
// sample of that label. Nothing is put back; a label that has run out is taken away and the shares of the others are
// renormalized, and so is a group without labels. Groups come from a column of the data set (a coarse label, a place),
// or are given for each label.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "datasets/partition/columns.h"
#include "datasets/partition/common.h"
#include "datasets/partition/mix.h"
#include "datasets/partition/sizes.h"

namespace fedtide {
namespace {

constexpr std::uint32_t kGroupsTurn = 1;  // turn 0 shuffles the leaves
constexpr std::uint32_t kLabelsTurn = 2;  // and one more for each group

/// The labels of each group that have samples, and the samples of each.
struct Tree {
  std::vector<std::uint32_t> first;  // [groups + 1] leaves of a group, side by side
  ClassPools pools;                  // of the leaves
};

/// group [samples].
Tree grow(const std::vector<std::uint32_t>& group, const PartitionInput& in) {
  std::vector<std::uint64_t> key(in.samples);
  for (std::size_t row = 0; row < key.size(); ++row) {
    key[row] =
        std::uint64_t{group[row]} * static_cast<std::uint64_t>(in.classes) + static_cast<std::uint64_t>(in.labels[row]);
  }
  std::vector<std::uint64_t> leaves = key;
  std::sort(leaves.begin(), leaves.end());
  leaves.erase(std::unique(leaves.begin(), leaves.end()), leaves.end());
  std::vector<std::uint32_t> first{0};
  for (std::size_t leaf = 1; leaf <= leaves.size(); ++leaf) {
    const auto classes = static_cast<std::uint64_t>(in.classes);
    if (leaf == leaves.size() || leaves[leaf] / classes != leaves[leaf - 1] / classes) {
      first.push_back(static_cast<std::uint32_t>(leaf));
    }
  }
  std::vector<std::int32_t> leaf_of(key.size());
  for (std::size_t row = 0; row < key.size(); ++row) {
    leaf_of[row] = static_cast<std::int32_t>(std::lower_bound(leaves.begin(), leaves.end(), key[row]) - leaves.begin());
  }
  return {std::move(first), ClassPools(leaf_of, static_cast<int>(leaves.size()))};
}

/// Hands out the samples of a tree, client after client.
class Pachinko {
 public:
  Pachinko(Tree tree, double root_alpha, double leaf_alpha, std::uint64_t seed)
      : tree_(std::move(tree)),
        root_alpha_(root_alpha),
        leaf_alpha_(leaf_alpha),
        seed_(seed),
        used_(tree_.pools.classes()) {
    tree_.pools.shuffle_each(seed);
  }

  void draw(std::uint32_t client, std::uint32_t size, std::vector<std::uint32_t>& mine) {
    mine.clear();
    Stream stream(seed_, Purpose::partition, client, kGroupsTurn);
    Mix root(stream, root_concentrations());
    root.normalize();
    std::vector<std::optional<Mix>> branches(groups());
    while (mine.size() < size) {
      const std::size_t g = root.draw(stream);
      if (!branches[g]) branches[g] = branch(client, g);
      const std::size_t j = branches[g]->draw(stream);
      const std::uint32_t leaf = tree_.first[g] + static_cast<std::uint32_t>(j);
      mine.push_back(tree_.pools.of(leaf)[used_[leaf]++]);
      if (!empty(leaf)) continue;
      branches[g]->exclude(j);
      if (branches[g]->any()) {
        branches[g]->normalize();
      } else {
        root.exclude(g);
        if (root.any()) root.normalize();
      }
    }
  }

 private:
  std::size_t groups() const { return tree_.first.size() - 1; }
  bool empty(std::uint32_t leaf) const { return used_[leaf] == tree_.pools.size(leaf); }

  std::vector<double> leaf_concentrations(std::size_t g) const {
    std::vector<double> alpha;
    for (std::uint32_t leaf = tree_.first[g]; leaf < tree_.first[g + 1]; ++leaf)
      alpha.push_back(empty(leaf) ? 0 : leaf_alpha_);
    return alpha;
  }

  std::vector<double> root_concentrations() const {
    std::vector<double> alpha(groups());
    for (std::size_t g = 0; g < alpha.size(); ++g) {
      for (std::uint32_t leaf = tree_.first[g]; leaf < tree_.first[g + 1] && alpha[g] == 0; ++leaf) {
        if (!empty(leaf)) alpha[g] = root_alpha_;
      }
    }
    return alpha;
  }

  Mix branch(std::uint32_t client, std::size_t g) const {
    Stream stream(seed_, Purpose::partition, client, kLabelsTurn + static_cast<std::uint32_t>(g));
    Mix mix(stream, leaf_concentrations(g));
    mix.normalize();
    return mix;
  }

  Tree tree_;
  double root_alpha_;
  double leaf_alpha_;
  std::uint64_t seed_;
  std::vector<std::uint32_t> used_;  // [leaves]
};

struct Options {
  std::optional<std::string> column;
  std::vector<std::int64_t> groups;
  double root_alpha = 0;
  double leaf_alpha = 0;
  Sizing sizing;
};

class PachinkoScheme final : public Partitioner {
 public:
  explicit PachinkoScheme(Options options) : o_(std::move(options)) {}

  bool needs_labels() const override { return true; }
  Shards partition(const PartitionInput& in) const override {
    require_labels("pachinko", in.labels);
    const std::vector<std::uint32_t> sizes = o_.sizing.sizes(in);
    Pachinko pachinko(grow(group_of_rows(in), in), o_.root_alpha, o_.leaf_alpha, in.seed);
    Shards shards = room_for(sizes);
    std::vector<std::uint32_t> mine;
    for (std::uint32_t client = 0; client < in.clients; ++client) {
      pachinko.draw(client, sizes[client], mine);
      append_sorted(shards, mine);
    }
    return shards;
  }

 private:
  std::vector<std::uint32_t> group_of_rows(const PartitionInput& in) const {
    if (o_.column) return find_column(*o_.column, in).codes;
    if (o_.groups.size() != static_cast<std::size_t>(in.classes)) {
      throw Failure(ExitCode::usage,
                    fmt::format("data.partition.groups: {} groups for {} labels, must be one for each label",
                                o_.groups.size(), in.classes));
    }
    std::vector<std::uint32_t> group(in.samples);
    for (std::size_t row = 0; row < group.size(); ++row) {
      group[row] = static_cast<std::uint32_t>(o_.groups[static_cast<std::size_t>(in.labels[row])]);
    }
    return group;
  }

  Options o_;
};

std::unique_ptr<Partitioner> read(Section& section) {
  const char* source = "Reddi et al. 2021, arXiv 2003.00295";
  Options o;
  o.column = section.maybe_text("column", {std::nullopt, "column of the data set that groups its labels", ""});
  o.groups =
      section.wholes("groups", {}, {std::nullopt, between(0, 1e9), "group of each label, instead of a column", ""});
  if (o.column.has_value() != o.groups.empty()) {
    section.reject("column",
                   "the groups of labels are a column of the data set or a list, groups; give one of the two");
  }
  o.root_alpha = section.real("root_alpha", {0.1, positive(), "concentration of each group in a client's mix", source});
  o.leaf_alpha = section.real("leaf_alpha", {10, positive(), "concentration of each label in a group's mix", source});
  o.sizing = Sizing::read_sizes(section);
  return std::make_unique<PachinkoScheme>(std::move(o));
}

const Registration<PartitionEntry> entry{
    {{"pachinko", "each client's mix of groups of labels, and of labels in a group, both Dirichlet",
      "Reddi et al. 2021, arXiv 2003.00295 (TFF's CIFAR-100)"},
     read}};

}  // namespace
}  // namespace fedtide
