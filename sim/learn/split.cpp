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

/// Consecutive rows with one label.
struct Group {
  std::size_t begin = 0;
  std::size_t size = 0;
  std::size_t test = 0;  // how many of them are for testing
};

std::vector<Group> group_by_label(std::vector<std::uint32_t>& rows, std::span<const std::int32_t> labels) {
  if (labels.empty()) return {{0, rows.size(), 0}};
  std::sort(rows.begin(), rows.end(), [labels](std::uint32_t a, std::uint32_t b) {
    return labels[a] != labels[b] ? labels[a] < labels[b] : a < b;
  });
  std::vector<Group> groups;
  for (std::size_t j = 0; j < rows.size(); ++j) {
    if (j == 0 || labels[rows[j]] != labels[rows[j - 1]]) groups.push_back({j, 0, 0});
    ++groups.back().size;
  }
  return groups;
}

/// Largest remainders. Equal ones are frequent (labels of the same count), so their order is drawn: in a fixed order
/// the test samples of all clients together would lean towards the low labels.
void allot(std::vector<Group>& groups, double fraction, std::size_t total, Stream& stream) {
  std::vector<double> rest(groups.size());
  std::size_t given = 0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const double exact = fraction * static_cast<double>(groups[g].size);
    groups[g].test = static_cast<std::size_t>(exact);
    rest[g] = exact - std::floor(exact);
    given += groups[g].test;
  }
  std::vector<std::uint32_t> order(groups.size());
  std::iota(order.begin(), order.end(), 0u);
  shuffle(stream, std::span(order));
  std::stable_sort(order.begin(), order.end(), [&rest](std::uint32_t a, std::uint32_t b) { return rest[a] > rest[b]; });
  for (std::size_t g = 0; given < total; ++g, ++given) ++groups[order[g]].test;
}

}  // namespace

Holdout holdout(const Shards& shards, std::span<const std::int32_t> labels, double fraction, std::uint64_t seed) {
  FEDTIDE_REQUIRE(fraction >= 0 && fraction < 1, "the share of test samples is {}", fraction);
  Holdout both;
  std::vector<std::uint32_t> rows;
  std::vector<std::uint32_t> train;
  std::vector<std::uint32_t> test;
  for (std::uint32_t client = 0; client < shards.population(); ++client) {
    const std::span<const std::uint32_t> shard = shards.of(ClientId{client});
    Stream stream(seed, Purpose::split, client);
    rows.assign(shard.begin(), shard.end());
    train.clear();
    test.clear();
    if (!rows.empty()) {
      std::vector<Group> groups = group_by_label(rows, labels);
      const auto wanted = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(rows.size())));
      allot(groups, fraction, std::min(wanted, rows.size() - 1), stream);
      for (const Group& group : groups) {
        const std::span<std::uint32_t> mine = std::span(rows).subspan(group.begin, group.size);
        shuffle(stream, mine);
        test.insert(test.end(), mine.begin(), mine.begin() + static_cast<std::ptrdiff_t>(group.test));
        train.insert(train.end(), mine.begin() + static_cast<std::ptrdiff_t>(group.test), mine.end());
      }
    }
    std::sort(train.begin(), train.end());
    std::sort(test.begin(), test.end());
    both.train.append(train);
    both.test.append(test);
  }
  return both;
}

}  // namespace fedtide
