#include <algorithm>

#include "sim/learn/solver.h"

namespace fedtide {

template <class T>
void SolverMemory<T>::prepare(const Model<T>& model, Index samples) {
  const Index wanted = piece_of(model, samples);
  if (&model == model_ && &model.layout() == layout_ && model.size() == size_ && wanted <= capacity_) return;
  model_ = &model;
  layout_ = &model.layout();
  size_ = model.size();
  capacity_ = wanted;
  workspace_ = model.make_workspace(wanted);
}

template class SolverMemory<float>;
template class SolverMemory<double>;

}  // namespace fedtide
