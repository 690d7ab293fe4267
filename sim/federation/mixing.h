#pragma once
// Sums of models: the one operation that protocols without a server add. Each element of the result is summed in
// double, in the order of the terms, and rounded once; so a mixture has one value, however it is cut into blocks.

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "sim/federation/learning.h"

namespace fedtide {

/// One term of a mixture of values.
template <class T>
struct Term {
  double weight = 0;
  const Vector<T>* value = nullptr;  ///< [d]
};

/// sum_j weight_j value_j / divisor. [d]; at least one term.
template <class T>
Vector<T> mixture(std::span<const Term<T>> terms, double divisor) {
  constexpr Index kBlock = 512;  // the sums stay in the nearest cache
  const Index d = terms.front().value->size();
  Vector<T> out(d);
  std::array<double, kBlock> sum{};
  for (Index begin = 0; begin < d; begin += kBlock) {
    const Index size = std::min(kBlock, d - begin);
    sum.fill(0);
    for (const Term<T>& term : terms) {
      const T* value = term.value->data() + begin;
      for (Index k = 0; k < size; ++k) sum[static_cast<std::size_t>(k)] += term.weight * static_cast<double>(value[k]);
    }
    for (Index k = 0; k < size; ++k) out[begin + k] = static_cast<T>(sum[static_cast<std::size_t>(k)] / divisor);
  }
  return out;
}

/// The mean over the models of their squared distance to `center`.
template <class T>
double mean_squared_distance(std::span<const Vector<T>* const> models, const Vector<T>& center) {
  double sum = 0;
  for (const Vector<T>* model : models) {
    for (Index k = 0; k < center.size(); ++k) {
      const double away = static_cast<double>((*model)[k]) - static_cast<double>(center[k]);
      sum += away * away;
    }
  }
  return sum / static_cast<double>(models.size());
}

/// A term of a mixture of models that may still be handles.
struct Share {
  double weight = 0;
  ModelHandle model;
};

/// Computes a mixture once all its models are there.
class MixingJob final : public LearningJob {
 public:
  MixingJob(std::vector<Share> shares, double divisor) : shares_(std::move(shares)), divisor_(divisor) {}

  bool can_begin() const override {
    return std::all_of(shares_.begin(), shares_.end(), [](const Share& share) { return share.model->ready(); });
  }
  void compute(int /*worker*/) override {
    if (shares_.size() == 1 && shares_.front().weight == divisor_) {
      result_ = shares_.front().model->weights;
    } else {
      std::vector<Term<float>> terms;
      for (const Share& share : shares_) terms.push_back({share.weight, share.model->weights.get()});
      result_ = std::make_shared<const Vector<float>>(mixture<float>(terms, divisor_));
    }
  }
  void release() override { shares_.clear(); }
  SharedVector<float> result() const { return result_; }

 private:
  std::vector<Share> shares_;
  double divisor_;
  SharedVector<float> result_;
};

}  // namespace fedtide
