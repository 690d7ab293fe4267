// The SGD loop.

#include <algorithm>

#include "sim/base/distributions.h"
#include "sim/learn/solver.h"

namespace fedtide {
namespace {

using Rows = std::span<const std::uint32_t>;
constexpr Index kBlock = 256;  ///< samples evaluated at once

/// out[d] = scale * sum of the gradients of `rows` at w, piece by piece.
template <class T>
Score gradient_of(const Model<T>& model, const Dataset& dataset, Rows rows, T scale, const T* w,
                  SolverMemory<T>& memory, Vector<T>& out) {
  Score score;
  const auto piece = static_cast<std::size_t>(piece_of(model, static_cast<Index>(rows.size())));
  for (std::size_t begin = 0; begin < rows.size(); begin += piece) {
    dataset.gather(rows.subspan(begin, std::min(piece, rows.size() - begin)), memory.batch);
    if (memory.batch.noise) memory.batch.noise->first = static_cast<Index>(begin);
    Vector<T>& target = begin == 0 ? out : memory.piece;
    score += model.gradient(w, memory.batch, scale, memory.workspace(), target.data());
    if (begin > 0) out += memory.piece;
  }
  return score;
}

/// The batches of one local training, in order.
class Batches {
 public:
  Batches(Rows shard, const SolverSpec& spec, Stream stream, std::vector<std::uint32_t>& order)
      : stream_(stream), order_(order), batch_(shard.size()) {
    order_.assign(shard.begin(), shard.end());
    if (spec.batch_size) batch_ = std::min(batch_, static_cast<std::size_t>(*spec.batch_size));
  }

  Rows next() {
    if (at_ == 0 && batch_ < order_.size()) shuffle(stream_, std::span(order_));
    const std::size_t count = std::min(batch_, order_.size() - at_);
    const Rows rows = Rows(order_).subspan(at_, count);
    at_ = at_ + count == order_.size() ? 0 : at_ + count;
    return rows;
  }
  Index largest() const { return static_cast<Index>(batch_); }

 private:
  Stream stream_;
  std::vector<std::uint32_t>& order_;
  std::size_t batch_;
  std::size_t at_ = 0;
};

/// Turns the gradient's step into the one to apply, and applies it.
template <class T>
void apply_step(const SolverSpec& spec, T lr, std::int64_t k, Vector<T>& w, SolverMemory<T>& memory,
                StepHook<T>* hook) {
  Vector<T>& step = memory.step;
  if (spec.weight_decay != 0) step -= lr * static_cast<T>(spec.weight_decay) * w;
  if (hook != nullptr) hook->add(w, lr, k, step);
  if (spec.momentum != 0) {
    const T momentum = static_cast<T>(spec.momentum);
    memory.velocity = momentum * memory.velocity + step;
    if (spec.nesterov) {
      step += momentum * memory.velocity;
    } else {
      step = memory.velocity;
    }
  }
  w += step;
}

}  // namespace

template <class T>
LocalRun local_sgd(const Model<T>& model, const ClientData& data, const SolverSpec& spec, std::int64_t round,
                   Stream stream, Vector<T>& w, SolverMemory<T>& memory, StepHook<T>* hook) {
  FEDTIDE_REQUIRE(w.size() == model.size(), "{} weights for a model of {}", w.size(), model.size());
  LocalRun run;
  run.work = work_of(spec, data.size());
  if (run.work.steps == 0) return run;
  Batches batches(data.rows, spec, stream, memory.order);
  memory.prepare(model, batches.largest());
  memory.batch.noise = BatchNoise{stream.as(Purpose::dropout_mask)};
  const Index piece = piece_of(model, batches.largest());
  const bool plain = hook == nullptr && spec.momentum == 0 && spec.weight_decay == 0;
  const bool fused = plain && batches.largest() <= piece;
  if (!fused) memory.step.resize(w.size());
  if (batches.largest() > piece) memory.piece.resize(w.size());
  if (spec.momentum != 0) memory.velocity.setZero(w.size());
  const double lr = spec.lr_at(round);
  const auto labels = static_cast<double>(model.labels_per_sample());
  for (std::int64_t k = 0; k < run.work.steps; ++k) {
    const Rows rows = batches.next();
    const T scale = static_cast<T>(-lr / (static_cast<double>(rows.size()) * labels));
    memory.batch.noise->step = k;
    if (fused) {
      data.dataset->gather(rows, memory.batch);
      memory.batch.noise->first = 0;
      run.score += model.step(w.data(), memory.batch, scale, memory.workspace());
    } else {
      run.score += gradient_of(model, *data.dataset, rows, scale, w.data(), memory, memory.step);
      apply_step(spec, static_cast<T>(lr), k, w, memory, hook);
    }
  }
  return run;
}

template <class T>
Score full_gradient(const Model<T>& model, const ClientData& data, const Vector<T>& w, SolverMemory<T>& memory,
                    Vector<T>& g) {
  FEDTIDE_REQUIRE(w.size() == model.size(), "{} weights for a model of {}", w.size(), model.size());
  g.setZero(model.size());
  if (data.size() == 0) return {};
  const auto size = static_cast<Index>(data.size());
  memory.prepare(model, size);
  memory.batch.noise.reset();
  if (size > piece_of(model, size)) memory.piece.resize(model.size());
  const T scale = static_cast<T>(1.0 / (static_cast<double>(size) * static_cast<double>(model.labels_per_sample())));
  return gradient_of(model, *data.dataset, data.rows, scale, w.data(), memory, g);
}

template <class T>
Score evaluate_rows(const Model<T>& model, const Dataset& dataset, std::span<const std::uint32_t> rows,
                    const Vector<T>& w, SolverMemory<T>& memory) {
  FEDTIDE_REQUIRE(w.size() == model.size(), "{} weights for a model of {}", w.size(), model.size());
  Score score;
  const auto block = static_cast<std::size_t>(std::min(piece_of(model, static_cast<Index>(rows.size())), kBlock));
  memory.prepare(model, static_cast<Index>(block));
  memory.batch.noise.reset();
  for (std::size_t begin = 0; begin < rows.size(); begin += block) {
    dataset.gather(rows.subspan(begin, std::min(block, rows.size() - begin)), memory.batch);
    score += model.evaluate(w.data(), memory.batch, memory.workspace());
  }
  return score;
}

#define FEDTIDE_INSTANTIATE(T)                                                                                         \
  template LocalRun local_sgd<T>(const Model<T>&, const ClientData&, const SolverSpec&, std::int64_t, Stream,          \
                                 Vector<T>&, SolverMemory<T>&, StepHook<T>*);                                          \
  template Score full_gradient<T>(const Model<T>&, const ClientData&, const Vector<T>&, SolverMemory<T>&, Vector<T>&); \
  template Score evaluate_rows<T>(const Model<T>&, const Dataset&, std::span<const std::uint32_t>, const Vector<T>&,   \
                                  SolverMemory<T>&);
FEDTIDE_INSTANTIATE(float)
FEDTIDE_INSTANTIATE(double)
#undef FEDTIDE_INSTANTIATE

}  // namespace fedtide
