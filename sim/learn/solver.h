#pragma once
// Local training: mini-batch SGD on one client's data, with hooks.

#include <algorithm>
#include <cstdint>
#include <optional>

#include "sim/base/random.h"
#include "sim/learn/dataset.h"
#include "sim/model/model.h"

namespace fedtide {

/// How a client trains; fixed before training starts, so that the work is known in advance.
struct SolverSpec {
  std::int64_t epochs = 1;                 ///< passes over the shard; not used when `steps` is set
  std::optional<std::int64_t> steps;       ///< exactly so many steps, passing over the shard again as needed
  std::optional<std::int64_t> batch_size;  ///< B; none: the whole shard is one batch
  double lr = 0.1;                         ///< eta at round 0
  double momentum = 0;                     ///< v <- momentum v - lr g; w <- w + v, v starts at 0 in each local training
  bool nesterov = false;
  double weight_decay = 0;  ///< g <- g + weight_decay w
  /// lr of round t: lr * decay^floor(t / every)  (decay 1: constant)
  double lr_decay = 1;
  std::int64_t lr_decay_every = 1;

  double lr_at(std::int64_t round) const;
};

/// Reads `training:`.
SolverSpec read_solver(Section& section);

/// The work of one local training over n samples: known without training.
struct Work {
  std::int64_t steps = 0;
  std::int64_t samples = 0;  ///< samples passed through the model, repeats counted
};
Work work_of(const SolverSpec& spec, std::uint64_t n);

/// Adds to each step before it is applied. A hook works in the step's units, which are -lr times a gradient's.
template <class T>
class StepHook {
 public:
  virtual ~StepHook() = default;
  /// step[d] += -lr * (this method's extra gradient at w[d]). Does not allocate. At identity values it adds zeros: same
  /// bits.
  virtual void add(const Vector<T>& w, T lr, std::int64_t k, Vector<T>& step) = 0;
};

/// What came out of one local training.
struct LocalRun {
  Work work;
  Score score;  ///< sums over the samples of all steps, each at the weights before its step
};

/// Samples that are gathered and passed through a model at once. A larger batch is a sum over such pieces.
constexpr Index kPiece = 512;

/// Samples of a batch of this size that pass through the model at once: all of it where samples are coupled.
template <class T>
Index piece_of(const Model<T>& model, Index batch) {
  return model.couples_samples() ? batch : std::min(batch, kPiece);
}

/// Memory of one worker for local training, kept between jobs: workspace, batch, order, step buffers.
template <class T>
class SolverMemory {
 public:
  /// Makes room for batches of up to `samples`, passed through this model in pieces.
  void prepare(const Model<T>& model, Index samples);

  Workspace& workspace() { return *workspace_; }

  Batch<T> batch;                    ///< one piece
  std::vector<std::uint32_t> order;  ///< rows of the data set in the order of this epoch
  Vector<T> step;                    ///< [d], what is added to the weights
  Vector<T> piece;                   ///< [d], the gradient of one piece of a large batch
  Vector<T> velocity;                ///< [d]

 private:
  const Model<T>* model_ = nullptr;
  const Layout* layout_ = nullptr;
  Index size_ = 0;      ///< d
  Index capacity_ = 0;  ///< samples of one piece
  std::unique_ptr<Workspace> workspace_;
};

/// SGD from `w` in place. The order of samples is the stream's: every epoch shuffles the order of the one before; the
/// last batch of an epoch may be short. Where one batch holds the whole shard there is nothing to order: no shuffle, no
/// draw. Without hook, momentum or weight decay takes the fused path; the same bits as the hooked one with a hook that
/// adds zeros. A client without data does no steps. The memory serves one model at a time. Allocates at most once for a
/// given (model, batch size, shard size), never within a step.
template <class T>
LocalRun local_sgd(const Model<T>& model, const ClientData& data, const SolverSpec& spec, std::int64_t round,
                   Stream stream, Vector<T>& w, SolverMemory<T>& memory, StepHook<T>* hook = nullptr);

/// The mean gradient over the whole of `data` at w, into g[d] (no regularization); returns its score.
template <class T>
Score full_gradient(const Model<T>& model, const ClientData& data, const Vector<T>& w, SolverMemory<T>& memory,
                    Vector<T>& g);

/// Score of rows in blocks of a fixed size, summed in order.
template <class T>
Score evaluate_rows(const Model<T>& model, const Dataset& dataset, std::span<const std::uint32_t> rows,
                    const Vector<T>& w, SolverMemory<T>& memory);

}  // namespace fedtide
