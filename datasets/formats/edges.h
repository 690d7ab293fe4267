#pragma once
// Graphs as tables: a line an edge, with the nodes at its ends and, perhaps, numbers. Transactions are such edges.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "datasets/formats/dictionary.h"
#include "sim/files/csv.h"

namespace fedtide {

/// Which columns are what; others are not read.
struct EdgeColumns {
  std::string from, to;
  std::vector<std::string> numbers;
  std::string time = {};  ///< empty: edges have none
};

struct Edges {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ends;  ///< numbers of nodes
  std::vector<std::vector<float>> numbers;                    ///< [columns.numbers][edges]
  std::vector<double> times;                                  ///< [edges]; empty where edges have none
  std::uint32_t crc32 = 0;                                    ///< of the content
};

/// The first line has the columns' names; the ends must be among `nodes`. Throws Failure(data_damaged) with line and
/// column.
Edges read_edges(CsvReader rows, const EdgeColumns& columns, const Dictionary& nodes, const std::string& nodes_file);

/// Each pair of nodes that an edge joins in either direction once, without edges from a node to itself.
std::vector<std::pair<std::uint32_t, std::uint32_t>> undirected(const Edges& edges);

}  // namespace fedtide
