#pragma once
// Local training: mini-batch steps on one client's data, with hooks.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include "sim/base/parallel.h"
#include "sim/base/random.h"
#include "sim/learn/dataset.h"
#include "sim/learn/optimizer.h"
#include "sim/model/model.h"

namespace fedtide {

/// How a client trains; fixed before training starts, so that the work is known in advance.
struct SolverSpec {
  std::int64_t epochs = 1;                 ///< passes over the shard; not used when `steps` is set
  std::optional<std::int64_t> steps;       ///< exactly so many steps, passing over the shard again as needed
  std::optional<std::int64_t> batch_size;  ///< B; none: the whole shard is one batch
  const Optimizer* optimizer = &sgd();     ///< its state starts at 0 in each local training
  double lr = 0.1;                         ///< eta at round 0
  double momentum = 0;                     ///< sgd: v <- momentum v - lr g; w <- w + v
  bool nesterov = false;
  double weight_decay = 0;           ///< g <- g + weight_decay w; adamw: w <- w - lr weight_decay w
  double beta1 = 0.9;                ///< adam, adamw: decay of the first moment
  double beta2 = 0.999;              ///< the same of the second
  double epsilon = 1e-8;             ///< adam, adamw, adagrad: added to the root
  std::optional<double> clip_value;  ///< each element of a gradient is kept within +-clip_value, and then
  std::optional<double> clip_norm;   ///< the gradient is scaled to this 2-norm if it is longer
  /// lr of round t: lr * decay^floor(t / every)  (decay 1: constant)
  double lr_decay = 1;
  std::int64_t lr_decay_every = 1;

  double lr_at(std::int64_t round) const;
  bool clips() const { return clip_value || clip_norm; }
  /// Each step is lr times a gradient (hooks and weight decay included): what a method needs that takes (x - y) / lr
  /// for a sum of gradients.
  bool follows_gradients() const { return optimizer == &sgd() && momentum == 0 && !clips(); }
};

/// Reads `training:`.
SolverSpec read_solver(Section& section);

/// The work of one local training over n samples: known without training.
struct Work {
  std::int64_t steps = 0;
  std::int64_t samples = 0;  ///< samples passed through the model, repeats counted
};
Work work_of(const SolverSpec& spec, std::uint64_t n);

/// Adds to each step's gradient. A hook works in the step's units, which are -rate times a gradient's; the rate is lr
/// for SGD, and 1 for optimizers that need the gradient itself (Optimizer::takes_gradients). So what a hook adds is
/// part of the gradient: it is clipped with it, and goes into momentum and moments.
template <class T>
class StepHook {
 public:
  virtual ~StepHook() = default;
  /// The rows of the batch whose step add() gets next.
  virtual void on_batch(std::span<const std::uint32_t> /*rows*/) {}
  /// step[d] += -rate * (this method's extra gradient at w[d]). Does not allocate. At identity values it adds zeros:
  /// same bits. What it adds to a model's running statistics is dropped.
  virtual void add(const Vector<T>& w, T rate, std::int64_t k, Vector<T>& step) = 0;
};

/// What came out of one local training.
struct LocalRun {
  Work work;
  Score score;  ///< sums over the samples of all steps, each at the weights before its step
};

/// Samples that are gathered and passed through a model at once. A larger batch is a sum over such pieces.
constexpr Index kPiece = 1024;

/// Samples of a batch of this size that pass through the model at once: all of it where samples are coupled.
template <class T>
Index piece_of(const Model<T>& model, Index batch) {
  return model.couples_samples() ? batch : std::min(batch, kPiece);
}

/// Weights [begin, begin + size).
struct Stretch {
  Index begin = 0;
  Index size = 0;
};

/// What training changes by gradients: all but a layout's running statistics. In order; neighbors are joined.
std::vector<Stretch> trained_stretches(const Layout& layout);
/// The rest: the running statistics, in order.
std::vector<Stretch> statistic_stretches(const Layout& layout);

/// Memory of one of the threads that share a batch.
template <class T>
struct Lane {
  std::unique_ptr<Workspace> workspace;
  Batch<T> batch;
  Vector<T> gradient;  ///< [d], of one block
  Score score;
};

/// Memory of one worker for local training, kept between jobs: workspace, batch, order, step buffers.
template <class T>
class SolverMemory {
 public:
  /// Makes room for batches of up to `samples`, passed through this model in pieces.
  void prepare(const Model<T>& model, Index samples);

  Workspace& workspace() { return *workspace_; }
  /// Memory for so many threads, for blocks of the prepared model.
  std::vector<Lane<T>>& lanes(int threads);

  const Parallel* parallel = nullptr;  ///< threads that may help with large batches; null: none

  Batch<T> batch;                    ///< one piece
  std::vector<std::uint32_t> order;  ///< rows of the data set in the order of this epoch
  Vector<T> step;                    ///< [d], what is added to the weights
  Vector<T> piece;                   ///< [d], the gradient of one piece of a large batch
  Vector<T> first;                   ///< [d], the optimizer's state
  Vector<T> second;                  ///< [d], the same
  Vector<T> outputs;                 ///< of one piece, where an evaluation asks for them
  Vector<T> statistics;              ///< [d], the step of running statistics while hooks are at work

  /// Of the model that is prepared.
  const std::vector<Stretch>& trained() const { return trained_; }
  bool has_statistics() const { return has_statistics_; }

 private:
  const Model<T>* model_ = nullptr;
  const Layout* layout_ = nullptr;
  Index size_ = 0;      ///< d
  Index capacity_ = 0;  ///< samples of one piece
  std::unique_ptr<Workspace> workspace_;
  std::vector<Lane<T>> lanes_;
  std::vector<Stretch> trained_;
  bool has_statistics_ = false;
};

/// Keeps the gradient that `step` is -rate times of within the bounds of `spec`. Running statistics do not count.
template <class T>
void clip_step(const SolverSpec& spec, T rate, const std::vector<Stretch>& trained, Vector<T>& step);

/// Training from `w` in place. The order of samples is the stream's: every epoch shuffles the order of the one before;
/// the last batch of an epoch may be short. Where one batch holds the whole shard there is nothing to order: no
/// shuffle, no draw. Threads that have nothing else to do share a large batch, with the same bits. A step is: the
/// batch's gradient, then the hook's addition, then clipping, then the optimizer (weight decay and momentum or
/// moments), which leaves running statistics alone: they get what the model gives them. Plain SGD without hook takes
/// the fused path; the same bits as the hooked one with a hook that adds zeros. A client without data does no steps.
/// The memory serves one model at a time. Allocates at most once for a given (model, batch size, shard size,
/// optimizer), never within a step.
template <class T>
LocalRun local_sgd(const Model<T>& model, const ClientData& data, const SolverSpec& spec, std::int64_t round,
                   Stream stream, Vector<T>& w, SolverMemory<T>& memory, StepHook<T>* hook = nullptr);

/// The mean gradient over the whole of `data` at w, into g[d] (no regularization; 0 for running statistics); returns
/// its score.
template <class T>
Score full_gradient(const Model<T>& model, const ClientData& data, const Vector<T>& w, SolverMemory<T>& memory,
                    Vector<T>& g);

/// Samples evaluated at once: a fixed number, or all where the loss of one depends on the others.
template <class T>
Index evaluation_block(const Model<T>& model, Index rows) {
  constexpr Index kBlock = 256;
  return model.couples_losses() ? rows : std::min(rows, kBlock);
}

/// Score of rows in blocks of a fixed size, summed in order.
template <class T>
Score evaluate_rows(const Model<T>& model, const Dataset& dataset, std::span<const std::uint32_t> rows,
                    const Vector<T>& w, SolverMemory<T>& memory);

}  // namespace fedtide
