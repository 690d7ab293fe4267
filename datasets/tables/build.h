#pragma once
// From a table to a data set: features in one matrix, missing values filled, clients and groups as partitions want
// them.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "datasets/tables/table.h"
#include "sim/learn/dataset.h"

namespace fedtide {

/// Dense; a category has a feature for each value, a flagged number two.
InputShape shape_of(const Table& table);

/// Features in the order of the columns. Means and variances are those of the training rows (variance with n - 1; a
/// feature that does not vary stays at 0). A client of the test rows that has no training row counts as none. The rows
/// of rules.test_fraction are drawn by streams (seed, dataset, 1 + client).
DataSource build_source(Table table, std::uint64_t seed);

/// What the rows of a half become: values [features, rows], labels [rows] or empty, targets [targets, rows]; `rows` are
/// their numbers in the table.
using MakeDataset = std::function<std::shared_ptr<const Dataset>(
    const InputShape& shape, std::span<const std::uint32_t> rows, Matrix<float> values,
    std::vector<std::int32_t> labels, Matrix<float> targets)>;
DataSource build_source(Table table, std::uint64_t seed, const MakeDataset& make);

}  // namespace fedtide
