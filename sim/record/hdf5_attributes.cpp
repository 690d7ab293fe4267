#include "sim/record/hdf5_attributes.h"

#include <hdf5.h>

#include <numeric>
#include <vector>

#include "sim/base/text.h"
#include "sim/record/hdf5_file.h"
#include "sim/record/hdf5_types.h"

namespace fedtide {

void write_attribute(std::int64_t object, const std::string& name, std::int64_t file_type, std::int64_t memory_type,
                     const void* values, std::size_t count, const Hdf5Place& place) {
  const std::string what = "cannot write the attribute " + name;
  const hsize_t extent = count;
  const Hdf5Handle space = checked(
      Hdf5Handle(count == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &extent, nullptr), H5Sclose), place, what);
  const Hdf5Handle attribute =
      checked(Hdf5Handle(H5Acreate2(object, name.c_str(), file_type, space.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose),
              place, what);
  checked(H5Awrite(attribute.id(), memory_type, values), place, what);
}

void write_attribute(std::int64_t object, const std::string& name, std::string_view text, const Hdf5Place& place) {
  const std::string copy(text);
  const char* pointer = copy.c_str();
  const Hdf5Handle type = string_type(place);
  write_attribute(object, name, type.id(), type.id(), &pointer, 0, place);
}

void write_info(std::int64_t dataset, const Hdf5VariableInfo& info, const Hdf5Place& place) {
  if (!info.long_name.empty()) write_attribute(dataset, "long_name", info.long_name, place);
  if (!info.units.empty()) write_attribute(dataset, "units", info.units, place);
  if (!info.coordinates.empty()) write_attribute(dataset, "coordinates", info.coordinates, place);
  if (info.may_miss) {
    with_fill_value(info.type, [&](hid_t type, const void* value) {
      write_attribute(dataset, "_FillValue", file_type(info.type), type, value, 1, place);
    });
  }
  if (!info.meanings.empty()) {
    std::vector<std::uint8_t> values(info.meanings.size());
    std::iota(values.begin(), values.end(), std::uint8_t{0});
    write_attribute(dataset, "flag_values", H5T_STD_U8LE, H5T_NATIVE_UINT8, values.data(), values.size(), place);
    write_attribute(dataset, "flag_meanings", join(info.meanings, " "), place);
  }
}

}  // namespace fedtide
