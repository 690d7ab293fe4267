#pragma once
// A model is a function of (weights, batch). It has no weights of its own: they are always an argument, so one const
// Model serves all threads. Models are templates on the scalar: float trains, double checks gradients.

#include <memory>
#include <string>

#include "sim/base/random.h"
#include "sim/base/vector.h"
#include "sim/config/section.h"
#include "sim/model/batch.h"
#include "sim/model/layout.h"

namespace fedtide {

/// Sums over labels (one a sample, or one a step of a sequence), in double.
struct Score {
  double loss_sum = 0;
  double correct = 0;  ///< number of labels that the largest output hits
  double count = 0;    ///< number of labels

  double loss() const { return count > 0 ? loss_sum / count : 0; }
  double accuracy() const { return count > 0 ? correct / count : 0; }
  Score& operator+=(const Score& o) {
    loss_sum += o.loss_sum;
    correct += o.correct;
    count += o.count;
    return *this;
  }
};

/// Preallocated memory of one worker: activations and their gradients. Made by a model, used only with it.
class Workspace {
 public:
  virtual ~Workspace() = default;
};

template <class T>
class Model {
 public:
  virtual ~Model() = default;

  virtual const Layout& layout() const = 0;
  Index size() const { return layout().size(); }  ///< d
  /// Floating-point operations of one sample's forward and backward pass (a multiply-add is two).
  virtual double training_flops() const = 0;
  /// The same, forward only.
  virtual double inference_flops() const = 0;
  /// Loss terms of one sample: a step is scaled by the mean over all terms of its batch.
  virtual Index labels_per_sample() const { return 1; }
  /// Outputs for one sample (a class's score, a predicted number), over all its labels.
  virtual Index outputs() const = 0;
  /// One sample's gradient depends on the others of its batch: a batch is never cut into pieces.
  virtual bool couples_samples() const { return false; }
  /// The loss of a sample depends on the others: it is evaluated on all of them at once.
  virtual bool couples_losses() const { return false; }
  /// Score::correct counts right answers; else there is no such thing (regression), and no accuracy.
  virtual bool counts_correct() const { return true; }
  /// The gradient of a batch is the sum, in order, of the gradients of blocks of so many samples: they may be computed
  /// side by side. 0: it is not.
  virtual Index block() const { return 0; }
  /// Initial weights [d]; never -0.0, so that w + 0 keeps its bits.
  virtual Vector<T> initial_weights(Stream stream) const = 0;
  /// For batches of up to `max_batch` samples.
  virtual std::unique_ptr<Workspace> make_workspace(Index max_batch) const = 0;

  /// step[d] = scale * sum over the batch of d loss / d w, summed from zero. Overwrites `step`; returns the batch's
  /// loss sum and correct answers at `w`. Does not allocate.
  virtual Score gradient(const T* w, const Batch<T>& batch, T scale, Workspace& ws, T* step) const = 0;

  /// w[d] += scale * sum of gradients, the same bits as gradient() into a buffer and then w += buffer; may be fused.
  /// Does not allocate.
  virtual Score step(T* w, const Batch<T>& batch, T scale, Workspace& ws) const = 0;

  /// Forward pass only.
  virtual Score evaluate(const T* w, const Batch<T>& batch, Workspace& ws) const = 0;

  /// The same, and what the model says of each sample: outputs [outputs(), count]; a sequence's steps one after the
  /// other. Outputs of a classifier are logits.
  virtual Score predict(const T* w, const Batch<T>& batch, Workspace& ws, T* outputs) const = 0;
};

/// A kind of model as the YAML names it. `read` takes its keys from `model:` and returns a factory that can build it
/// for a data set.
struct ModelFactory {
  virtual ~ModelFactory() = default;
  /// Empty when the model can take this input, else why not.
  virtual std::string mismatch(const InputShape& input) const = 0;
  virtual std::unique_ptr<const Model<float>> make_float(const InputShape& input) const = 0;
  virtual std::unique_ptr<const Model<double>> make_double(const InputShape& input) const = 0;
};
struct ModelEntry {
  About about;
  std::unique_ptr<ModelFactory> (*read)(Section& section);
};

}  // namespace fedtide
