#pragma once
// Columns of a data set, for the schemes that group by them.

#include <string>

#include "sim/learn/dataset.h"

namespace fedtide {

/// The column of that name. Throws Failure(usage) with the names there are.
const Column& find_column(const std::string& name, const PartitionInput& in);

}  // namespace fedtide
