#pragma once
// Data sets, shards, and one client's view of its data.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/base/ids.h"
#include "sim/config/section.h"
#include "sim/model/batch.h"

namespace fedtide {

/// Examples with labels, immutable once loaded; shared by all threads.
class Dataset {
 public:
  virtual ~Dataset() = default;

  virtual std::uint32_t size() const = 0;
  virtual const InputShape& shape() const = 0;
  virtual std::span<const std::int32_t> labels() const = 0;  ///< [size]; empty when there are none
  /// Memory the examples take.
  virtual Bytes memory() const = 0;
  /// Copies the samples into the batch, scaling pixels on the way. Does not allocate once the batch has its size. rows
  /// < size.
  virtual void gather(std::span<const std::uint32_t> rows, Batch<float>& batch) const = 0;
  virtual void gather(std::span<const std::uint32_t> rows, Batch<double>& batch) const = 0;
};

/// Who holds which samples: client i holds rows[begin[i] .. begin[i+1]).
struct Shards {
  std::vector<std::uint64_t> begin{0};  ///< [population + 1]
  std::vector<std::uint32_t> rows;      ///< indices into a data set
  std::vector<std::string> names;       ///< of the clients, where whoever handed out the samples knows them; else empty

  std::uint32_t population() const { return static_cast<std::uint32_t>(begin.size() - 1); }
  std::uint64_t size(ClientId client) const { return begin[raw(client) + 1] - begin[raw(client)]; }
  std::span<const std::uint32_t> of(ClientId client) const {
    return std::span(rows).subspan(begin[raw(client)], size(client));
  }
  void append(std::span<const std::uint32_t> shard);  ///< the next client's rows
};

/// What one client trains or is evaluated on.
struct ClientData {
  const Dataset* dataset = nullptr;
  std::span<const std::uint32_t> rows;
  std::uint64_t size() const { return rows.size(); }
};

/// A property of every sample that puts samples in groups: writer, speaker, hospital, coarse label.
struct Column {
  std::string name;
  std::vector<std::string> groups;   ///< names; at least one
  std::vector<std::uint32_t> codes;  ///< [size of the data set], each below groups.size()
};

/// What a data source gives: a training set, perhaps a test set, perhaps natural clients.
struct DataSource {
  std::shared_ptr<const Dataset> train;
  std::shared_ptr<const Dataset> test;    ///< null: there is none
  std::optional<Shards> natural_clients;  ///< over train
  std::optional<Shards> natural_test;     ///< each natural client's rows of test
  std::vector<std::string> client_names;  ///< of the natural clients; empty: they have none
  std::vector<Column> columns;            ///< over train, for schemes that group by them
  std::string provenance;                 ///< one line: where it was found, its checksum
  /// For `timing: only`: sample counts without samples; then train is null. [population]
  std::vector<std::uint32_t> sizes_only;
};

/// Loads or generates; may throw Failure (exit codes 65, 66).
struct DataLoader {
  virtual ~DataLoader() = default;
  /// The shape where it is known before loading, so that a config can be checked fast.
  virtual std::optional<InputShape> shape() const = 0;
  /// Whether the source comes with clients of its own; how many may be known only once it is loaded.
  virtual bool has_clients() const { return clients().has_value(); }
  /// Number of natural clients where it is known before loading.
  virtual std::optional<std::uint32_t> clients() const { return std::nullopt; }
  virtual DataSource load(std::uint64_t seed) const = 0;
};
struct DatasetEntry {
  About about;
  std::unique_ptr<DataLoader> (*read)(Section& section);  ///< reads its keys from `data:`
};

/// What a partitioner hands out.
struct PartitionInput {
  std::uint32_t samples = 0;
  std::span<const std::int32_t> labels;  ///< [samples], or empty where there are none
  int classes = 0;                       ///< labels are 0 .. classes - 1
  std::span<const Column> columns;       ///< of the data source
  std::uint32_t clients = 0;             ///< how many to hand out to; 0 where the scheme knows by itself
  std::uint64_t seed = 0;
};

/// A way to hand samples to clients.
struct Partitioner {
  virtual ~Partitioner() = default;
  /// True when samples are handed out by their labels: data without labels are refused.
  virtual bool needs_labels() const { return false; }
  /// True when the scheme says how many clients there are, so that data.clients is not read.
  virtual bool fixes_clients() const { return false; }
  /// True when a sample may go to several clients, or to none.
  virtual bool shares() const { return false; }
  /// Unless `shares()`, every row of {0 .. samples - 1} goes to exactly one shard. Throws Failure(usage) when that is
  /// impossible, saying why. Deterministic in the seed; Purpose::partition streams only.
  virtual Shards partition(const PartitionInput& in) const = 0;
};
struct PartitionEntry {
  About about;
  std::unique_ptr<Partitioner> (*read)(Section& section);  ///< reads its keys from `data.partition:`
};

}  // namespace fedtide
