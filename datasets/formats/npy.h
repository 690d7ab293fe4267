#pragma once
// NumPy's array files (NEP 1; versions 1.0, 2.0 and 3.0): the magic "\x93NUMPY", the version, the header's length, the
// header as a Python dictionary of `descr`, `fortran_order` and `shape`, then the values. Numbers only: nothing is
// unpickled, and text and structured types are refused.

#include "datasets/formats/array.h"
#include "sim/files/gzip.h"

namespace fedtide {

/// Types b1 u1 i1 i2 i4 i8 f4 f8 as they are, u2 as i4, u4 and u8 as i8, f2 as f4; both orders of bytes. Values come in
/// C order whatever the file's is; floats may be anything, NaN included. Throws Failure(data_damaged) that names the
/// file and the byte, what was found and what would be right; memory grows with what the file truly holds.
Array read_npy(ContentReader content);

}  // namespace fedtide
