#pragma once
// Clients that come with the data: writers, users, speakers, hospitals. Which of them take part is chosen here, once
// for all data sets that have some.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/learn/dataset.h"

namespace fedtide {

/// The samples of each group, in order: client g gets the rows whose code is g. codes below `groups`.
Shards rows_by_group(std::span<const std::uint32_t> codes, std::uint32_t groups);

/// Which natural clients take part.
struct ClientChoice {
  std::uint64_t min_samples = 1;  ///< for training; clients with fewer are left out
  double fraction = 1;            ///< of those, round(fraction x clients) drawn at random, at least one
};

/// Reads `min_samples` and `client_fraction` from `data:`.
ClientChoice read_client_choice(Section& section);

/// Leaves out the clients that are not chosen, with their samples in `train`, in `test` where `natural_test` says whose
/// those are, and in `columns`. Test samples of nobody's stay. The order of clients and samples stays. Says in the
/// provenance how many clients are left. Nothing happens where there are no natural clients. Throws
/// Failure(data_damaged) when nobody is left; `place` begins the message. Stream (seed, partition), keyed.
void choose_clients(DataSource& source, const ClientChoice& choice, std::uint64_t seed, const std::string& place);

}  // namespace fedtide
