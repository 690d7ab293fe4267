#pragma once
// Where virtual and real time meet. The protocol plays the timeline and writes here, in event order, what it decided:
// take in this report, commit a version, evaluate it, record a round. The ledger keeps these as handles, has workers
// compute the jobs ahead, and resolves the entries in order. So nothing blocks until a value is asked for, and every
// sum has one order.
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

namespace fedtide {

/// The first thing that was not finite: a client's update, or the model made of updates that all were.
struct Divergence {
  std::int64_t round = 0;
  std::optional<ClientId> client;
};

/// What an evaluation looks at, decided when its event is played.
struct EvaluationPlan {
  Time at;
  std::vector<ClientId> clients;  ///< whose own held-out data the model is evaluated on
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

  /// The newest version played; hold it to train from it.
  std::shared_ptr<const ModelVersion> current() const { return current_; }

  /// Takes an accepted report into the coming version. `due` orders the computation only.
  void absorb(const Report& report, Turn turn, std::shared_ptr<const ModelVersion> from, Time due);
  /// Makes the next version of what was absorbed since the last.
  void commit();
  /// Evaluates the newest version.
  void evaluate(EvaluationPlan plan);
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
  };
  struct Commit {
    std::shared_ptr<ModelVersion> version;
  };
  struct Evaluate {
    EvaluationPlan plan;
    std::int64_t round;
    std::vector<std::shared_ptr<EvaluationJob>> test_blocks;
    std::vector<std::shared_ptr<EvaluationJob>> client_blocks;
    std::vector<std::shared_ptr<EvaluationJob>> unseen_blocks;
  };
  struct Rest {
    RoundRecord record;
  };
  using Entry =
      std::variant<Absorb, Commit, Evaluate, RoundRecord, ClientTrace, Rest, std::shared_ptr<const Sessions>>;

  struct Startable {
    std::shared_ptr<LearningJob> job;
    Time due;
    bool counts;  ///< towards the window: its result is a vector
  };

  void enter(Entry entry);
  void queue_job(std::shared_ptr<LearningJob> job, Time due, bool counts);
  void start_jobs();
  void resolve_front();
  void resolve(Absorb& entry);
  void resolve(Commit& entry);
  void resolve(Evaluate& entry);
  void resolve(RoundRecord& entry);
  void resolve(ClientTrace& entry);
  void resolve(Rest& entry);
  void resolve(std::shared_ptr<const Sessions>& entry) { observer_.on_sessions(*entry); }
  /// Tallies of the test blocks, in their order, into the record.
  void merge_metrics(const Evaluate& entry, EvaluationRecord& record) const;
  void join(LearningJob& job);

  Learning* learning_;
  JobPool* pool_;
  Observer& observer_;
  const std::atomic<bool>& interrupted_;
  LedgerLimits limits_;
  WorkerMemory memory_;

  std::shared_ptr<const ModelVersion> current_;
  std::shared_ptr<const ModelVersion> resolved_;
  std::shared_ptr<const ModelVersion> recorded_;
  std::unordered_map<std::uint32_t, std::shared_ptr<ClientState>> states_;

  std::deque<Entry> entries_;
  std::list<Startable> unstarted_;
  std::size_t started_ = 0;     ///< counting jobs with the workers
  std::size_t unresolved_ = 0;  ///< absorb entries
  std::uint64_t accepted_jobs_ = 0;

  // Since the last resolved round record:
  Score train_score_;
  std::int64_t trained_samples_ = 0;
  double update_norm_ = kMissing;

  std::optional<EvaluationRecord> last_evaluation_;
  std::optional<Divergence> divergence_;
};

}  // namespace fedtide
