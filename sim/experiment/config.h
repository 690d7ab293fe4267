#pragma once
// An experiment as its YAML says it: plain, checked, ready to be put together.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/engine/job_pool.h"
#include "sim/federation/compression.h"
#include "sim/federation/protocol.h"
#include "sim/fleet/fleet.h"
#include "sim/learn/arrival.h"
#include "sim/learn/dataset.h"
#include "sim/learn/metrics/metric.h"
#include "sim/learn/shift.h"
#include "sim/learn/solver.h"
#include "sim/learn/split.h"
#include "sim/record/trace_sample.h"

namespace fedtide {

struct DataConfig {
  std::string dataset;
  std::unique_ptr<DataLoader> loader;
  std::uint32_t clients = 0;
  std::string scheme;
  std::unique_ptr<Partitioner> partition;
  SplitShares split;          ///< of each client's samples, kept from training
  double unseen_clients = 0;  ///< that never take part: below 1 a share of all, else how many
  std::vector<std::shared_ptr<const Shift>> shifts;
  std::vector<std::string> shift_names;
  Arrival arrival;
};

/// Which of a client's held-out samples the global model is evaluated on.
enum class HeldOut { test, validation };

struct OutputConfig {
  TraceDetail trace = TraceDetail::none;  ///< whose turns are kept, a row each
  double trace_share = 1;                 ///< of the clients, with TraceDetail::sample
  std::int64_t checkpoint_rounds = 0;     ///< a checkpoint each so many; 0: not by rounds
  Duration checkpoint_every;              ///< and one after so long, of the host's time
};

/// How a run is computed; has no influence on its results.
struct ExecutionConfig {
  int threads = 0;  ///< 0: all cores
  Executor executor = Executor::threads;
};

struct ExperimentConfig {
  std::string name;
  std::uint64_t seed = 1;
  bool timing_only = false;
  DataConfig data;
  std::string model_name;
  std::unique_ptr<ModelFactory> model;
  SolverSpec training;
  std::string algorithm_name;
  std::unique_ptr<Method> algorithm;
  std::string selection_name;
  std::unique_ptr<Selector> selection;
  Compression compression;
  std::string protocol_name;
  std::unique_ptr<ProtocolSpec> protocol;
  FleetSpec fleet;
  FlopRate server_compute;  ///< of the place where pooled data are trained on
  EvaluationRule evaluation;
  HeldOut evaluation_on = HeldOut::test;
  std::vector<const Metric*> metrics;  ///< of each evaluation on the test set
  StopRule stop;
  OutputConfig output;
  ExecutionConfig execution;
};

/// Reads an experiment; the only description of its keys. Mistakes are noted in the section.
ExperimentConfig read_experiment(Section& section);

}  // namespace fedtide
