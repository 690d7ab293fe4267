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
  /// No weights but running statistics: a training step adds to them what they move by, which is no multiple of lr.
  /// Weight decay, momentum and hooks leave them out. All buffers are, and personal ones may be.
  bool statistic = false;

  Index size() const;
};

/// All ranges, contiguous, covering [0, d).
class Layout {
 public:
  /// Appends a range; returns its offset.
  Index add(std::string name, std::vector<Index> shape, Part part = Part::trainable);
  /// The same for running statistics.
  Index add_statistic(std::string name, std::vector<Index> shape, Part part = Part::buffer);
  const std::vector<WeightRange>& ranges() const { return ranges_; }
  Index size() const { return size_; }  ///< d
  /// The ranges that are running statistics; empty for most models.
  const std::vector<WeightRange>& statistics() const { return statistics_; }

 private:
  std::vector<WeightRange> ranges_;
  std::vector<WeightRange> statistics_;
  Index size_ = 0;
};

}  // namespace fedtide
