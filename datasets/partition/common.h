#pragma once
// What the schemes share: who gets how many, and the samples of each class.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sim/base/error.h"
#include "sim/learn/dataset.h"

namespace fedtide {

/// Throws Failure(usage) unless there is at least one client and one sample.
void require_some(const PartitionInput& in);

/// Throws Failure(usage) unless there is at least one sample for each of at least one client.
void require_samples(const PartitionInput& in);

/// Throws Failure(usage) unless the samples have labels; `scheme` is the one that hands them out.
void require_labels(std::string_view scheme, std::span<const std::int32_t> labels);

/// Says that `min_size` samples for each of `clients` are more than there are.
Failure too_few(std::uint32_t min_size, std::uint32_t clients, std::uint64_t samples);

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

/// A client's part of one class.
struct ClassPart {
  std::uint32_t client = 0;
  std::uint32_t count = 0;
};

/// Hands out class k, in the order of its pool, as parts[k] says; they sum to the class. parts [classes].
Shards hand_out_classes(const ClassPools& pools, const std::vector<std::vector<ClassPart>>& parts,
                        std::uint32_t clients);

/// Shards of no client yet, with room for clients of these sizes.
Shards room_for(std::span<const std::uint32_t> sizes);

/// The next client's shard. A shard is a set: its rows are kept in ascending order, which also reads memory forward.
void append_sorted(Shards& shards, std::vector<std::uint32_t>& rows);

}  // namespace fedtide
