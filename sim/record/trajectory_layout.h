#pragma once
// What is in trajectory.h5: names, types, units and meanings of all tables, said once for the spool and the file.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/fleet/energy.h"
#include "sim/record/hdf5_file.h"

namespace fedtide {

constexpr std::string_view kTrajectoryFiletype = "fedtide-trajectory";
/// Readers must know the first number; the second grows when something is added.
constexpr std::array<std::int32_t, 2> kTrajectoryVersion = {1, 3};

/// The root group along `round`: one row a committed round, before them the initial model (round 0) when it was
/// evaluated.
/// The metrics asked for, with their names, are its last columns. Here and below: what the run does not know of
/// spending has no column.
std::vector<Hdf5VariableInfo> round_table(const std::vector<std::string>& metrics, const Accounts& accounts);
/// `/rest` along `rest`, one row where the run was not cut short: what happened after the last commit, in the round
/// that never was.
std::vector<Hdf5VariableInfo> rest_table(const Accounts& accounts);
/// `/evaluation` along `evaluation`; metrics as in round_table.
std::vector<Hdf5VariableInfo> evaluation_table(const std::vector<std::string>& metrics = {});
/// `/evaluation` along `evaluation` and `sampled`: clients evaluated on their own data.
std::vector<Hdf5VariableInfo> sampled_table();
/// `/trace` along `turn`: a client's turn in full.
std::vector<Hdf5VariableInfo> trace_table(const Accounts& accounts);

std::vector<ValueType> types_of(const std::vector<Hdf5VariableInfo>& table);

}  // namespace fedtide
