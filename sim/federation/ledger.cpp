#include "sim/federation/ledger.h"

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"

namespace fedtide {
namespace {

// Fixed sizes: how a sum over a test set is cut must not depend on the number of threads.
constexpr std::size_t kTestBlock = 1000;
constexpr std::size_t kClientsPerBlock = 16;

/// The model's, or missing where answers are not right or wrong.
double accuracy_of(const Score& score, const Learning& learning) {
  return score.count > 0 && learning.model->counts_correct() ? score.accuracy() : kMissing;
}

}  // namespace

Ledger::Ledger(Learning* learning, JobPool* pool, Observer& observer, const std::atomic<bool>& interrupted,
               LedgerLimits limits)
    : learning_(learning), pool_(pool), observer_(observer), interrupted_(interrupted), limits_(limits) {
  auto initial = std::make_shared<ModelVersion>();
  if (learning_) {
    memory_.resize(static_cast<std::size_t>(pool_->workers()));
    if (pool_->workers() > 1) {
      for (SolverMemory<float>& memory : memory_) memory.parallel = pool_;
    }
    initial->weights = std::make_shared<const Vector<float>>(
        learning_->model->initial_weights(Stream(learning_->seed, Purpose::model_init)));
    initial->broadcast = learning_->algorithm.server->broadcast();
  }
  current_ = resolved_ = recorded_ = std::move(initial);
}

Ledger::~Ledger() { drop(); }

void Ledger::enter(Entry entry) {
  if (timing_only()) {
    std::visit([this](auto& e) { resolve(e); }, entry);
  } else {
    entries_.push_back(std::move(entry));
  }
}

void Ledger::queue_job(std::shared_ptr<LearningJob> job, Time due, bool counts) {
  unstarted_.push_back({std::move(job), due, counts});
}

void Ledger::absorb(const Report& report, Turn turn, std::shared_ptr<const ModelVersion> from, Time due) {
  ++accepted_jobs_;
  if (timing_only()) return;
  std::shared_ptr<ClientState> before;
  std::shared_ptr<ClientState> after;
  if (learning_->traits.stateful) {
    std::shared_ptr<ClientState>& latest = states_[raw(report.client)];
    before = latest;
    after = latest = std::make_shared<ClientState>();
  }
  auto job = std::make_shared<TrainingJob>(*learning_, memory_, std::move(from), report, turn, std::move(before));
  queue_job(job, due, true);
  ++unresolved_;
  enter(Absorb{std::move(job), std::move(after)});
}

void Ledger::commit() {
  auto version = std::make_shared<ModelVersion>();
  version->number = next(current_->number);
  current_ = version;
  enter(Commit{std::move(version)});
}

void Ledger::evaluate(EvaluationPlan plan) {
  if (timing_only()) return;
  Evaluate entry{std::move(plan), static_cast<std::int64_t>(raw(current_->number)), {}, {}, {}};
  const auto add = [&](auto& blocks, const Dataset& dataset, std::vector<std::span<const std::uint32_t>> parts,
                       const std::vector<const Metric*>& metrics) {
    blocks.push_back(
        std::make_shared<EvaluationJob>(*learning_, memory_, current_, dataset, std::move(parts), metrics));
    queue_job(blocks.back(), entry.plan.at, false);
  };
  const auto add_all = [&](auto& blocks, const std::shared_ptr<const Dataset>& dataset,
                           std::span<const std::uint32_t> rows, const std::vector<const Metric*>& metrics) {
    const std::size_t block = learning_->model->couples_losses() ? rows.size() : kTestBlock;
    for (std::size_t begin = 0; dataset && begin < rows.size(); begin += block) {
      add(blocks, *dataset, {rows.subspan(begin, std::min(block, rows.size() - begin))}, metrics);
    }
  };
  add_all(entry.test_blocks, learning_->test, learning_->test_rows, learning_->metrics);
  add_all(entry.unseen_blocks, learning_->unseen, learning_->unseen_rows, {});
  const auto& clients = entry.plan.clients;
  for (std::size_t begin = 0; begin < clients.size(); begin += kClientsPerBlock) {
    std::vector<std::span<const std::uint32_t>> parts;
    for (std::size_t i = begin; i < std::min(begin + kClientsPerBlock, clients.size()); ++i) {
      parts.push_back(learning_->local_shards.of(clients[i]));
    }
    add(entry.client_blocks, *learning_->local, std::move(parts), {});
  }
  enter(std::move(entry));
}

void Ledger::record(const RoundRecord& round) { enter(round); }
void Ledger::record(const ClientTrace& turn) { enter(turn); }
void Ledger::record_rest(const RoundRecord& rest) { enter(Rest{rest}); }
void Ledger::record(std::shared_ptr<const Sessions> sessions) { enter(std::move(sessions)); }

void Ledger::start_jobs() {
  std::size_t looked_at = 0;
  for (auto it = unstarted_.begin(); it != unstarted_.end() && started_ < limits_.window;) {
    if (it->job->handed_over) {
      it = unstarted_.erase(it);
    } else if (it->job->can_begin()) {
      it->job->handed_over = true;
      started_ += it->counts ? 1 : 0;
      pool_->start(it->job, it->due);
      it = unstarted_.erase(it);
    } else if (++looked_at > limits_.window) {
      break;  // what lies beyond waits for versions that are further away still
    } else {
      ++it;
    }
  }
}

void Ledger::pump() {
  if (timing_only()) return;
  start_jobs();
  // Turns that bring no report are entries too, so both are bounded.
  while ((unresolved_ > limits_.lookahead || entries_.size() > 8 * limits_.lookahead) && settle_next()) {
  }
}

bool Ledger::settle_next() {
  if (entries_.empty() || divergence_ || interrupted_.load(std::memory_order_relaxed)) return false;
  resolve_front();
  return true;
}

void Ledger::settle() {
  while (settle_next()) {
  }
}

void Ledger::drop() {
  if (timing_only()) return;
  // First all that nobody has begun, so that workers find nothing more; then those that are being computed are awaited,
  // for they read what the run owns.
  pool_->take_back();
  for (Entry& entry : entries_) {
    if (auto* absorb = std::get_if<Absorb>(&entry)) pool_->abandon(*absorb->job);
    if (auto* evaluation = std::get_if<Evaluate>(&entry)) {
      for (const auto& job : evaluation->test_blocks) pool_->abandon(*job);
      for (const auto& job : evaluation->client_blocks) pool_->abandon(*job);
      for (const auto& job : evaluation->unseen_blocks) pool_->abandon(*job);
    }
  }
  entries_.clear();
  unstarted_.clear();
  unresolved_ = started_ = 0;
}

void Ledger::resolve_front() {
  start_jobs();
  std::visit([this](auto& entry) { resolve(entry); }, entries_.front());
  entries_.pop_front();
}

void Ledger::join(LearningJob& job) {
  job.handed_over = true;  // a job that no worker has begun is computed by the join
  pool_->join(job);
}

void Ledger::resolve(Absorb& entry) {
  TrainingJob& job = *entry.job;
  if (job.handed_over) --started_;
  join(job);
  --unresolved_;
  ClientOutput<float>& output = job.output();
  if (!divergence_ && !job.finite()) {
    divergence_ = Divergence{static_cast<std::int64_t>(raw(resolved_->number)) + 1, job.report().client};
  }
  if (learning_->traits.whole_models) output.delta -= *resolved_->weights;
  double weight = learning_->algorithm.server->weight(job.report(), output);
  learning_->privacy->on_delta(output.delta, weight,
                               Stream(learning_->seed, Purpose::privacy, job.report().client, job.turn()));
  learning_->aggregator->absorb(output.delta, weight);
  learning_->algorithm.server->absorb(output, job.report());
  if (entry.after) {
    entry.after->value = output.state ? output.state : (job.before() ? job.before()->value : nullptr);
    entry.after->ready = true;
  }
  train_score_ += output.run.score;
  trained_samples_ += output.run.work.samples;
}

void Ledger::resolve(Commit& entry) {
  if (!timing_only()) {
    Aggregate<float> aggregate = learning_->aggregator->finish();
    learning_->privacy->on_aggregate(
        aggregate, learning_->sampling,
        Stream(learning_->seed, Purpose::privacy, ~std::uint32_t{0}, raw(entry.version->number)));
    Vector<float> x = *resolved_->weights;
    learning_->algorithm.server->commit(x, aggregate);
    update_norm_ = std::sqrt((x - *resolved_->weights).cast<double>().squaredNorm());
    if (!divergence_ && !x.allFinite())
      divergence_ = Divergence{static_cast<std::int64_t>(raw(entry.version->number)), {}};
    entry.version->weights = std::make_shared<const Vector<float>>(std::move(x));
    entry.version->broadcast = learning_->algorithm.server->broadcast();
  }
  resolved_ = entry.version;
}

void Ledger::resolve(Evaluate& entry) {
  EvaluationRecord record;
  record.round = entry.round;
  record.at = entry.plan.at;
  const auto sum = [this](const std::vector<std::shared_ptr<EvaluationJob>>& blocks) {
    Score total;
    for (const auto& job : blocks) {
      join(*job);
      for (const Score& score : job->scores()) total += score;
    }
    return total;
  };
  const Score total = sum(entry.test_blocks);
  if (total.count > 0) {
    record.test_loss = total.loss();
    record.test_accuracy = accuracy_of(total, *learning_);
    record.test_samples = total.count;
  }
  if (!entry.test_blocks.empty()) merge_metrics(entry, record);
  if (!entry.unseen_blocks.empty()) {
    const Score unseen = sum(entry.unseen_blocks);
    record.metrics.push_back(accuracy_of(unseen, *learning_));
    record.metrics.push_back(unseen.count > 0 ? unseen.loss() : kMissing);
  }
  record.clients = std::move(entry.plan.clients);
  for (const auto& job : entry.client_blocks) {
    join(*job);
    for (const Score& score : job->scores()) {
      record.client_accuracy.push_back(accuracy_of(score, *learning_));
      record.client_loss.push_back(score.count > 0 ? score.loss() : kMissing);
    }
  }
  observer_.on_evaluation(record);
  last_evaluation_ = std::move(record);
}

void Ledger::merge_metrics(const Evaluate& entry, EvaluationRecord& record) const {
  const std::vector<std::unique_ptr<Tally>> merged = make_tallies(learning_->metrics, learning_->test->shape());
  for (std::size_t m = 0; m < merged.size(); ++m) {
    for (const auto& job : entry.test_blocks) merged[m]->merge(*job->tallies()[m]);
    if (learning_->metrics[m]->is_table) {
      record.confusion = merged[m]->table();
    } else {
      record.metrics.push_back(merged[m]->value());
    }
  }
}

void Ledger::resolve(RoundRecord& entry) {
  if (!timing_only()) {
    entry.train_loss = train_score_.count > 0 ? train_score_.loss() : kMissing;
    entry.train_accuracy = accuracy_of(train_score_, *learning_);
    entry.trained_samples = trained_samples_;
    entry.update_norm = update_norm_;
    train_score_ = {};
    trained_samples_ = 0;
  }
  recorded_ = resolved_;
  observer_.on_round(entry);
}

void Ledger::resolve(ClientTrace& entry) { observer_.on_trace(entry); }

void Ledger::resolve(Rest& entry) { observer_.on_end(entry.record); }

}  // namespace fedtide
