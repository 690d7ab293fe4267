#pragma once
// The binary version of CIFAR-10 and CIFAR-100 (Krizhevsky 2009): records without a header, each of its labels as bytes
// and then a red, a green and a blue plane of 32 x 32 bytes, row by row.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/files/gzip.h"

namespace fedtide {

constexpr std::size_t kCifarPixels = 3 * 32 * 32;

/// Images of one or several batches.
struct CifarImages {
  std::vector<std::uint8_t> pixels;  ///< [images, 3, 32, 32]
  std::vector<std::int32_t> labels;  ///< [images]
  std::vector<std::int32_t> coarse;  ///< [images] superclasses; CIFAR-100 only
  std::string checksums;             ///< one for each file, for the provenance
};

/// Appends the records of a file: one label below 10, or with `superclasses` one below 20 and then one below 100.
/// Throws Failure(data_damaged) that names the file and the byte for an empty file, one that ends inside a record, a
/// wrong label.
void read_cifar(ContentReader content, bool superclasses, CifarImages& images);

}  // namespace fedtide
