#pragma once
// The flat weight vector's named ranges in canonical order. How a kernel packs weights is its own business.

#include <string>
#include <vector>

#include "sim/base/vector.h"

namespace fedtide {

/// What a range of the vector is: algorithms that treat parts apart (personal layers, norm statistics) ask for it.
enum class Part { trainable, buffer, personal, norm };

struct WeightRange {
  std::string name;          ///< "dense1.weight"
  Index offset = 0;          ///< first element in the flat vector
  std::vector<Index> shape;  ///< row-major, last index fastest
  Part part = Part::trainable;

  Index size() const;
};

/// All ranges, contiguous, covering [0, d).
class Layout {
 public:
  /// Appends a range; returns its offset.
  Index add(std::string name, std::vector<Index> shape, Part part = Part::trainable);
  const std::vector<WeightRange>& ranges() const { return ranges_; }
  Index size() const { return size_; }  ///< d

 private:
  std::vector<WeightRange> ranges_;
  Index size_ = 0;
};

}  // namespace fedtide
