#pragma once
// The header of NumPy's array files.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/files/gzip.h"

namespace fedtide {

struct NpyHeader {
  char order = '|';  ///< of bytes: < little-endian, > big-endian, | single bytes
  char kind = 'f';   ///< b, i, u or f
  int size = 4;      ///< bytes of a value
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;
  std::uint64_t values = 1;  ///< the product of the shape
  std::uint64_t bytes = 0;   ///< of the header, all before the values
};

/// Reads and checks everything before the values; the values may be no more than the content can hold.
NpyHeader read_npy_header(ContentReader& content);

}  // namespace fedtide
