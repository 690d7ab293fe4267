#include "sim/federation/ledger.h"

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"

namespace fedtide {
namespace {

// Fixed sizes: how a sum over a test set is cut must not depend on the number of threads.
constexpr std::size_t kTestBlock = 1000;
constexpr std::size_t kClientsPerBlock = 16;

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

std::shared_ptr<TrainingJob> Ledger::queue_training(const Training& training,
                                                    std::shared_ptr<const ClientState> before) {
  auto job = std::make_shared<TrainingJob>(*learning_, memory_, training.from, training.report, training.turn,
                                           std::move(before));
  queue_job(job, training.due, true);
  ++unresolved_;
  return job;
}

std::shared_ptr<MixingJob> Ledger::queue_mixing(std::vector<Share> shares, double divisor) {
  auto job = std::make_shared<MixingJob>(std::move(shares), divisor);
  queue_job(job, Time{0}, true);  // others wait for it
  ++unresolved_;
  return job;
}

void Ledger::absorb(const Training& training, Sum into) {
  ++accepted_jobs_;
  if (timing_only()) return;
  std::shared_ptr<ClientState> before;
  std::shared_ptr<ClientState> after;
  if (learning_->traits.stateful) {
    std::shared_ptr<ClientState>& latest = states_[raw(training.report.client)];
    before = latest;
    after = latest = std::make_shared<ClientState>();
  }
  auto job = queue_training(training, std::move(before));
  enter(Absorb{std::move(job), std::move(after), std::move(into)});
}

void Ledger::commit() {
  auto version = std::make_shared<ModelVersion>();
  version->number = next(current_->number);
  current_ = version;
  enter(Commit{std::move(version), nullptr});
}

ModelHandle Ledger::train(const Training& training, double step) {
  ++accepted_jobs_;
  auto model = std::make_shared<ModelVersion>();
  model->number = training.from->number;
  if (timing_only()) return model;
  FEDTIDE_REQUIRE(!learning_->traits.stateful, "a method whose clients keep state in a line of models of its own");
  auto job = queue_training(training, nullptr);
  job->end_at_model(step);
  enter(Train{std::move(job), model});
  return model;
}

ModelHandle Ledger::mix(std::vector<Share> shares, double divisor, Version number) {
  auto model = std::make_shared<ModelVersion>();
  model->number = number;
  if (timing_only()) return model;
  enter(Mix{queue_mixing(std::move(shares), divisor), model});
  return model;
}

ModelHandle Ledger::finish(Sum sum, ModelHandle base, Version number) {
  auto model = std::make_shared<ModelVersion>();
  model->number = number;
  if (!timing_only()) enter(Finish{std::move(sum), std::move(base), model});
  return model;
}

void Ledger::commit_mean(std::vector<ModelHandle> models) {
  auto version = std::make_shared<ModelVersion>();
  version->number = next(current_->number);
  current_ = version;
  std::shared_ptr<MixingJob> mean;
  if (!timing_only()) {
    std::vector<Share> shares;
    for (const ModelHandle& model : models) shares.push_back({1, model});
    mean = queue_mixing(std::move(shares), static_cast<double>(models.size()));
  }
  stand_for(std::move(models));
  enter(Commit{std::move(version), std::move(mean)});
}

void Ledger::evaluate(EvaluationPlan plan) {
  if (timing_only()) return;
  Evaluate entry{std::move(plan), static_cast<std::int64_t>(raw(current_->number)), {}, {}, {}, {}};
  if (stands_for_.size() > 1) entry.nodes = stands_for_;
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

template <class Do>
void Ledger::each_job(Entry& entry, const Do& visit) {
  if (auto* absorb = std::get_if<Absorb>(&entry)) visit(*absorb->job);
  if (auto* train = std::get_if<Train>(&entry)) visit(*train->job);
  if (auto* mix = std::get_if<Mix>(&entry)) visit(*mix->job);
  if (auto* commit = std::get_if<Commit>(&entry); commit && commit->mean) visit(*commit->mean);
  if (auto* evaluation = std::get_if<Evaluate>(&entry)) {
    for (const auto* blocks : {&evaluation->test_blocks, &evaluation->client_blocks, &evaluation->unseen_blocks}) {
      for (const auto& job : *blocks) visit(*job);
    }
  }
}

void Ledger::drop() {
  if (timing_only()) return;
  // First all that nobody has begun, so that workers find nothing more; then those that are being computed are awaited,
  // for they read what the run owns.
  pool_->take_back();
  for (Entry& entry : entries_) {
    each_job(entry, [this](LearningJob& job) { pool_->abandon(job); });
  }
  entries_.clear();
  unstarted_.clear();
  unresolved_ = started_ = 0;
}

}  // namespace fedtide
