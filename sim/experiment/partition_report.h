#pragma once
// How an experiment's data lie at its clients, in numbers, before anything runs.

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/experiment/config.h"
#include "sim/learn/dataset.h"
#include "sim/learn/skew.h"

namespace fedtide {

/// Quantiles of one number a client, by linear interpolation (type 7).
struct Spread {
  static constexpr std::array<double, 5> kQuantiles{0, 0.1, 0.5, 0.9, 1};
  std::array<double, 5> values{};
  double mean = 0;
};
Spread spread_of(std::vector<double> values);

struct PartitionReport {
  std::string name;
  std::string dataset;
  std::string provenance;
  std::string scheme;
  std::uint64_t seed = 0;
  std::uint32_t clients = 0;         ///< that take part
  std::uint32_t unseen_clients = 0;  ///< that do not
  std::uint64_t train_samples = 0;   ///< at the clients that take part
  std::uint64_t held_out_samples = 0;
  std::uint64_t unseen_samples = 0;
  std::uint64_t test_samples = 0;  ///< of the global test set
  bool sharing = false;            ///< samples may go to several clients
  std::vector<std::string> shifts;
  std::vector<std::string> names;    ///< of the clients; empty: numbers
  std::vector<std::uint32_t> sizes;  ///< [clients] training samples
  Spread size;
  double size_gini = 0;
  std::optional<LabelCounts> labels;  ///< of the training samples
  std::optional<Skew> skew;
  Spread classes;  ///< with samples, of each client; this and below only where there are labels
  Spread entropy;
  Spread emd;
  Spread jensen_shannon;
};

/// Loads, hands out, splits; trains nothing. Errors: as load_clients.
PartitionReport report_partition(const ExperimentConfig& config);

/// A page for people, with a map of the first clients' labels.
std::string partition_page(const PartitionReport& report);
/// The same as JSON, with all counts.
std::string partition_json(const PartitionReport& report);
/// Writes a line `client,label_0,..` with its counts for each client, or `client,samples` where there are no labels.
/// Errors of this and below: Failure(io).
void write_label_counts(const PartitionReport& report, const std::filesystem::path& path);
/// Writes the partition, before anything is held out, as lines `client,index`: what the scheme from_file reads.
void export_partition(const ExperimentConfig& config, const std::filesystem::path& path);

}  // namespace fedtide
