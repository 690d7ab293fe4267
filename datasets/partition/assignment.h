#pragma once
// Partitions as text: who holds which sample.

#include <cstdint>

#include "sim/files/gzip.h"
#include "sim/learn/dataset.h"

namespace fedtide {

/// Reads lines `client,index` under that header: the client's id, any text without commas, and a sample's number from
/// 0. Clients are numbered in the order in which the file first names them, and keep their ids as names; a line without
/// an index names a client that holds nothing. Unless `sharing`, each of the data set's samples stands in exactly one
/// line. Rows of a shard ascend. Throws Failure(data_damaged) with line and column. Memory: 8 bytes a line and 8 a
/// sample, beside the ids.
Shards read_assignment(ContentReader content, std::uint32_t samples, bool sharing);

}  // namespace fedtide
