#pragma once
// The shape of what flows between layers.

#include <string>

#include "sim/model/batch.h"

namespace fedtide {

/// Of one sample. In memory a block of n samples is a matrix [channels, positions * n], channels fastest:
///   features: [channels, n];
///   image:    [channels, width, height, n]; a sample is contiguous (channels last);
///   sequence: [channels, n, steps]; a step is contiguous, so that a step of a recurrent layer is one product.
/// Tokens, sparse rows and graphs are read from the batch by the first layer.
struct Shape {
  enum class Kind { features, image, sequence, tokens, sparse, graph } kind = Kind::features;
  Index channels = 0;  ///< features of one position; tokens: size of the vocabulary
  Index height = 1;    ///< of an image
  Index width = 1;
  Index steps = 1;  ///< of a sequence

  Index positions() const { return height * width * steps; }
  Index size() const { return channels * positions(); }
  std::string text() const;  ///< "28 x 28 x 1 image", "sequence of 80 x 256", "784 features"
  bool operator==(const Shape&) const = default;

  static Shape of(const InputShape& input);
};

}  // namespace fedtide
