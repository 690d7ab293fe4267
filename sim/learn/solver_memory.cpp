#include <algorithm>

#include "sim/learn/solver.h"

namespace fedtide {

std::vector<Stretch> trained_stretches(const Layout& layout) {
  std::vector<Stretch> stretches;
  for (const WeightRange& range : layout.ranges()) {
    if (range.statistic) continue;
    if (!stretches.empty() && stretches.back().begin + stretches.back().size == range.offset) {
      stretches.back().size += range.size();
    } else {
      stretches.push_back({range.offset, range.size()});
    }
  }
  return stretches;
}

std::vector<Stretch> statistic_stretches(const Layout& layout) {
  std::vector<Stretch> stretches;
  for (const WeightRange& range : layout.statistics()) stretches.push_back({range.offset, range.size()});
  return stretches;
}

template <class T>
void SolverMemory<T>::prepare(const Model<T>& model, Index samples) {
  const Index wanted = piece_of(model, samples);
  if (&model == model_ && &model.layout() == layout_ && model.size() == size_ && wanted <= capacity_) return;
  model_ = &model;
  layout_ = &model.layout();
  size_ = model.size();
  capacity_ = wanted;
  workspace_ = model.make_workspace(wanted);
  lanes_.clear();
  trained_ = trained_stretches(model.layout());
  has_statistics_ = !model.layout().statistics().empty();
}

template <class T>
std::vector<Lane<T>>& SolverMemory<T>::lanes(int threads) {
  while (lanes_.size() < static_cast<std::size_t>(threads)) {
    lanes_.push_back({model_->make_workspace(model_->block()), {}, Vector<T>::Zero(size_), {}});
  }
  return lanes_;
}

template class SolverMemory<float>;
template class SolverMemory<double>;

}  // namespace fedtide
