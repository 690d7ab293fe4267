#pragma once
// Attributes of HDF5 objects. Private to the hdf5_* files of this folder.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/base/hdf5_handle.h"

namespace fedtide {

struct Hdf5VariableInfo;

/// Numbers: one value when `count` is 0, else a list.
void write_attribute(std::int64_t object, const std::string& name, std::int64_t file_type, std::int64_t memory_type,
                     const void* values, std::size_t count, const Hdf5Place& place);
/// A UTF-8 text.
void write_attribute(std::int64_t object, const std::string& name, std::string_view text, const Hdf5Place& place);
/// units, long_name, _FillValue, flag_values and flag_meanings, coordinates: as in the CF conventions.
void write_info(std::int64_t dataset, const Hdf5VariableInfo& info, const Hdf5Place& place);

}  // namespace fedtide
