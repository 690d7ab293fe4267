#pragma once
// Where virtual and real time meet. The protocol plays the timeline and writes here, in event order, what it decided:
// take in this report, commit a version, evaluate it, record a round. The ledger keeps these as handles, has workers
// compute the jobs ahead, and resolves the entries in order. So nothing blocks until a value is asked for, and every
// sum has one order.
//
// With one server there is one line of versions. Protocols without one hold as many models as they like, each by its
// handle: train() and mix() make new ones, sums near the clients take reports in, and the version that is committed is
// the mean of the models that it stands for. A model lives as long as somebody holds it.
//
// Engine's thread only.

#include <atomic>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <variant>

#include "sim/federation/learning.h"
#include "sim/federation/mixing.h"
#include "sim/federation/snapshot.h"

namespace fedtide {

/// One local training that counts.
struct Training {
  Report report;
  Turn turn{};
  ModelHandle from;
  Time due;  ///< of its result; orders the computation only
};

/// A sum of updates apart from the coming version's: a server near its clients. It holds a vector while it has
/// something in it.
struct PartialSum {
  std::uint64_t id = 0;  ///< by the order in which the timeline makes them
  std::unique_ptr<WeightedMean<float>> mean;
};
using Sum = std::shared_ptr<PartialSum>;

/// The first thing that was not finite: a client's update, or the model made of updates that all were.
struct Divergence {
  std::int64_t round = 0;
  std::optional<ClientId> client;
};

/// What an evaluation looks at, decided when its event is played.
struct EvaluationPlan {
  Time at;
  std::vector<ClientId> clients;  ///< whose own held-out data the model is evaluated on
  /// What they have to train on, for methods whose clients are evaluated with models of their own; else empty.
  std::vector<HeldSamples> held = {};
};

/// How many jobs and results may exist at one time.
struct LedgerLimits {
  std::size_t window = 64;      ///< jobs handed to workers and not yet taken in: results in memory
  std::size_t lookahead = 256;  ///< reports taken in ahead of their values: how far the timeline may run in front
};

class Ledger {
 public:
  /// `learning` null: timing only, nothing is computed and entries go straight to the observer.
  /// `interrupted`, once set, keeps it from resolving more.
  Ledger(Learning* learning, JobPool* pool, Observer& observer, const std::atomic<bool>& interrupted,
         LedgerLimits limits = {});
  ~Ledger();

  /// Tells `keeper` from now on. Before anything is played; so is the next.
  void keep(Keeper& keeper) { keeper_ = &keeper; }
  /// The values of the first snapshot.entries entries come from there and from `rows`; the timeline is played again.
  /// Failure(data_damaged), here or when it has been, when the snapshot is of another run.
  void resume(Snapshot snapshot, RowSource& rows);
  /// While no value is computed.
  bool replaying() const { return resumption_ && entered_ < resumption_->entries; }
  /// The values at the last entry that was resolved. Not in a replay, nor with `timing: only`.
  Snapshot snapshot() const;
  /// Entries resolved.
  std::uint64_t resolved_entries() const { return resolved_entries_; }
  /// The run ends here, before its end: the keeper is told, and what is not resolved is dropped.
  void cut();
  /// Failure(data_damaged) when the timeline came to its end before the snapshot's place.
  void require_caught_up() const;

  /// The newest version played; hold it to train from it.
  ModelHandle current() const { return current_; }

  /// Takes an accepted report into the coming version.
  void absorb(const Training& training) { absorb(training, nullptr); }
  /// Makes the next version of what was absorbed since the last.
  void commit();

  /// The model that a training ends at: x + step * delta. Its number is that of the model it starts from.
  ModelHandle train(const Training& training, double step = 1);
  /// sum_j weight_j model_j / divisor, in double, in this order.
  ModelHandle mix(std::vector<Share> shares, double divisor, Version number);
  Sum begin_sum();
  /// Takes an accepted report into a sum; null: into the coming version.
  void absorb(const Training& training, Sum into);
  /// base + the mean of what the sum has, by the server's weights, as in commit(). The sum is empty then; it must not
  /// be before.
  ModelHandle finish(Sum sum, ModelHandle base, Version number);
  /// Makes the next version: the mean of these models, in double, in this order; of one it is the same.
  void commit_mean(std::vector<ModelHandle> models);
  /// The newest version stands for these models: where they are several, evaluations tell how far they are apart.
  void stand_for(std::vector<ModelHandle> models) { stands_for_ = std::move(models); }

  /// Evaluates the newest version.
  void evaluate(EvaluationPlan plan);
  /// Clients are evaluated with models of their own: plans say what they have to train on.
  bool evaluates_owners() const { return learning_ != nullptr && learning_->traits.personal; }
  /// The values in it that training gives are filled in.
  void record(const RoundRecord& round);
  void record(const ClientTrace& turn);
  /// What happened after the last commit.
  void record_rest(const RoundRecord& rest);
  /// The run's check-ins and sessions.
  void record(std::shared_ptr<const Sessions> sessions);

  /// Hands jobs to workers, and resolves old entries while the timeline is too far ahead.
  void pump();
  /// Resolves the oldest entry; false when there is none left, something diverged, or the run is interrupted.
  bool settle_next();
  /// Resolves everything, unless interrupted.
  void settle();
  bool settled() const { return entries_.empty(); }
  /// Drops what is not resolved: the run ends here.
  void drop();

  /// The last evaluation that was resolved.
  const std::optional<EvaluationRecord>& last_evaluation() const { return last_evaluation_; }
  /// The newest version whose round is recorded: what a run has to show, wherever it was cut.
  const ModelVersion& recorded() const { return *recorded_; }
  const std::optional<Divergence>& divergence() const { return divergence_; }
  std::uint64_t accepted_jobs() const { return accepted_jobs_; }
  bool timing_only() const { return learning_ == nullptr; }

 private:
  struct Absorb {
    std::shared_ptr<TrainingJob> job;
    std::shared_ptr<ClientState> after;  ///< null for stateless methods
    Sum into;                            ///< null: the coming version
  };
  struct Train {
    std::shared_ptr<TrainingJob> job;
    std::shared_ptr<ModelVersion> model;
  };
  struct Mix {
    std::shared_ptr<MixingJob> job;
    std::shared_ptr<ModelVersion> model;
  };
  struct Finish {
    Sum sum;
    ModelHandle base;
    std::shared_ptr<ModelVersion> model;
  };
  struct Commit {
    std::shared_ptr<ModelVersion> version;
    std::shared_ptr<MixingJob> mean;  ///< null: of what was absorbed
  };
  struct Evaluate {
    EvaluationPlan plan;
    std::int64_t round;
    std::vector<ModelHandle> nodes;  ///< what the version stands for
    std::vector<std::shared_ptr<EvaluationJob>> test_blocks;
    std::vector<std::shared_ptr<EvaluationJob>> client_blocks;
    std::vector<std::shared_ptr<EvaluationJob>> unseen_blocks;
  };
  struct Rest {
    RoundRecord record;
  };
  using Entry = std::variant<Absorb, Train, Mix, Finish, Commit, Evaluate, RoundRecord, ClientTrace, Rest,
                             std::shared_ptr<const Sessions>>;

  struct Pending {
    Entry entry;
    std::uint64_t timeline;  ///< digest up to and with it
  };

  /// What a resumed run still needs of its snapshot.
  struct Resumption {
    std::uint64_t entries = 0;
    Snapshot rest;
    std::unordered_map<std::uint64_t, Snapshot::Model> models;
    std::unordered_map<std::uint64_t, std::string> sums;
    RowSource* rows = nullptr;
  };

  struct Startable {
    std::shared_ptr<LearningJob> job;
    Time due;
    bool counts;  ///< towards the window: its result is a vector
  };

  /// `names`: what of it the timeline decides, for the digest.
  void enter(Entry entry, std::initializer_list<std::uint64_t> names);
  void replay(Entry& entry);
  void catch_up();
  std::shared_ptr<ModelVersion> new_model(Version number);
  std::vector<ModelOwner> owners(const EvaluationPlan& plan, std::size_t begin, std::size_t end) const;
  std::shared_ptr<TrainingJob> queue_training(const Training& training, std::shared_ptr<const ClientState> before);
  std::shared_ptr<MixingJob> queue_mixing(std::vector<Share> shares, double divisor);
  void queue_job(std::shared_ptr<LearningJob> job, Time due, bool counts);
  void start_jobs();
  void resolve_front();
  void resolve(Absorb& entry);
  void resolve(Train& entry);
  void resolve(Mix& entry);
  void resolve(Finish& entry);
  void resolve(Commit& entry);
  void resolve(Evaluate& entry);
  void resolve(RoundRecord& entry);
  void resolve(ClientTrace& entry);
  void resolve(Rest& entry);
  void resolve(std::shared_ptr<const Sessions>& entry) { observer_.on_sessions(*entry); }
  /// Tallies of the test blocks, in their order, into the record.
  void merge_metrics(const Evaluate& entry, EvaluationRecord& record) const;
  void join(LearningJob& job);
  /// Of a job whose result counts towards the window.
  void join_counted(LearningJob& job);
  /// Joins a training and notes what it says of itself.
  ClientOutput<float>& join_training(TrainingJob& job);
  template <class Do>
  static void each_job(Entry& entry, const Do& visit);

  Learning* learning_;
  JobPool* pool_;
  Observer& observer_;
  const std::atomic<bool>& interrupted_;
  LedgerLimits limits_;
  WorkerMemory memory_;

  ModelHandle current_;
  ModelHandle resolved_;
  ModelHandle recorded_;
  std::vector<ModelHandle> stands_for_;
  std::unordered_map<std::uint32_t, std::shared_ptr<ClientState>> states_;           // newest played
  std::unordered_map<std::uint32_t, SharedVector<float>> resolved_states_;           // newest that has its value
  std::vector<std::pair<std::uint64_t, std::weak_ptr<const ModelVersion>>> models_;  // that may be alive, by id
  std::vector<std::weak_ptr<PartialSum>> sums_;
  std::size_t prune_models_at_ = 64;
  std::uint64_t next_model_ = 0;

  std::deque<Pending> entries_;
  std::list<Startable> unstarted_;
  std::size_t started_ = 0;     ///< counting jobs with the workers
  std::size_t unresolved_ = 0;  ///< entries that wait for a vector
  std::uint64_t accepted_jobs_ = 0;

  TimelineDigest timeline_;
  std::uint64_t entered_ = 0;
  std::uint64_t resolved_entries_ = 0;
  std::uint64_t resolved_timeline_ = 0;
  std::optional<Resumption> resumption_;
  Keeper* keeper_ = nullptr;

  // Since the last resolved round record:
  Score train_score_;
  std::int64_t trained_samples_ = 0;
  double update_norm_ = kMissing;

  std::optional<EvaluationRecord> last_evaluation_;
  std::optional<Divergence> divergence_;
};

}  // namespace fedtide
