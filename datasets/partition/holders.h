#pragma once
// Schemes that first say which classes a client holds, and then how the samples of a class are shared among its
// holders.

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "datasets/partition/common.h"

namespace fedtide {

/// The classes that have samples, ascending.
std::vector<std::uint32_t> classes_with_samples(const ClassPools& pools);

/// Throws Failure(usage) when a client is to hold more classes than there are.
void require_classes(std::uint32_t labels_per_client, std::size_t classes);

/// Which client holds which classes.
class Holders {
 public:
  explicit Holders(std::uint32_t classes) : clients_(classes) {}
  void add(std::uint32_t k, std::uint32_t client) { clients_[k].push_back(client); }
  /// In the order in which they were added.
  const std::vector<std::uint32_t>& of(std::uint32_t k) const { return clients_[k]; }

  /// Throws Failure(usage) unless each class with samples has a holder, and `each` samples for every one.
  void require_enough(std::string_view scheme, const ClassPools& pools, std::uint32_t each) const;

  /// Hands out every class to its holders; cut(k, size) says how many samples each of them gets, in their order.
  Shards hand_out(const ClassPools& pools, std::uint32_t clients,
                  const std::function<std::vector<std::uint32_t>(std::uint32_t k, std::uint32_t size)>& cut) const;

 private:
  std::vector<std::vector<std::uint32_t>> clients_;  // [classes]
};

/// Client i holds class i mod K of the K that have samples and labels_per_client - 1 random others; streams (seed,
/// partition, client, turn 1).
Holders draw_holders(const ClassPools& pools, std::uint32_t labels_per_client, std::uint32_t clients,
                     std::uint64_t seed);

}  // namespace fedtide
