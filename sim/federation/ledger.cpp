#include "sim/federation/ledger.h"

#include <algorithm>
#include <bit>

#include "sim/base/error.h"

namespace fedtide {
namespace {

// Fixed sizes: how a sum over a test set is cut must not depend on the number of threads.
constexpr std::size_t kTestBlock = 1000;
constexpr std::size_t kClientsPerBlock = 16;

/// As a name in the timeline; 0: all of them.
std::uint64_t steps_of(const Training& training) {
  return static_cast<std::uint64_t>(training.report.steps.value_or(0));
}

}  // namespace

Ledger::Ledger(Learning* learning, JobPool* pool, Observer& observer, const std::atomic<bool>& interrupted,
               LedgerLimits limits)
    : learning_(learning), pool_(pool), observer_(observer), interrupted_(interrupted), limits_(limits) {
  const auto initial = new_model(Version{0});
  if (learning_) {
    memory_.resize(static_cast<std::size_t>(pool_->workers()));
    if (pool_->workers() > 1) {
      for (SolverMemory<float>& memory : memory_) memory.parallel = pool_;
    }
    initial->resolve(std::make_shared<const Vector<float>>(
                         learning_->model->initial_weights(Stream(learning_->seed, Purpose::model_init))),
                     *learning_);
    initial->broadcast = learning_->algorithm.server->broadcast();
  }
  current_ = resolved_ = recorded_ = initial;
}

Ledger::~Ledger() { drop(); }

void Ledger::enter(Entry entry, std::initializer_list<std::uint64_t> names) {
  if (timing_only()) {
    std::visit([this](auto& e) { resolve(e); }, entry);
    return;
  }
  timeline_.add(entry.index());
  timeline_.add(names);
  const bool again = replaying();
  ++entered_;
  if (again) {
    replay(entry);
  } else {
    entries_.push_back({std::move(entry), timeline_.value()});
  }
}

std::shared_ptr<ModelVersion> Ledger::new_model(Version number) {
  auto model = std::make_shared<ModelVersion>();
  model->id = next_model_++;
  model->number = number;
  if (timing_only()) return model;
  if (replaying()) {
    if (const auto kept = resumption_->models.find(model->id); kept != resumption_->models.end()) {
      if (kept->second.weights) model->resolve(kept->second.weights, *learning_);
      model->broadcast = kept->second.broadcast;
    }
  }
  if (models_.size() >= prune_models_at_) {
    std::erase_if(models_, [](const auto& each) { return each.second.expired(); });
    prune_models_at_ = 2 * models_.size() + 64;
  }
  models_.emplace_back(model->id, model);
  return model;
}

Sum Ledger::begin_sum() {
  auto sum = std::make_shared<PartialSum>();
  sum->id = sums_.size();
  sums_.push_back(sum);
  return sum;
}

void Ledger::queue_job(std::shared_ptr<LearningJob> job, Time due, bool counts) {
  unstarted_.push_back({std::move(job), due, counts});
}

std::shared_ptr<TrainingJob> Ledger::queue_training(const Training& training,
                                                    std::shared_ptr<const ClientState> before) {
  if (replaying()) return nullptr;
  auto job = std::make_shared<TrainingJob>(*learning_, memory_, training.from, training.report, training.turn,
                                           std::move(before));
  queue_job(job, training.due, true);
  ++unresolved_;
  return job;
}

std::shared_ptr<MixingJob> Ledger::queue_mixing(std::vector<Share> shares, double divisor) {
  if (replaying()) return nullptr;
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
  if (learning_->stateful() && !replaying()) {
    std::shared_ptr<ClientState>& latest = states_[raw(training.report.client)];
    before = latest;
    after = latest = std::make_shared<ClientState>();
  }
  const std::uint64_t target = into ? into->id + 1 : 0;
  auto job = queue_training(training, std::move(before));
  enter(Absorb{std::move(job), std::move(after), std::move(into)},
        {raw(training.report.client), raw(training.turn), training.report.samples, training.report.first,
         training.report.staleness, steps_of(training), training.from->id, target});
}

void Ledger::commit() {
  auto version = new_model(next(current_->number));
  current_ = version;
  enter(Commit{version, nullptr}, {version->id, raw(version->number)});
}

ModelHandle Ledger::train(const Training& training, double step) {
  ++accepted_jobs_;
  auto model = new_model(training.from->number);
  if (timing_only()) return model;
  FEDTIDE_REQUIRE(!learning_->stateful(), "a method whose clients keep state in a line of models of its own");
  auto job = queue_training(training, nullptr);
  if (job) job->end_at_model(step);
  enter(Train{std::move(job), model}, {raw(training.report.client), raw(training.turn), training.report.samples,
                                       steps_of(training), training.from->id, std::bit_cast<std::uint64_t>(step)});
  return model;
}

ModelHandle Ledger::mix(std::vector<Share> shares, double divisor, Version number) {
  auto model = new_model(number);
  if (timing_only()) return model;
  TimelineDigest terms;
  for (const Share& share : shares) terms.add({std::bit_cast<std::uint64_t>(share.weight), share.model->id});
  enter(Mix{queue_mixing(std::move(shares), divisor), model}, {terms.value(), std::bit_cast<std::uint64_t>(divisor)});
  return model;
}

ModelHandle Ledger::finish(Sum sum, ModelHandle base, Version number) {
  auto model = new_model(number);
  const std::uint64_t from = sum->id, onto = base->id;
  enter(Finish{std::move(sum), std::move(base), model}, {from, onto});
  return model;
}

void Ledger::commit_mean(std::vector<ModelHandle> models) {
  auto version = new_model(next(current_->number));
  current_ = version;
  std::shared_ptr<MixingJob> mean;
  TimelineDigest terms;
  for (const ModelHandle& model : models) terms.add(model->id);
  if (!timing_only()) {
    std::vector<Share> shares;
    for (const ModelHandle& model : models) shares.push_back({1, model});
    mean = queue_mixing(std::move(shares), static_cast<double>(models.size()));
  }
  stand_for(std::move(models));
  enter(Commit{version, std::move(mean)}, {version->id, terms.value()});
}

std::vector<ModelOwner> Ledger::owners(const EvaluationPlan& plan, std::size_t begin, std::size_t end) const {
  std::vector<ModelOwner> all;
  for (std::size_t i = begin; i < end; ++i) {
    const auto state = states_.find(raw(plan.clients[i]));
    all.push_back({plan.clients[i], plan.held[i], state == states_.end() ? nullptr : state->second});
  }
  return all;
}

void Ledger::evaluate(EvaluationPlan plan) {
  if (timing_only()) return;
  TimelineDigest drawn;
  for (const ClientId client : plan.clients) drawn.add(raw(client));
  const auto at = static_cast<std::uint64_t>(plan.at.ns);
  Evaluate entry{std::move(plan), static_cast<std::int64_t>(raw(current_->number)), {}, {}, {}, {}};
  if (replaying()) return enter(std::move(entry), {at, drawn.value()});
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
    const std::size_t end = std::min(begin + kClientsPerBlock, clients.size());
    for (std::size_t i = begin; i < end; ++i) parts.push_back(learning_->local_shards.of(clients[i]));
    add(entry.client_blocks, *learning_->local, std::move(parts), {});
    if (learning_->traits.personal) entry.client_blocks.back()->score_owners(owners(entry.plan, begin, end));
  }
  enter(std::move(entry), {at, drawn.value()});
}

void Ledger::record(const RoundRecord& round) {
  enter(round, {static_cast<std::uint64_t>(round.round), static_cast<std::uint64_t>(round.committed.ns),
                static_cast<std::uint64_t>(round.dispatched), static_cast<std::uint64_t>(round.total_bytes_down),
                static_cast<std::uint64_t>(round.total_bytes_up)});
}
void Ledger::record(const ClientTrace& turn) {
  enter(turn, {raw(turn.client), turn.turn, static_cast<std::uint64_t>(turn.ended.ns),
               static_cast<std::uint64_t>(turn.outcome)});
}
void Ledger::record_rest(const RoundRecord& rest) { enter(Rest{rest}, {}); }
void Ledger::record(std::shared_ptr<const Sessions> sessions) { enter(std::move(sessions), {}); }

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
  for (Pending& pending : entries_) {
    each_job(pending.entry, [this](LearningJob& job) { pool_->abandon(job); });
  }
  entries_.clear();
  unstarted_.clear();
  unresolved_ = started_ = 0;
}

}  // namespace fedtide
