#pragma once
// Tables of measured round-trip times between nodes.

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/base/time.h"
#include "sim/files/gzip.h"

namespace fedtide {

/// Round-trip times by node: to all others, or to one. What is zero was not measured, and a node's way to itself does
/// not count.
class RttTable {
 public:
  /// n lines of n decimal numbers of `unit_s` seconds, divided by blanks or tabs; row i has the times from node i. With
  /// a server, only the times to that node are kept, of the nodes that have one. Nodes without a time are left out.
  /// Memory: 4 bytes a time. Throws Failure(data_damaged) with line and column; each time is at most an hour.
  static RttTable read(ContentReader content, double unit_s, std::optional<std::int64_t> server);

  std::size_t nodes() const { return begins_.size() - 1; }
  /// How many times a node has; at least one.
  std::size_t count(std::size_t node) const { return begins_[node + 1] - begins_[node]; }
  double seconds(std::size_t node, std::size_t which) const {
    return static_cast<double>(times_[begins_[node] + which]);
  }

 private:
  std::vector<float> times_;
  std::vector<std::size_t> begins_{0};
};

}  // namespace fedtide
