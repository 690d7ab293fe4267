#pragma once
// What an evaluation can tell beside loss and accuracy: exact numbers from a model's outputs, one file a kind.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/config/section.h"
#include "sim/learn/solver.h"

namespace fedtide {

/// What a model said of some samples, and what is true. A label's outputs are a column.
struct Predictions {
  Score score;                           ///< of these samples
  Index channels = 0;                    ///< outputs of one label
  std::span<const float> outputs;        ///< [channels, labels]; a classifier's are logits
  std::span<const std::int32_t> labels;  ///< [labels]; negative: none there
  Index targets_each = 0;                ///< targets of one sample
  std::span<const float> targets;        ///< [targets_each, samples]

  Index count() const { return static_cast<Index>(labels.size()); }
  const float* column(Index label) const { return outputs.data() + label * channels; }
};

/// A metric on its way: of a block of samples, merged in the order of the blocks. All sums are in double or whole.
class Tally {
 public:
  virtual ~Tally() = default;
  virtual void add(const Predictions& p) = 0;
  /// Takes in what came after; `later` is of the same kind.
  virtual void merge(const Tally& later) = 0;
  /// Not a number where there is none (no sample, one class only).
  virtual double value() const = 0;
  /// Of a metric that is a table [classes, classes]; else empty.
  virtual std::vector<double> table() const { return {}; }
};

/// A metric as the YAML names it; recorded as test_<name>.
struct Metric {
  About about;
  /// Empty when it can be computed for this data, else why not.
  std::string (*mismatch)(const InputShape& data);
  std::unique_ptr<Tally> (*make)(const InputShape& data);
  bool is_table = false;
};

/// All that there are.
const std::vector<Metric>& metrics();
/// The one of this name; it must exist.
const Metric& metric(std::string_view name);

// The kinds, each in its own file.
std::vector<Metric> ranking_metrics();      // top_2, top_3, top_5, top_10
std::vector<Metric> confusion_metrics();    // f1, f1_micro, confusion
std::vector<Metric> auc_metrics();          // auc
std::vector<Metric> likelihood_metrics();   // perplexity
std::vector<Metric> concordance_metrics();  // c_index
std::vector<Metric> residual_metrics();     // mae, rmse, r2

/// The class that a column of outputs names: the first of the largest; of one output, whether it is above 0. -1 where
/// an output is not a number.
Index predicted_class(const float* outputs, Index channels);

/// "needs labels, the data set has numbers to predict"; empty when there are labels of at least two classes.
std::string needs_labels(const InputShape& data);

/// As evaluate_rows, with what the model says of each sample added to the tallies.
Score evaluate_rows(const Model<float>& model, const Dataset& dataset, std::span<const std::uint32_t> rows,
                    const Vector<float>& w, SolverMemory<float>& memory,
                    const std::vector<std::unique_ptr<Tally>>& tallies);

}  // namespace fedtide
