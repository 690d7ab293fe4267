#pragma once
// How the deltas of one round become one vector. Called on the engine's thread, in event order: a sum has one value.

#include <cstdint>
#include <memory>

#include "sim/base/registry.h"
#include "sim/base/vector.h"
#include "sim/config/section.h"
#include "sim/federation/state_visitor.h"

namespace fedtide {

/// The outcome of one round's aggregation.
template <class T>
struct Aggregate {
  Vector<T> mean;           ///< aggregated delta [d]
  double total_weight = 0;  ///< sum of the weights
  std::int64_t count = 0;   ///< number of updates
};

/// `streaming` takes each update as it arrives and keeps one vector; `all_updates` keeps the round's updates until its
/// end.
enum class AggregatorNeeds { streaming, all_updates };

template <class T>
class Aggregator {
 public:
  virtual ~Aggregator() = default;
  virtual AggregatorNeeds needs() const = 0;
  virtual void absorb(const Vector<T>& delta, double weight) = 0;
  /// The aggregate of what was absorbed since the last finish; not called for a round without updates.
  virtual Aggregate<T> finish() = 0;
  /// Names all that it keeps from one call to the next, for checkpoints.
  virtual void visit_state(StateVisitor& state) = 0;
};

/// sum of weight * delta / sum of weights, in double.
template <class T>
class WeightedMean final : public Aggregator<T> {
 public:
  explicit WeightedMean(Index d) : sum_(Vector<double>::Zero(d)) {}
  AggregatorNeeds needs() const override { return AggregatorNeeds::streaming; }
  void absorb(const Vector<T>& delta, double weight) override {
    sum_ += weight * delta.template cast<double>();
    total_weight_ += weight;
    ++count_;
  }
  Aggregate<T> finish() override {
    Aggregate<T> result{(sum_ / total_weight_).template cast<T>(), total_weight_, count_};
    sum_.setZero();
    total_weight_ = 0;
    count_ = 0;
    return result;
  }
  void visit_state(StateVisitor& state) override {
    state.visit("count", count_);
    if (count_ == 0) return;  // the rest is zero
    state.visit("total_weight", total_weight_);
    state.visit("sum", sum_);
  }

 private:
  Vector<double> sum_;
  double total_weight_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace fedtide
