#pragma once
// How many samples each client gets, apart from which ones: the keys `sizes` and `sharing` of a partition.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/config/section.h"
#include "sim/learn/dataset.h"

namespace fedtide {

/// `total` cut in proportion to the weights, none below `minimum`: shares that would be smaller are raised to it and
/// the others keep their proportions among themselves; what is left by rounding down goes to the largest remainders,
/// the first ones among equals. weights [parts] finite and at least 0, one of them above 0; parts x minimum <= total.
std::vector<std::uint32_t> apportion(std::span<const double> weights, std::uint64_t total, std::uint32_t minimum);

class Sizing {
 public:
  /// Reads `sizes` with what it needs, `sharing` and `samples_per_client`; `fallback` is the word of `sizes` when it is
  /// left out, `min_size` the default of that key.
  static Sizing read(Section& section, const std::string& fallback, std::uint32_t min_size);
  /// Reads `sizes` alone, equal by default.
  static Sizing read_sizes(Section& section);

  /// Samples may go to several clients.
  bool sharing() const { return sharing_; }
  /// [clients], each at least 1. They sum to in.samples, unless sharing: then to clients x samples_per_client, except
  /// that no client holds more than all samples. Throws Failure(usage) when that is impossible.
  std::vector<std::uint32_t> sizes(const PartitionInput& in) const;

 private:
  enum class Kind { equal, lognormal, power_law, dirichlet, list };

  void read_kind(Section& section, const std::string& fallback, std::uint32_t min_size);
  std::uint64_t total(const PartitionInput& in) const;
  std::vector<std::uint32_t> given(const PartitionInput& in) const;
  std::vector<double> draw_weights(const PartitionInput& in) const;

  Kind kind_ = Kind::equal;
  double parameter_ = 0;  // sigma, exponent or alpha
  std::uint32_t min_size_ = 1;
  std::vector<std::int64_t> list_;
  bool sharing_ = false;
  std::optional<std::uint32_t> samples_per_client_;
};

}  // namespace fedtide
