#pragma once
// HDF5's types for ours. Private to the hdf5_* files of this folder.

#include <hdf5.h>

#include <cstdint>
#include <limits>

#include "sim/base/hdf5_handle.h"
#include "sim/record/value_type.h"

namespace fedtide {

/// As stored: little-endian on every machine.
inline hid_t file_type(ValueType type) {
  const hid_t types[] = {H5T_STD_I64LE, H5T_STD_I32LE, H5T_STD_U32LE, H5T_STD_U8LE, H5T_IEEE_F32LE, H5T_IEEE_F64LE};
  return types[static_cast<int>(type)];
}

inline hid_t memory_type(ValueType type) {
  const hid_t types[] = {H5T_NATIVE_INT64, H5T_NATIVE_INT32, H5T_NATIVE_UINT32,
                         H5T_NATIVE_UINT8, H5T_NATIVE_FLOAT, H5T_NATIVE_DOUBLE};
  return types[static_cast<int>(type)];
}

/// UTF-8 strings of any length.
inline Hdf5Handle string_type(const Hdf5Place& place) {
  Hdf5Handle type = checked(Hdf5Handle(H5Tcopy(H5T_C_S1), H5Tclose), place, "cannot describe a text");
  checked(H5Tset_size(type.id(), H5T_VARIABLE), place, "cannot describe a text");
  checked(H5Tset_cset(type.id(), H5T_CSET_UTF8), place, "cannot describe a text");
  return type;
}

/// Calls `use(memory type, value)` with what stands for a missing value: NaN, or -1 for signed integers.
template <class Use>
void with_fill_value(ValueType type, Use&& use) {
  const double f64 = std::numeric_limits<double>::quiet_NaN();
  const float f32 = std::numeric_limits<float>::quiet_NaN();
  const std::int64_t i64 = -1;
  const std::int32_t i32 = -1;
  switch (type) {
    case ValueType::float64:
      return use(memory_type(type), &f64);
    case ValueType::float32:
      return use(memory_type(type), &f32);
    case ValueType::int64:
      return use(memory_type(type), &i64);
    case ValueType::int32:
      return use(memory_type(type), &i32);
    case ValueType::uint32:
    case ValueType::uint8:
      break;
  }
  FEDTIDE_REQUIRE(false, "{} has no value to spare for missing ones", name(type));
}

}  // namespace fedtide
