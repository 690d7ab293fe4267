#include "sim/learn/dataset.h"

namespace fedtide {

void Shards::append(std::span<const std::uint32_t> shard) {
  rows.insert(rows.end(), shard.begin(), shard.end());
  begin.push_back(rows.size());
}

}  // namespace fedtide
