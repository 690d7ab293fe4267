// The training loop.

#include <algorithm>

#include "sim/base/distributions.h"
#include "sim/learn/solver.h"

namespace fedtide {
namespace {

using Rows = std::span<const std::uint32_t>;

/// Threads that could share a batch of so many samples.
template <class T>
int helping_threads(const Model<T>& model, const SolverMemory<T>& memory, Index samples) {
  if (memory.parallel == nullptr || model.block() == 0 || samples <= model.block()) return 1;
  const Index blocks = (std::min(samples, kPiece) + model.block() - 1) / model.block();
  return static_cast<int>(std::min<Index>(memory.parallel->threads(), blocks));
}

/// out[d] = scale * sum of the gradients of `rows`, at most a piece, which begins at `first` of its batch. Blocks side
/// by side, added in order: the bits of model.gradient.
template <class T>
Score shared_gradient(const Model<T>& model, const Dataset& dataset, Rows rows, std::size_t first, T scale, const T* w,
                      int threads, SolverMemory<T>& memory, Vector<T>& out) {
  const auto block = static_cast<std::size_t>(model.block());
  const std::size_t blocks = (rows.size() + block - 1) / block;
  std::vector<Lane<T>>& lanes = memory.lanes(threads);
  Score score;
  for (std::size_t begin = 0; begin < blocks; begin += static_cast<std::size_t>(threads)) {
    const int wave = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(threads), blocks - begin));
    memory.parallel->for_each(wave, [&](int i) {
      Lane<T>& lane = lanes[static_cast<std::size_t>(i)];
      const std::size_t at = (begin + static_cast<std::size_t>(i)) * block;
      dataset.gather(rows.subspan(at, std::min(block, rows.size() - at)), lane.batch);
      lane.batch.noise = memory.batch.noise;
      if (lane.batch.noise) lane.batch.noise->first = static_cast<Index>(first + at);
      lane.score = model.gradient(w, lane.batch, scale, *lane.workspace, lane.gradient.data());
    });
    for (int i = 0; i < wave; ++i) {
      const Lane<T>& lane = lanes[static_cast<std::size_t>(i)];
      score += lane.score;
      if (begin + static_cast<std::size_t>(i) == 0) {
        out = lane.gradient;
      } else {
        out += lane.gradient;
      }
    }
  }
  return score;
}

/// out[d] = scale * sum of the gradients of `rows` at w, piece by piece.
template <class T>
Score gradient_of(const Model<T>& model, const Dataset& dataset, Rows rows, T scale, const T* w,
                  SolverMemory<T>& memory, Vector<T>& out) {
  Score score;
  const auto piece = static_cast<std::size_t>(piece_of(model, static_cast<Index>(rows.size())));
  for (std::size_t begin = 0; begin < rows.size(); begin += piece) {
    const Rows part = rows.subspan(begin, std::min(piece, rows.size() - begin));
    Vector<T>& target = begin == 0 ? out : memory.piece;
    const int threads = helping_threads(model, memory, static_cast<Index>(part.size()));
    if (threads > 1) {
      score += shared_gradient(model, dataset, part, begin, scale, w, threads, memory, target);
    } else {
      dataset.gather(part, memory.batch);
      if (memory.batch.noise) memory.batch.noise->first = static_cast<Index>(begin);
      score += model.gradient(w, memory.batch, scale, memory.workspace(), target.data());
    }
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

/// The hook's addition, but for running statistics.
template <class T>
void add_hook(StepHook<T>& hook, const Vector<T>& w, T rate, std::int64_t k, SolverMemory<T>& memory) {
  if (!memory.has_statistics()) return hook.add(w, rate, k, memory.step);
  memory.statistics = memory.step;
  hook.add(w, rate, k, memory.step);
  memory.statistics.swap(memory.step);
  for (const Stretch& s : memory.trained()) {
    memory.step.segment(s.begin, s.size) = memory.statistics.segment(s.begin, s.size);
  }
}

/// Turns -rate times the batch's gradient into the step to apply, and applies it.
template <class T>
void apply_step(const SolverSpec& spec, T lr, T rate, std::int64_t k, Vector<T>& w, SolverMemory<T>& memory,
                StepHook<T>* hook) {
  if (hook != nullptr) add_hook(*hook, w, rate, k, memory);
  if (spec.clips()) clip_step(spec, rate, memory.trained(), memory.step);
  if (!spec.optimizer->is_plain(spec)) {
    const OptimizerState state = spec.optimizer->state(spec);
    for (const Stretch& s : memory.trained()) {
      spec.optimizer->update(Update<T>{.spec = spec,
                                       .lr = lr,
                                       .t = k + 1,
                                       .size = s.size,
                                       .w = w.data() + s.begin,
                                       .step = memory.step.data() + s.begin,
                                       .first = state.first ? memory.first.data() + s.begin : nullptr,
                                       .second = state.second ? memory.second.data() + s.begin : nullptr});
    }
  }
  w += memory.step;
}

/// Buffers and the optimizer's state for the hooked path.
template <class T>
void make_room(const SolverSpec& spec, Index d, SolverMemory<T>& memory) {
  memory.step.resize(d);
  if (memory.has_statistics()) memory.statistics.resize(d);
  const OptimizerState state = spec.optimizer->state(spec);
  if (state.first) memory.first.setZero(d);
  if (state.second) memory.second.setZero(d);
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
  const bool plain = hook == nullptr && !spec.clips() && spec.optimizer->is_plain(spec);
  const bool alone = memory.parallel == nullptr || model.block() == 0 || batches.largest() <= model.block();
  const bool fused = plain && alone && batches.largest() <= piece;
  if (!fused) make_room(spec, w.size(), memory);
  if (batches.largest() > piece) memory.piece.resize(w.size());
  const double lr = spec.lr_at(round);
  const double rate = spec.optimizer->takes_gradients ? 1.0 : lr;
  const auto labels = static_cast<double>(model.labels_per_sample());
  for (std::int64_t k = 0; k < run.work.steps; ++k) {
    const Rows rows = batches.next();
    const T scale = static_cast<T>(-rate / (static_cast<double>(rows.size()) * labels));
    memory.batch.noise->step = k;
    if (fused) {
      data.dataset->gather(rows, memory.batch);
      memory.batch.noise->first = 0;
      run.score += model.step(w.data(), memory.batch, scale, memory.workspace());
    } else {
      if (hook != nullptr) hook->on_batch(rows);
      run.score += gradient_of(model, *data.dataset, rows, scale, w.data(), memory, memory.step);
      apply_step(spec, static_cast<T>(lr), static_cast<T>(rate), k, w, memory, hook);
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
  const Score score = gradient_of(model, *data.dataset, data.rows, scale, w.data(), memory, g);
  for (const WeightRange& range : model.layout().statistics()) g.segment(range.offset, range.size()).setZero();
  return score;
}

template <class T>
Score evaluate_rows(const Model<T>& model, const Dataset& dataset, std::span<const std::uint32_t> rows,
                    const Vector<T>& w, SolverMemory<T>& memory) {
  FEDTIDE_REQUIRE(w.size() == model.size(), "{} weights for a model of {}", w.size(), model.size());
  Score score;
  const auto block = static_cast<std::size_t>(evaluation_block(model, static_cast<Index>(rows.size())));
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
