#pragma once
// The flat weight vector. All numeric memory is owned by Eigen types: their alignment is part of what makes sums
// reproducible.

#include <Eigen/Core>
#include <memory>

namespace fedtide {

using Index = Eigen::Index;

template <class T>
using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;  ///< [d]

/// Samples are columns: [features, n], so that one sample is contiguous.
template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;

/// True when no element is infinite or not a number. Unlike Eigen's allFinite it is vectorized.
template <class T>
bool is_finite(const Vector<T>& v) {
  return (v.array() * T{0}).sum() == T{0};
}

/// An immutable vector shared between versions, jobs and client states.
template <class T>
using SharedVector = std::shared_ptr<const Vector<T>>;

}  // namespace fedtide
