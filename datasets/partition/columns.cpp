#include "datasets/partition/columns.h"

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/config/tree.h"

namespace fedtide {

const Column& find_column(const std::string& name, const PartitionInput& in) {
  std::vector<std::string> names;
  for (const Column& column : in.columns) {
    if (column.name == name) {
      FEDTIDE_REQUIRE(column.codes.size() == in.samples, "column {} has {} codes for {} samples", name,
                      column.codes.size(), in.samples);
      return column;
    }
    names.push_back(column.name);
  }
  throw Failure(
      ExitCode::usage,
      names.empty()
          ? fmt::format("data.partition.column: the data set has no columns, so none is called \"{}\"", printable(name))
          : fmt::format("data.partition.column: the data set has no column \"{}\"; columns are: {}", printable(name),
                        join(names)));
}

}  // namespace fedtide
