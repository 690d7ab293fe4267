#include "sim/learn/split.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "sim/base/distributions.h"
#include "sim/base/error.h"
#include "sim/base/random.h"

namespace fedtide {
namespace {

constexpr std::uint32_t kTestTurn = 0;
constexpr std::uint32_t kValidationTurn = 1;

/// Consecutive rows with one label.
struct Group {
  std::size_t begin = 0;
  std::size_t size = 0;
  std::size_t given = 0;  // how many of them, from the first on, are held out already
  std::size_t next = 0;   // how many are to follow

  std::size_t free() const { return size - given - next; }
};

std::vector<Group> group_by_label(std::vector<std::uint32_t>& rows, std::span<const std::int32_t> labels) {
  if (labels.empty()) return {{0, rows.size(), 0, 0}};
  std::sort(rows.begin(), rows.end(), [labels](std::uint32_t a, std::uint32_t b) {
    return labels[a] != labels[b] ? labels[a] < labels[b] : a < b;
  });
  std::vector<Group> groups;
  for (std::size_t j = 0; j < rows.size(); ++j) {
    if (j == 0 || labels[rows[j]] != labels[rows[j - 1]]) groups.push_back({j, 0, 0, 0});
    ++groups.back().size;
  }
  return groups;
}

/// Largest remainders. Equal ones are frequent (labels of the same count), so their order is drawn: in a fixed order
/// the samples held out by all clients together would lean towards the low labels.
void allot(std::vector<Group>& groups, double fraction, std::size_t total, Stream& stream) {
  std::vector<double> rest(groups.size());
  std::size_t given = 0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const double exact = fraction * static_cast<double>(groups[g].size);
    groups[g].next = std::min({static_cast<std::size_t>(exact), groups[g].free(), total - given});
    rest[g] = exact - std::floor(exact);
    given += groups[g].next;
  }
  std::vector<std::uint32_t> order(groups.size());
  std::iota(order.begin(), order.end(), 0u);
  shuffle(stream, std::span(order));
  std::stable_sort(order.begin(), order.end(), [&rest](std::uint32_t a, std::uint32_t b) { return rest[a] > rest[b]; });
  for (std::size_t g = 0; given < total; g = g + 1 < order.size() ? g + 1 : 0) {
    if (groups[order[g]].free() == 0) continue;
    ++groups[order[g]].next;
    ++given;
  }
}

/// One client's samples while they are split.
class Splitter {
 public:
  Splitter(std::span<const std::uint32_t> shard, std::span<const std::int32_t> labels)
      : rows_(shard.begin(), shard.end()), groups_(group_by_label(rows_, labels)), left_(rows_.size()) {}

  /// Takes round(fraction x size) samples, or as many as leave one, from those that are left.
  void hold_out(double fraction, Stream stream, std::vector<std::uint32_t>& out) {
    out.clear();
    if (rows_.empty() || fraction == 0) return;
    const auto wanted = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(rows_.size())));
    allot(groups_, fraction, std::min(wanted, left_ - 1), stream);
    for (Group& group : groups_) {
      const auto mine = std::span(rows_).subspan(group.begin + group.given, group.size - group.given);
      shuffle(stream, mine);
      out.insert(out.end(), mine.begin(), mine.begin() + static_cast<std::ptrdiff_t>(group.next));
      group.given += group.next;
      left_ -= group.next;
      group.next = 0;
    }
    std::sort(out.begin(), out.end());
  }

  void rest(std::vector<std::uint32_t>& out) const {
    out.clear();
    for (const Group& group : groups_) {
      const auto mine = std::span(rows_).subspan(group.begin + group.given, group.size - group.given);
      out.insert(out.end(), mine.begin(), mine.end());
    }
    std::sort(out.begin(), out.end());
  }

 private:
  std::vector<std::uint32_t> rows_;
  std::vector<Group> groups_;
  std::size_t left_;
};

}  // namespace

Split split_shards(const Shards& shards, std::span<const std::int32_t> labels, SplitShares shares, std::uint64_t seed) {
  FEDTIDE_REQUIRE(shares.test >= 0 && shares.validation >= 0 && shares.test + shares.validation < 1,
                  "the shares held out are {} and {}", shares.test, shares.validation);
  Split split;
  std::vector<std::uint32_t> rows;
  for (std::uint32_t client = 0; client < shards.population(); ++client) {
    Splitter splitter(shards.of(ClientId{client}), labels);
    splitter.hold_out(shares.test, Stream(seed, Purpose::split, client, kTestTurn), rows);
    split.test.append(rows);
    splitter.hold_out(shares.validation, Stream(seed, Purpose::split, client, kValidationTurn), rows);
    split.validation.append(rows);
    splitter.rest(rows);
    split.train.append(rows);
  }
  return split;
}

}  // namespace fedtide
