#pragma once
// The parts of trajectory.h5, each written by one function. Errors of all: Failure(io).

#include <cstdint>
#include <string>
#include <vector>

#include "sim/record/hdf5_file.h"
#include "sim/record/spool.h"
#include "sim/record/trajectory.h"

namespace fedtide {

/// Conventions, title, history, source, filetype, version, seed, status, stop_reason.
void write_root_attributes(Hdf5Group& root, const TrajectoryFinal& last);
/// A spooled table along `dimension`; a column of the dimension's name becomes its coordinate.
void write_table(Hdf5Group& group, const std::string& dimension, const std::vector<Hdf5VariableInfo>& table,
                 Spool& spool);
/// `counts[i]` rows of `sampled` belong to row i of `evaluations`; shorter rows are filled up with missing values.
/// `metrics` are the last columns of `evaluations`; `confusion` [classes, classes] may be empty.
void write_evaluations(Hdf5Group& root, const std::vector<std::string>& metrics, Spool& evaluations, Spool& sampled,
                       const std::vector<std::int64_t>& counts, const std::vector<double>& confusion);
/// One row: what happened after the last commit.
void write_rest(Hdf5Group& root, const Accounts& accounts, Spool& rest);
void write_clients(Hdf5Group& root, const std::vector<ClientSummary>& clients, const Accounts& accounts);
void write_partition(Hdf5Group& root, const PartitionSummary& partition);
void write_trace(Hdf5Group& root, const Accounts& accounts, Spool& trace);
void write_model(Hdf5Group& root, const TrajectoryFinal& last);
/// Of a protocol with check-ins: /traffic, a row a span of virtual time, and /sessions, a row a shape.
void write_sessions(Hdf5Group& root, const Sessions& sessions);
void write_provenance(Hdf5Group& root, const TrajectoryFinal& last);

}  // namespace fedtide
