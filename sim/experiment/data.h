#pragma once
// An experiment's data: loaded, handed out, split, changed, in this order, so that nothing of one client's leaks to
// another.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/experiment/config.h"
#include "sim/learn/dataset.h"
#include "sim/learn/skew.h"

namespace fedtide {

/// Samples of one data set and who holds them.
struct HeldData {
  std::shared_ptr<const Dataset> dataset;  ///< null: there are none
  Shards shards;                           ///< over dataset
  /// The same over the data set that was handed out, in the same order; lives as long as `dataset` and `shards`.
  std::span<const std::uint32_t> source_rows;
};

/// What the clients of an experiment hold.
struct ClientsData {
  HeldData train;
  HeldData held_out;                          ///< what each client is evaluated on
  std::shared_ptr<const Dataset> test;        ///< what the global model is evaluated on; null: none
  HeldData unseen;                            ///< of clients that never take part
  std::vector<std::string> names;             ///< of the clients; empty: numbers
  std::vector<std::uint32_t> unseen_clients;  ///< numbers in the partition, ascending
  std::optional<LabelCounts> labels;          ///< of the training shards as the clients see them
  std::string provenance;
  std::vector<std::uint32_t> sizes_only;  ///< sample counts without samples: then nothing else is set
};

/// Loads; checks what is known only then. Errors: Failure of the data set, or usage.
DataSource load_source(const ExperimentConfig& config);

/// Who holds which samples of source.train: the partition before anything is held out.
Shards hand_out(const ExperimentConfig& config, const DataSource& source);

/// All of it.
ClientsData load_clients(const ExperimentConfig& config);

/// Sizes of shards. [population]
std::vector<std::uint32_t> sizes_of(const Shards& shards);

}  // namespace fedtide
