// The other half of the ledger: its entries get their values, one after the other.

#include <cmath>

#include "sim/base/error.h"
#include "sim/federation/ledger.h"

namespace fedtide {
namespace {

/// The model's, or missing where answers are not right or wrong.
double accuracy_of(const Score& score, const Learning& learning) {
  return score.count > 0 && learning.model->counts_correct() ? score.accuracy() : kMissing;
}

}  // namespace

void Ledger::resolve_front() {
  start_jobs();
  Pending& front = entries_.front();
  std::visit([this](auto& entry) { resolve(entry); }, front.entry);
  const bool round = std::holds_alternative<RoundRecord>(front.entry);
  ++resolved_entries_;
  resolved_timeline_ = front.timeline;
  entries_.pop_front();
  if (keeper_ && !divergence_) keeper_->on_resolved(*this, round);
}

void Ledger::join(LearningJob& job) {
  FEDTIDE_REQUIRE(job.handed_over || job.can_begin(), "a job whose inputs are neither resolved nor in the snapshot");
  job.handed_over = true;  // a job that no worker has begun is computed by the join
  pool_->join(job);
  job.release();
}

void Ledger::join_counted(LearningJob& job) {
  if (job.handed_over) --started_;
  join(job);
  --unresolved_;
}

ClientOutput<float>& Ledger::join_training(TrainingJob& job) {
  join_counted(job);
  if (!divergence_ && !job.finite()) {
    divergence_ = Divergence{static_cast<std::int64_t>(raw(resolved_->number)) + 1, job.report().client};
  }
  ClientOutput<float>& output = job.output();
  train_score_ += output.run.score;
  trained_samples_ += output.run.work.samples;
  return output;
}

void Ledger::resolve(Absorb& entry) {
  TrainingJob& job = *entry.job;
  ClientOutput<float>& output = join_training(job);
  if (learning_->traits.whole_models) output.delta -= *resolved_->weights;
  double weight = learning_->algorithm.server->weight(job.report(), output);
  learning_->privacy->on_delta(output.delta, weight,
                               Stream(learning_->seed, Purpose::privacy, job.report().client, job.turn()));
  if (entry.into) {
    if (!entry.into->mean) entry.into->mean = std::make_unique<WeightedMean<float>>(output.delta.size());
    entry.into->mean->absorb(output.delta, weight);
  } else {
    learning_->aggregator->absorb(output.delta, weight);
    learning_->algorithm.server->absorb(output, job.report());
  }
  if (entry.after) {
    entry.after->value = output.state ? output.state : (job.before() ? job.before()->value : nullptr);
    entry.after->ready = true;
    if (entry.after->value) resolved_states_[raw(job.report().client)] = entry.after->value;
  }
}

void Ledger::resolve(Train& entry) {
  entry.model->resolve(std::make_shared<const Vector<float>>(std::move(join_training(*entry.job).delta)), *learning_);
}

void Ledger::resolve(Mix& entry) {
  join_counted(*entry.job);
  entry.model->resolve(entry.job->result(), *learning_);
}

void Ledger::resolve(Finish& entry) {
  if (timing_only()) return;
  const Aggregate<float> aggregate = entry.sum->mean->finish();
  entry.sum->mean.reset();
  entry.model->resolve(std::make_shared<const Vector<float>>(*entry.base->weights + aggregate.mean), *learning_);
}

void Ledger::resolve(Commit& entry) {
  if (!timing_only()) {
    if (entry.mean) {
      join_counted(*entry.mean);
      entry.version->resolve(entry.mean->result(), *learning_);
    } else {
      Aggregate<float> aggregate = learning_->aggregator->finish();
      learning_->privacy->on_aggregate(
          aggregate, learning_->sampling,
          Stream(learning_->seed, Purpose::privacy, ~std::uint32_t{0}, raw(entry.version->number)));
      Vector<float> x = *resolved_->weights;
      learning_->algorithm.server->commit(x, aggregate);
      entry.version->resolve(std::make_shared<const Vector<float>>(std::move(x)), *learning_);
      entry.version->broadcast = learning_->algorithm.server->broadcast();
    }
    const Vector<float>& x = *entry.version->weights;
    update_norm_ = std::sqrt((x - *resolved_->weights).cast<double>().squaredNorm());
    if (!divergence_ && !x.allFinite())
      divergence_ = Divergence{static_cast<std::int64_t>(raw(entry.version->number)), {}};
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
  if (!entry.nodes.empty()) {
    std::vector<const Vector<float>*> models;
    for (const ModelHandle& node : entry.nodes) models.push_back(node->weights.get());
    record.consensus_distance = mean_squared_distance<float>(models, *resolved_->weights);
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
