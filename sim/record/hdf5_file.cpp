#include "sim/record/hdf5_file.h"

#include <hdf5.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <csignal>
#include <limits>

#include "sim/record/hdf5_attributes.h"
#include "sim/record/hdf5_types.h"

namespace fedtide {

namespace {

// A chunk is the unit of reading, of compression and of the checksum: large enough for the disk, small enough for
// HDF5's cache.
constexpr std::int64_t kChunkBytes = 128 << 10;

Hdf5Handle group_properties(const Hdf5Place& place, hid_t property_class) {
  Hdf5Handle list = checked(Hdf5Handle(H5Pcreate(property_class), H5Pclose), place, "cannot describe a group");
  // Creation order keeps the variables in our order; times would make equal runs differ in bytes.
  const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
  checked(H5Pset_link_creation_order(list.id(), order), place, "cannot describe a group");
  checked(H5Pset_attr_creation_order(list.id(), order), place, "cannot describe a group");
  checked(H5Pset_obj_track_times(list.id(), false), place, "cannot describe a group");
  return list;
}

Hdf5Handle dataset_properties(const Hdf5Place& place) {
  Hdf5Handle list = checked(Hdf5Handle(H5Pcreate(H5P_DATASET_CREATE), H5Pclose), place, "cannot describe a variable");
  checked(H5Pset_attr_creation_order(list.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED), place,
          "cannot describe a variable");
  checked(H5Pset_obj_track_times(list.id(), false), place, "cannot describe a variable");
  return list;
}

void set_filters(const Hdf5Place& place, hid_t list, const std::vector<std::int64_t>& lengths, std::size_t size) {
  const std::int64_t values = std::max<std::int64_t>(1, kChunkBytes / static_cast<std::int64_t>(size));
  const std::int64_t columns = lengths.size() == 2 ? std::min(lengths[1], values) : 1;
  std::vector<hsize_t> chunk = {static_cast<hsize_t>(std::clamp<std::int64_t>(values / columns, 1, lengths[0]))};
  if (lengths.size() == 2) chunk.push_back(static_cast<hsize_t>(columns));
  const std::string what = "cannot describe a variable";
  checked(H5Pset_chunk(list, static_cast<int>(chunk.size()), chunk.data()), place, what);
  checked(H5Pset_shuffle(list), place, what);
  checked(H5Pset_deflate(list, 4), place, what);
  checked(H5Pset_fletcher32(list), place, what);
}

Hdf5Handle space_of(const Hdf5Place& place, const std::vector<std::int64_t>& lengths) {
  const std::vector<hsize_t> extents(lengths.begin(), lengths.end());
  return checked(Hdf5Handle(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), H5Sclose),
                 place, "cannot describe a variable");
}

}  // namespace

void prepare_hdf5() {
  H5dont_atexit();
  H5PLset_loading_state(0);
  std::signal(SIGXFSZ, SIG_IGN);
  silence_hdf5();
}

Hdf5File::Hdf5File(const std::filesystem::path& path) : place_{path.string(), ExitCode::io} {
  silence_hdf5();
  const Hdf5Handle create = group_properties(place_, H5P_FILE_CREATE);
  const Hdf5Handle access = checked(Hdf5Handle(H5Pcreate(H5P_FILE_ACCESS), H5Pclose), place_, "cannot create");
  // NFS and Lustre may have locking switched off; that is no reason to fail.
  checked(H5Pset_file_locking(access.id(), true, true), place_, "cannot create");
  // Without it a forgotten group would silently keep the file open, and unwritten, past `close`.
  checked(H5Pset_fclose_degree(access.id(), H5F_CLOSE_SEMI), place_, "cannot create");
  checked(H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_V110), place_, "cannot create");
  file_ = checked(Hdf5Handle(H5Fcreate(place_.file.c_str(), H5F_ACC_TRUNC, create.id(), access.id()), H5Fclose), place_,
                  "cannot create");
}

Hdf5Group Hdf5File::root() {
  Hdf5Group root;
  root.place_ = place_;
  root.group_ =
      checked(Hdf5Handle(H5Gopen2(file_.id(), "/", H5P_DEFAULT), H5Gclose), place_, "cannot open the root group");
  return root;
}

void Hdf5File::close() {
  checked(H5Fflush(file_.id(), H5F_SCOPE_GLOBAL), place_, "cannot write");
  checked(H5Fclose(file_.release()), place_, "cannot close");
}

Hdf5Group Hdf5Group::group(const std::string& name) const {
  Hdf5Group made;
  made.place_ = place_;
  const Hdf5Handle properties = group_properties(place_, H5P_GROUP_CREATE);
  made.group_ =
      checked(Hdf5Handle(H5Gcreate2(group_.id(), name.c_str(), H5P_DEFAULT, properties.id(), H5P_DEFAULT), H5Gclose),
              place_, "cannot create the group " + name);
  return made;
}

void Hdf5Group::dimension(const std::string& name, std::int64_t length) {
  const Hdf5Handle properties = dataset_properties(place_);
  const Hdf5Handle space = space_of(place_, {length});
  Dimension& made = dimensions_[name];
  made.length = length;
  made.scale = checked(Hdf5Handle(H5Dcreate2(group_.id(), name.c_str(), H5T_IEEE_F32BE, space.id(), H5P_DEFAULT,
                                             properties.id(), H5P_DEFAULT),
                                  H5Dclose),
                       place_, "cannot create the dimension " + name);
  // netCDF-4's own mark of a dimension that has a length and no values.
  const std::string mark = fmt::format("This is a netCDF dimension but not a netCDF variable.{:10}", length);
  checked(H5DSset_scale(made.scale.id(), mark.c_str()), place_, "cannot create the dimension " + name);
}

Hdf5Variable Hdf5Group::create(const Hdf5VariableInfo& info, const std::vector<std::int64_t>& lengths) {
  const std::string what = "cannot create the variable " + info.name;
  Hdf5Variable made;
  made.place_ = place_;
  made.name_ = info.name;
  made.type_ = info.type;
  made.rows_ = lengths[0];
  made.flat_ = lengths.size() == 1;
  made.row_size_ = made.flat_ ? 1 : lengths[1];
  const Hdf5Handle properties = dataset_properties(place_);
  // HDF5 has no chunk of no values.
  if (std::find(lengths.begin(), lengths.end(), 0) == lengths.end()) {
    set_filters(place_, properties.id(), lengths, size_of(info.type));
  }
  if (info.may_miss) {
    with_fill_value(info.type, [&](hid_t type, const void* value) {
      checked(H5Pset_fill_value(properties.id(), type, value), place_, what);
    });
  }
  const Hdf5Handle space = space_of(place_, lengths);
  made.dataset_ = checked(Hdf5Handle(H5Dcreate2(group_.id(), info.name.c_str(), file_type(info.type), space.id(),
                                                H5P_DEFAULT, properties.id(), H5P_DEFAULT),
                                     H5Dclose),
                          place_, what);
  write_info(made.dataset_.id(), info, place_);
  return made;
}

Hdf5Variable Hdf5Group::coordinate(const Hdf5VariableInfo& info, std::int64_t length) {
  Hdf5Variable made = create(info, {length});
  const std::string what = "cannot create the dimension " + info.name;
  checked(H5DSset_scale(made.dataset_.id(), info.name.c_str()), place_, what);
  Dimension& dimension = dimensions_[info.name];
  dimension.length = length;
  dimension.scale = checked(Hdf5Handle(H5Dopen2(group_.id(), info.name.c_str(), H5P_DEFAULT), H5Dclose), place_, what);
  return made;
}

Hdf5Variable Hdf5Group::variable(const Hdf5VariableInfo& info, const std::vector<std::string>& dimensions) {
  FEDTIDE_REQUIRE(dimensions.size() == 1 || dimensions.size() == 2, "{}: {} dimensions", info.name, dimensions.size());
  std::vector<std::int64_t> lengths;
  for (const auto& name : dimensions) {
    FEDTIDE_REQUIRE(dimensions_.contains(name), "{}: no dimension {}", info.name, name);
    lengths.push_back(dimensions_.at(name).length);
  }
  Hdf5Variable made = create(info, lengths);
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    checked(H5DSattach_scale(made.dataset_.id(), dimensions_.at(dimensions[i]).scale.id(), static_cast<unsigned>(i)),
            place_, "cannot name the dimensions of " + info.name);
  }
  return made;
}

void Hdf5Group::strings(const std::string& name, const std::string& dimension, const std::string& long_name,
                        const std::vector<std::string>& values) {
  const std::string what = "cannot write the variable " + name;
  const Dimension& along = dimensions_.at(dimension);
  FEDTIDE_REQUIRE(along.length == static_cast<std::int64_t>(values.size()), "{}: {} strings along {}", name,
                  values.size(), along.length);
  const Hdf5Handle type = string_type(place_);
  const Hdf5Handle properties = dataset_properties(place_);
  const Hdf5Handle space = space_of(place_, {along.length});
  const Hdf5Handle dataset = checked(Hdf5Handle(H5Dcreate2(group_.id(), name.c_str(), type.id(), space.id(),
                                                           H5P_DEFAULT, properties.id(), H5P_DEFAULT),
                                                H5Dclose),
                                     place_, what);
  checked(H5DSattach_scale(dataset.id(), along.scale.id(), 0), place_, what);
  write_attribute(dataset.id(), "long_name", long_name, place_);
  if (values.empty()) return;
  std::vector<const char*> pointers;
  for (const auto& value : values) pointers.push_back(value.c_str());
  checked(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()), place_, what);
}

void Hdf5Group::attribute(const std::string& name, std::string_view text) {
  write_attribute(group_.id(), name, text, place_);
}
void Hdf5Group::attribute(const std::string& name, double value) {
  write_attribute(group_.id(), name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value, 0, place_);
}
void Hdf5Group::attribute(const std::string& name, std::int64_t value) {
  write_attribute(group_.id(), name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value, 0, place_);
}
void Hdf5Group::attribute(const std::string& name, std::span<const std::int32_t> values) {
  write_attribute(group_.id(), name, H5T_STD_I32LE, H5T_NATIVE_INT32, values.data(), values.size(), place_);
}

void Hdf5Variable::write_rows(std::int64_t first, std::int64_t rows, const void* values) {
  FEDTIDE_REQUIRE(first >= 0 && rows >= 0 && first + rows <= rows_, "{}: rows {} to {} of {}", name_, first,
                  first + rows, rows_);
  if (rows == 0) return;
  const std::string what = "cannot write the variable " + name_;
  const hsize_t start[] = {static_cast<hsize_t>(first), 0};
  const hsize_t count[] = {static_cast<hsize_t>(rows), static_cast<hsize_t>(row_size_)};
  const Hdf5Handle in_file = checked(Hdf5Handle(H5Dget_space(dataset_.id()), H5Sclose), place_, what);
  checked(H5Sselect_hyperslab(in_file.id(), H5S_SELECT_SET, start, nullptr, count, nullptr), place_, what);
  const Hdf5Handle in_memory =
      checked(Hdf5Handle(H5Screate_simple(flat_ ? 1 : 2, count, nullptr), H5Sclose), place_, what);
  checked(H5Dwrite(dataset_.id(), memory_type(type_), in_memory.id(), in_file.id(), H5P_DEFAULT, values), place_, what);
}

void Hdf5Variable::close() {
  // Closing alone would lose the error of a chunk that is written out late.
  checked(H5Dflush(dataset_.id()), place_, "cannot write the variable " + name_);
  checked(H5Dclose(dataset_.release()), place_, "cannot write the variable " + name_);
}

}  // namespace fedtide
