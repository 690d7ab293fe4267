// How often each class is taken for each other, and the F1 scores that follow from it:
//
//   F1 of a class = 2 TP / (2 TP + FP + FN)
//
// f1 is the mean over the classes that occur, as a label or as a prediction (macro); f1_micro has TP, FP and FN of all
// classes summed, which with one label each is the accuracy. A prediction that is not a number is none: it counts as
// missed (FN), and is not in the table.

#include <limits>

#include "sim/learn/metrics/metric.h"

namespace fedtide {
namespace {

class Confusion : public Tally {
 public:
  explicit Confusion(Index classes)
      : counts_(Matrix<double>::Zero(classes, classes)), none_(Vector<double>::Zero(classes)) {}

  void add(const Predictions& p) override {
    for (Index j = 0; j < p.count(); ++j) {
      const Index label = p.labels[static_cast<std::size_t>(j)];
      if (label < 0) continue;
      const Index said = predicted_class(p.column(j), p.channels);
      (said < 0 ? none_[label] : counts_(label, said)) += 1;
    }
  }
  void merge(const Tally& later) override {
    const auto& other = static_cast<const Confusion&>(later);
    counts_ += other.counts_;
    none_ += other.none_;
  }
  double value() const override { return std::numeric_limits<double>::quiet_NaN(); }
  std::vector<double> table() const override {
    std::vector<double> rows;
    for (Index label = 0; label < counts_.rows(); ++label) {
      for (Index said = 0; said < counts_.cols(); ++said) rows.push_back(counts_(label, said));
    }
    return rows;
  }

 protected:
  double hits(Index k) const { return counts_(k, k); }
  double labels(Index k) const { return counts_.row(k).sum() + none_[k]; }  ///< TP + FN
  double said(Index k) const { return counts_.col(k).sum(); }               ///< TP + FP

  Matrix<double> counts_;  ///< [label, prediction]
  Vector<double> none_;    ///< [label] without a prediction
};

class MacroF1 final : public Confusion {
 public:
  using Confusion::Confusion;
  double value() const override {
    double sum = 0, classes = 0;
    for (Index k = 0; k < counts_.rows(); ++k) {
      if (labels(k) + said(k) == 0) continue;
      sum += 2 * hits(k) / (labels(k) + said(k));
      classes += 1;
    }
    return classes > 0 ? sum / classes : std::numeric_limits<double>::quiet_NaN();
  }
  std::vector<double> table() const override { return {}; }
};

class MicroF1 final : public Confusion {
 public:
  using Confusion::Confusion;
  double value() const override {
    double all = 0, right = 0;
    for (Index k = 0; k < counts_.rows(); ++k) {
      right += 2 * hits(k);
      all += labels(k) + said(k);
    }
    return all > 0 ? right / all : std::numeric_limits<double>::quiet_NaN();
  }
  std::vector<double> table() const override { return {}; }
};

template <class Kind>
std::unique_ptr<Tally> make(const InputShape& data) {
  return std::make_unique<Kind>(data.classes);
}

}  // namespace

std::vector<Metric> confusion_metrics() {
  return {{About{"f1", "mean of the classes' F1 scores (macro)", "van Rijsbergen 1979"}, &needs_labels, &make<MacroF1>},
          {About{"f1_micro", "F1 score of all classes' counts summed", "van Rijsbergen 1979"}, &needs_labels,
           &make<MicroF1>},
          {About{"confusion", "how often each class is taken for each, of the last evaluation", ""}, &needs_labels,
           &make<Confusion>, true}};
}

}  // namespace fedtide
