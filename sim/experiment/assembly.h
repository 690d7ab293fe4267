#pragma once
// An experiment put together: data loaded and handed out, model and method built, fleet and population made.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/experiment/config.h"
#include "sim/learn/skew.h"

namespace fedtide {

struct Assembly {
  std::unique_ptr<const Fleet> fleet;
  std::unique_ptr<Population> population;
  std::unique_ptr<Learning> learning;         ///< null with `timing: only`
  std::vector<ClientId> evaluable;            ///< clients with held-out samples
  std::vector<std::uint32_t> train_samples;   ///< [population]
  std::vector<std::uint32_t> test_samples;    ///< [population]
  std::optional<LabelCounts> labels;          ///< of the training shards, when there are labels
  std::vector<std::string> client_names;      ///< empty: numbers
  std::vector<std::uint32_t> unseen_clients;  ///< numbers in the partition of those that never take part
  struct {
    std::vector<std::uint32_t> train;  ///< client after client, rows of the data set that was handed out
    std::vector<std::uint32_t> test;   ///< the same of the held-out shards
  } source_rows;                       ///< both empty where they are more than 2^24: they follow from the config
  Layout layout;                       ///< of the model
  Bytes down;                          ///< of one dispatch
  Bytes up;                            ///< of one report
  std::string provenance;              ///< of the data
  double memory = 0;                   ///< bytes, estimate of what the run will hold at most
};

/// Loads, partitions, builds. Moves the config's parts out of it. Errors: Failure of the data set or the partition, or
/// usage.
Assembly assemble(ExperimentConfig& config);

}  // namespace fedtide
