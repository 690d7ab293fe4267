// By column: a client for each group of a column of the data set, such as a writer, a hospital, a coarse label.
// Caldas et al.: LEAF: a benchmark for federated settings. 2018 (arXiv 1812.01097).
//
// Rule: client i holds the samples of the i-th group that has any; clients are called as the groups are. Nothing is
// drawn.

#include <memory>
#include <string>
#include <utility>

#include "datasets/partition/columns.h"
#include "datasets/partition/common.h"
#include "sim/config/section.h"

namespace fedtide {
namespace {

class ByColumn final : public Partitioner {
 public:
  explicit ByColumn(std::string column) : column_(std::move(column)) {}

  bool fixes_clients() const override { return true; }
  Shards partition(const PartitionInput& in) const override {
    const Column& column = find_column(column_, in);
    std::vector<std::uint64_t> place(column.groups.size() + 1);
    for (const std::uint32_t code : column.codes) ++place[code + 1];
    Shards shards;
    for (std::size_t g = 0; g < column.groups.size(); ++g) {
      if (place[g + 1] > 0) {
        shards.names.push_back(column.groups[g]);
        shards.begin.push_back(shards.begin.back() + place[g + 1]);
      }
      place[g + 1] += place[g];
    }
    shards.rows.resize(in.samples);
    for (std::uint32_t row = 0; row < in.samples; ++row) shards.rows[place[column.codes[row]]++] = row;
    return shards;
  }

 private:
  std::string column_;
};

std::unique_ptr<Partitioner> read(Section& section) {
  return std::make_unique<ByColumn>(
      section.text("column", {std::nullopt, "column of the data set whose groups are the clients", ""}));
}

const Registration<PartitionEntry> entry{
    {{"by_column", "a client for each group of a column of the data set", "Caldas et al. 2018, arXiv 1812.01097"},
     read}};

}  // namespace
}  // namespace fedtide
