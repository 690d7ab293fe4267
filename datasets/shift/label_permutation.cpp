// Label permutation, a concept shift: the same features have other labels at other clients.
// Sattler, Mueller, Samek: Clustered federated learning. IEEE TNNLS 2021 (arXiv 1910.01991), section VI; Kairouz et al.
// 2021 (arXiv 1912.04977), section 3.1, "same features, different label".
//
// Rule: each client is in one of `groups` groups, each as likely; group g > 0 renames the classes by a random
// permutation of its own, group 0 does not. Streams (seed, shift, client) and (seed, shift, group).

#include <memory>
#include <numeric>
#include <vector>

#include "sim/base/distributions.h"
#include "sim/learn/shift.h"

namespace fedtide {
namespace {

constexpr std::uint32_t kGroupTurn = 1;

class LabelPermutation final : public Shift {
 public:
  explicit LabelPermutation(std::uint32_t groups) : groups_(groups) {}

  std::string mismatch(const InputShape& shape) const override { return needs_one_label(shape); }
  bool changes_labels() const override { return true; }
  std::int32_t relabel(const ShiftSubject& who, std::int32_t label, int classes) const override {
    Stream stream = who.of(who.client);
    const std::uint32_t group = uniform_below(stream, groups_);
    if (group == 0) return label;
    Stream own = who.of(group, kGroupTurn);
    std::vector<std::int32_t> renamed(static_cast<std::size_t>(classes));
    std::iota(renamed.begin(), renamed.end(), 0);
    shuffle(own, std::span(renamed));
    return renamed[static_cast<std::size_t>(label)];
  }

 private:
  std::uint32_t groups_;
};

std::unique_ptr<Shift> read(Section& section) {
  return std::make_unique<LabelPermutation>(static_cast<std::uint32_t>(
      section.whole("groups", {2, between(2, 1e6), "groups of clients, each with its own names for the classes",
                               "Sattler et al. 2021, arXiv 1910.01991"})));
}

const Registration<ShiftEntry> entry{
    {{"label_permutation", "groups of clients call the classes differently (concept shift)",
      "Sattler, Mueller, Samek 2021, arXiv 1910.01991"},
     read}};

}  // namespace
}  // namespace fedtide
