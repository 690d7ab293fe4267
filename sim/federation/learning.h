#pragma once
// What is learned, apart from when: data, model, method. And the jobs that compute it.

#include <memory>
#include <optional>
#include <vector>

#include "sim/engine/job_pool.h"
#include "sim/federation/algorithm.h"
#include "sim/federation/compression.h"
#include "sim/federation/privacy.h"
#include "sim/federation/records.h"
#include "sim/learn/arrival.h"
#include "sim/learn/metrics/metric.h"

namespace fedtide {

/// Everything that training and evaluation read; const but for the server's half, the aggregator and privacy, which
/// belong to the engine's thread.
struct Learning {
  std::uint64_t seed = 0;
  std::unique_ptr<const Model<float>> model;
  std::shared_ptr<const Dataset> train;
  Shards train_shards;                     ///< over train
  std::shared_ptr<const Dataset> test;     ///< null: no global evaluation
  std::vector<std::uint32_t> test_rows;    ///< rows of test that the global model is evaluated on
  std::shared_ptr<const Dataset> local;    ///< data set of the clients' held-out rows; null: none
  Shards local_shards;                     ///< over local
  std::shared_ptr<const Dataset> unseen;   ///< data set of the clients that never take part; null: none
  std::vector<std::uint32_t> unseen_rows;  ///< rows of unseen that the global model is evaluated on
  std::vector<const Metric*> metrics;      ///< of an evaluation on the test set
  SolverSpec solver;                       ///< as the method demands it
  Algorithm<float> algorithm;
  Traits traits;
  std::unique_ptr<Aggregator<float>> aggregator;
  std::unique_ptr<Privacy> privacy;
  Compression compression;
  CohortSampling sampling;

  /// Clients keep something from one turn to the next: the method's, or the codec's.
  bool stateful() const { return traits.stateful || compression.remembers(); }
};

/// A model version: a handle from the moment its commit is played, a value once that is resolved. What jobs read of it
/// goes to other ranks too: PackedVersion in learning_maker.cpp.
struct ModelVersion {
  std::uint64_t id = 0;  ///< by the order in which the timeline makes them
  Version number{};
  SharedVector<float> weights;    ///< null until resolved
  SharedVector<float> sent;       ///< as clients receive them; the same vector where the codec loses nothing
  SharedVector<float> broadcast;  ///< the server's addition, may stay null
  bool ready() const { return weights != nullptr; }
  void resolve(SharedVector<float> value, const Learning& learning);
};
using ModelHandle = std::shared_ptr<const ModelVersion>;

/// A client's state after its n-th accepted report: a handle, then a value.
struct ClientState {
  SharedVector<float> value;  ///< the method's, and behind it the codec's memory: method_state()
  bool ready = false;
};

/// Scratch memory by worker.
using WorkerMemory = std::vector<SolverMemory<float>>;

/// A job that may begin once the version and the state it starts from are resolved.
class LearningJob : public Job {
 public:
  virtual bool can_begin() const = 0;
  /// Lets go of the models that it read: called at its join and not before, for until then a snapshot may need them.
  virtual void release() = 0;
  bool handed_over = false;  ///< given to the pool, or joined already
};

/// One client's local training.
class TrainingJob final : public LearningJob {
 public:
  TrainingJob(const Learning& learning, WorkerMemory& memory, std::shared_ptr<const ModelVersion> version,
              Report report, Turn turn, std::shared_ptr<const ClientState> before);
  /// In place of the delta, the output is the model x + step * delta.
  void end_at_model(double step) { step_ = static_cast<float>(step); }

  bool can_begin() const override { return version_->ready() && (!before_ || before_->ready); }
  void compute(int worker) override;
  void release() override { version_.reset(); }

  bool travels() const override { return true; }
  Attachment attachment() const override;
  std::string order() const override;
  std::string result() override;
  void take_result(std::string_view result) override;

  const Report& report() const { return report_; }
  Turn turn() const { return turn_; }
  const ClientState* before() const { return before_.get(); }
  ClientOutput<float>& output() { return output_; }
  /// Whether the update is; known once computed.
  bool finite() const { return finite_; }

 private:
  const Learning& learning_;
  WorkerMemory& memory_;
  std::shared_ptr<const ModelVersion> version_;
  Report report_;
  Turn turn_;
  std::shared_ptr<const ClientState> before_;
  std::optional<float> step_;
  ClientOutput<float> output_;
  bool finite_ = true;
};

/// A client that is scored with a model of its own.
struct ModelOwner {
  ClientId client{};
  HeldSamples held;                          ///< what it has to train on
  std::shared_ptr<const ClientState> state;  ///< null: it has none yet
};

/// The score of one block of rows, with metrics if asked for, or of several clients' rows.
class EvaluationJob final : public LearningJob {
 public:
  /// One score for each element of `parts`; one tally for each of `metrics`, over all of them.
  EvaluationJob(const Learning& learning, WorkerMemory& memory, std::shared_ptr<const ModelVersion> version,
                const Dataset& dataset, std::vector<std::span<const std::uint32_t>> parts,
                const std::vector<const Metric*>& metrics);
  /// The i-th part is scored with the i-th owner's model in place of the version.
  void score_owners(std::vector<ModelOwner> owners) { owners_ = std::move(owners); }

  bool can_begin() const override;
  void compute(int worker) override;
  void release() override { version_.reset(); }

  /// Tallies stay where they are, and so do clients with models of their own, whose states are here.
  bool travels() const override { return tallies_.empty() && owners_.empty(); }
  Attachment attachment() const override;
  std::string order() const override;
  std::string result() override;
  void take_result(std::string_view result) override;

  const std::vector<Score>& scores() const { return scores_; }
  const std::vector<std::unique_ptr<Tally>>& tallies() const { return tallies_; }

 private:
  Vector<float> model_of(const ModelOwner& owner, SolverMemory<float>& memory) const;

  const Learning& learning_;
  WorkerMemory& memory_;
  std::shared_ptr<const ModelVersion> version_;
  const Dataset& dataset_;
  std::vector<std::span<const std::uint32_t>> parts_;
  std::vector<ModelOwner> owners_;  ///< empty: all are scored with the version
  std::vector<Score> scores_;
  std::vector<std::unique_ptr<Tally>> tallies_;
};

/// One tally for each.
std::vector<std::unique_ptr<Tally>> make_tallies(const std::vector<const Metric*>& metrics, const InputShape& data);

}  // namespace fedtide
