#include "sim/federation/learning.h"

#include <algorithm>

namespace fedtide {
namespace {

/// Sets an evaluation's streams apart from those of local trainings.
constexpr std::uint64_t kOwnersSalt = 0x6f776e6572u;

/// The method's part of a client's state, for as long as this lives; null where it has none.
class MethodState {
 public:
  MethodState(const Vector<float>* whole, const Compression& compression, Index d) : state_(whole) {
    if (!whole || !compression.remembers()) return;
    const std::span<const float> part = method_state(*whole, compression, d);
    copy_ = Eigen::Map<const Vector<float>>(part.data(), static_cast<Index>(part.size()));
    state_ = part.empty() ? nullptr : &copy_;
  }
  MethodState(const MethodState&) = delete;
  MethodState& operator=(const MethodState&) = delete;
  const Vector<float>* get() const { return state_; }

 private:
  Vector<float> copy_;
  const Vector<float>* state_;
};

}  // namespace

void ModelVersion::resolve(SharedVector<float> value, const Learning& learning) {
  weights = std::move(value);
  // No client has this number: the stream is the server's, by the version.
  const Stream stream(learning.seed, Purpose::codec, ~std::uint32_t{0}, static_cast<std::uint32_t>(id));
  sent = received(*learning.compression.down, stream, weights);
}

TrainingJob::TrainingJob(const Learning& learning, WorkerMemory& memory, std::shared_ptr<const ModelVersion> version,
                         Report report, Turn turn, std::shared_ptr<const ClientState> before)
    : learning_(learning),
      memory_(memory),
      version_(std::move(version)),
      report_(report),
      turn_(turn),
      before_(std::move(before)) {}

void TrainingJob::compute(int worker) {
  SolverSpec solver = learning_.solver;
  if (report_.steps) solver.steps = report_.steps;
  const Vector<float>& x = *version_->sent;
  const Vector<float>* whole = before_ ? before_->value.get() : nullptr;
  const MethodState state(whole, learning_.compression, x.size());
  const ClientInput<float> input{
      .model = *learning_.model,
      .data = {learning_.train.get(),
               learning_.train_shards.of(report_.client).subspan(report_.first, report_.samples)},
      .solver = solver,
      .round = static_cast<std::int64_t>(raw(version_->number)),
      .global = x,
      .broadcast = version_->broadcast.get(),
      .state = state.get(),
      .stream = Stream(learning_.seed, Purpose::batches, report_.client, turn_),
      .memory = memory_[static_cast<std::size_t>(worker)],
  };
  output_ = learning_.algorithm.client->train(input);
  send_up(learning_.compression, Stream(learning_.seed, Purpose::codec, report_.client, turn_), whole, output_);
  if (learning_.traits.whole_models) output_.delta += x;
  if (step_) output_.delta = x + *step_ * output_.delta;
  finite_ = is_finite(output_.delta) && is_finite(output_.extra);
}

EvaluationJob::EvaluationJob(const Learning& learning, WorkerMemory& memory,
                             std::shared_ptr<const ModelVersion> version, const Dataset& dataset,
                             std::vector<std::span<const std::uint32_t>> parts,
                             const std::vector<const Metric*>& metrics)
    : learning_(learning),
      memory_(memory),
      version_(std::move(version)),
      dataset_(dataset),
      parts_(std::move(parts)),
      tallies_(make_tallies(metrics, dataset.shape())) {}

bool EvaluationJob::can_begin() const {
  if (!version_->ready()) return false;
  return std::all_of(owners_.begin(), owners_.end(), [](const ModelOwner& o) { return !o.state || o.state->ready; });
}

Vector<float> EvaluationJob::model_of(const ModelOwner& owner, SolverMemory<float>& memory) const {
  const auto round = static_cast<std::uint32_t>(raw(version_->number));
  const Vector<float>& x = *version_->sent;
  const MethodState state(owner.state ? owner.state->value.get() : nullptr, learning_.compression, x.size());
  return learning_.algorithm.client->personal_model(
      {.model = *learning_.model,
       .data = {learning_.train.get(),
                learning_.train_shards.of(owner.client).subspan(owner.held.first, owner.held.count)},
       .solver = learning_.solver,
       .round = static_cast<std::int64_t>(round),
       .global = x,
       .broadcast = version_->broadcast.get(),
       .state = state.get(),
       .stream = Stream(learning_.seed, Purpose::batches, owner.client, Turn{round}).keyed(kOwnersSalt),
       .memory = memory});
}

void EvaluationJob::compute(int worker) {
  scores_.reserve(parts_.size());
  SolverMemory<float>& memory = memory_[static_cast<std::size_t>(worker)];
  for (std::size_t i = 0; i < owners_.size(); ++i) {
    const Vector<float> own = model_of(owners_[i], memory);
    scores_.push_back(evaluate_rows(*learning_.model, dataset_, parts_[i], own, memory));
  }
  if (!owners_.empty()) return;
  for (const auto& part : parts_) {
    scores_.push_back(tallies_.empty()
                          ? evaluate_rows(*learning_.model, dataset_, part, *version_->weights, memory)
                          : evaluate_rows(*learning_.model, dataset_, part, *version_->weights, memory, tallies_));
  }
}

std::vector<std::unique_ptr<Tally>> make_tallies(const std::vector<const Metric*>& metrics, const InputShape& data) {
  std::vector<std::unique_ptr<Tally>> tallies;
  for (const Metric* each : metrics) tallies.push_back(each->make(data));
  return tallies;
}

}  // namespace fedtide
