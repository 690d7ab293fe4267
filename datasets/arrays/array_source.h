#pragma once
// From arrays of numbers to a data source.

#include <cstdint>
#include <optional>
#include <string>

#include "datasets/formats/array.h"
#include "sim/learn/dataset.h"

namespace fedtide {

/// The arrays of one half.
struct ArrayHalf {
  Array x;                      ///< [samples, ...]
  std::optional<Array> y;       ///< [samples] or [samples, targets]
  std::optional<Array> client;  ///< [samples] whole numbers
};

struct ArrayOptions {
  bool channels_last = false;  ///< x of four dimensions is [samples, height, width, channels]
  int classes = 0;             ///< 0: as many as the largest label asks for
};

/// Bytes are pixels, scaled to 0 .. 1; other numbers stay as they are, as float32. x of three dimensions are images of
/// one channel, of four images; of one or two they are features. A y of integers has labels, one of floats has numbers
/// to predict. Samples with the same `client` make a natural client, in the order of the numbers. Throws
/// Failure(data_damaged) for arrays that do not go together and for values that are not finite.
DataSource array_source(ArrayHalf train, std::optional<ArrayHalf> test, const ArrayOptions& options);

}  // namespace fedtide
