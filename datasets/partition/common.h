#pragma once
// What the schemes share: who gets how many, and the samples of each class.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sim/learn/dataset.h"

namespace fedtide {

/// Throws Failure(usage) unless there is at least one sample for each of at least one client.
void require_samples(const PartitionInput& in);

/// As require_samples, and unless the samples have labels; `scheme` is the one that hands them out.
void require_labels(std::string_view scheme, const PartitionInput& in);

/// `samples` in `parts` equal sizes; where that leaves a rest, the first ones get one more each. [parts]
std::vector<std::uint32_t> equal_sizes(std::uint64_t samples, std::uint32_t parts);

/// The samples of each class, in the order of the data set until they are shuffled.
class ClassPools {
 public:
  ClassPools(std::span<const std::int32_t> labels, int classes);

  std::uint32_t classes() const { return static_cast<std::uint32_t>(begin_.size() - 1); }
  std::uint32_t size(std::uint32_t k) const { return static_cast<std::uint32_t>(begin_[k + 1] - begin_[k]); }
  std::span<const std::uint32_t> of(std::uint32_t k) const { return std::span(rows_).subspan(begin_[k], size(k)); }
  /// All samples, class after class.
  std::span<const std::uint32_t> sorted() const { return rows_; }
  /// Puts each class in random order; streams (seed, partition, class, turn 0).
  void shuffle_each(std::uint64_t seed);

 private:
  std::vector<std::uint64_t> begin_;  // [classes + 1]
  std::vector<std::uint32_t> rows_;
};

/// The next client's shard. A shard is a set: its rows are kept in ascending order, which also reads memory forward.
void append_sorted(Shards& shards, std::vector<std::uint32_t>& rows);

}  // namespace fedtide
