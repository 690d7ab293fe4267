#include "sim/record/hdf5_reader.h"

#include <hdf5.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "sim/record/hdf5_types.h"
#include "sim/record/posix_file.h"

#include <fcntl.h>

namespace fedtide {

static_assert(std::endian::native == std::endian::little, "values are hashed as they lie in memory");

namespace {

constexpr int kMostDepth = 8;
constexpr std::size_t kMostEntries = 10000;
// Deflate makes nothing smaller than by a factor of 1032: a dataset that claims more is damaged, or a trap.
constexpr std::int64_t kMostInflation = 1100;
constexpr std::int64_t kPieceBytes = 1 << 20;

[[noreturn]] void refuse(const Hdf5Place& place, const std::string& part, const std::string& why) {
  throw Failure(ExitCode::data_damaged,
                fmt::format("{}: {}: {}; the file is damaged or not written by fedtide", place.file, part, why));
}

struct Listing {
  const Hdf5Place& place;
  std::vector<Hdf5Entry>& entries;
  std::string prefix;
  int depth;
};

std::optional<ValueType> type_of(hid_t dataset, const Hdf5Place& place, const std::string& path) {
  const Hdf5Handle type = checked(Hdf5Handle(H5Dget_type(dataset), H5Tclose), place, path);
  if (H5Tget_class(type.id()) == H5T_STRING && H5Tis_variable_str(type.id()) > 0) return std::nullopt;
  for (const auto candidate : {ValueType::int64, ValueType::int32, ValueType::uint32, ValueType::uint8,
                               ValueType::float32, ValueType::float64}) {
    if (H5Tequal(type.id(), file_type(candidate)) > 0) return candidate;
  }
  refuse(place, path, "values of a type that trajectories do not have");
}

bool is_bare_dimension(hid_t dataset) {
  if (H5Aexists(dataset, "NAME") <= 0) return false;
  const Hdf5Handle attribute(H5Aopen(dataset, "NAME", H5P_DEFAULT), H5Aclose);
  const Hdf5Handle type(H5Aget_type(attribute.id()), H5Tclose);
  if (type.id() < 0 || H5Tis_variable_str(type.id()) != 0 || H5Tget_size(type.id()) > 256) return false;
  char text[257] = {};
  if (H5Aread(attribute.id(), type.id(), text) < 0) return false;
  return std::string_view(text).starts_with("This is a netCDF dimension but not a netCDF variable");
}

void add_dataset(hid_t dataset, const Hdf5Place& place, const std::string& path, std::int64_t file_bytes,
                 std::vector<Hdf5Entry>& entries) {
  const Hdf5Handle space = checked(Hdf5Handle(H5Dget_space(dataset), H5Sclose), place, path);
  const int rank = H5Sget_simple_extent_ndims(space.id());
  if (rank < 1 || rank > 2) refuse(place, path, fmt::format("{} dimensions, 1 or 2 are known", rank));
  hsize_t extents[2] = {1, 1};
  checked(H5Sget_simple_extent_dims(space.id(), extents, nullptr), place, path);
  if (is_bare_dimension(dataset)) return;
  const Hdf5Handle properties = checked(Hdf5Handle(H5Dget_create_plist(dataset), H5Pclose), place, path);
  if (H5Pget_external_count(properties.id()) > 0) refuse(place, path, "values in another file");
  Hdf5Entry entry{path, type_of(dataset, place, path), {}};
  const double size = entry.type ? static_cast<double>(size_of(*entry.type)) : 1.0;
  const double stored =
      static_cast<double>(std::min<hsize_t>(H5Dget_storage_size(dataset), static_cast<hsize_t>(file_bytes)));
  if (static_cast<double>(extents[0]) * static_cast<double>(extents[1]) * size > stored * kMostInflation) {
    refuse(place, path, fmt::format("{} x {} values in {} bytes", extents[0], extents[1], stored));
  }
  for (int i = 0; i < rank; ++i) entry.lengths.push_back(static_cast<std::int64_t>(extents[i]));
  entries.push_back(std::move(entry));
}

void walk(const Hdf5Handle& group, Listing& listing, std::int64_t file_bytes) {
  if (listing.depth > kMostDepth) refuse(listing.place, listing.prefix, "groups nested too deeply");
  for (const Hdf5Link& link :
       hdf5_links(group, listing.place, listing.prefix.empty() ? "/" : listing.prefix, kMostEntries)) {
    const std::string path = listing.prefix + "/" + (link.hard ? link.name : "");
    if (!link.hard) refuse(listing.place, path, "a link to elsewhere");
    if (listing.entries.size() >= kMostEntries) refuse(listing.place, path, "too many datasets");
    const Hdf5Handle object = checked(Hdf5Handle(H5Oopen(group.id(), link.name.c_str(), H5P_DEFAULT), H5Oclose),
                                      listing.place, "cannot open " + path);
    switch (H5Iget_type(object.id())) {
      case H5I_GROUP: {
        Listing below{listing.place, listing.entries, path, listing.depth + 1};
        walk(object, below, file_bytes);
        break;
      }
      case H5I_DATASET:
        add_dataset(object.id(), listing.place, path, file_bytes, listing.entries);
        break;
      default:
        refuse(listing.place, path, "neither a group nor a dataset");
    }
  }
}

}  // namespace

Hdf5Reader::Hdf5Reader(const std::filesystem::path& path) : place_{path.string(), ExitCode::data_damaged} {
  { open_file(path, O_RDONLY, ExitCode::no_input); }  // the system's own reason, before HDF5's
  std::error_code error;
  file_bytes_ = static_cast<std::int64_t>(std::filesystem::file_size(path, error));
  if (error) fail_system(ExitCode::no_input, path, "cannot read", error.value());
  file_ = open_hdf5(place_);
}

std::optional<std::string> Hdf5Reader::text_attribute(const std::string& name) const {
  const Hdf5Handle attribute(H5Aopen_by_name(file_.id(), "/", name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (attribute.id() < 0) return std::nullopt;
  const Hdf5Handle type = checked(Hdf5Handle(H5Aget_type(attribute.id()), H5Tclose), place_, name);
  const Hdf5Handle space = checked(Hdf5Handle(H5Aget_space(attribute.id()), H5Sclose), place_, name);
  if (H5Tis_variable_str(type.id()) <= 0 || H5Sget_simple_extent_npoints(space.id()) != 1) return std::nullopt;
  char* text = nullptr;
  checked(H5Aread(attribute.id(), string_type(place_).id(), &text), place_, "cannot read the attribute " + name);
  std::string result = text != nullptr ? text : "";
  H5free_memory(text);
  return result;
}

std::vector<std::int32_t> Hdf5Reader::integer_attribute(const std::string& name) const {
  const Hdf5Handle attribute(H5Aopen_by_name(file_.id(), "/", name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (attribute.id() < 0) return {};
  const Hdf5Handle type = checked(Hdf5Handle(H5Aget_type(attribute.id()), H5Tclose), place_, name);
  const Hdf5Handle space = checked(Hdf5Handle(H5Aget_space(attribute.id()), H5Sclose), place_, name);
  const hssize_t count = H5Sget_simple_extent_npoints(space.id());
  if (H5Tget_class(type.id()) != H5T_INTEGER || count < 1 || count > 64) return {};
  std::vector<std::int32_t> values(static_cast<std::size_t>(count));
  checked(H5Aread(attribute.id(), H5T_NATIVE_INT32, values.data()), place_, "cannot read the attribute " + name);
  return values;
}

std::optional<double> Hdf5Reader::number_attribute(const std::string& name) const {
  const Hdf5Handle attribute(H5Aopen_by_name(file_.id(), "/", name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (attribute.id() < 0) return std::nullopt;
  const Hdf5Handle type = checked(Hdf5Handle(H5Aget_type(attribute.id()), H5Tclose), place_, name);
  const Hdf5Handle space = checked(Hdf5Handle(H5Aget_space(attribute.id()), H5Sclose), place_, name);
  const H5T_class_t kind = H5Tget_class(type.id());
  if ((kind != H5T_FLOAT && kind != H5T_INTEGER) || H5Sget_simple_extent_npoints(space.id()) != 1) return std::nullopt;
  double value = 0;
  checked(H5Aread(attribute.id(), H5T_NATIVE_DOUBLE, &value), place_, "cannot read the attribute " + name);
  return value;
}

std::vector<Hdf5Entry> Hdf5Reader::entries() const {
  std::vector<Hdf5Entry> entries;
  const Hdf5Handle root = checked(Hdf5Handle(H5Gopen2(file_.id(), "/", H5P_DEFAULT), H5Gclose), place_, "cannot open");
  Listing listing{place_, entries, "", 0};
  walk(root, listing, file_bytes_);
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return entries;
}

void Hdf5Reader::read(const Hdf5Entry& entry, const std::function<void(const void*, std::size_t)>& use) const {
  const std::string what = "cannot read " + entry.path;
  const Hdf5Handle dataset =
      checked(Hdf5Handle(H5Dopen2(file_.id(), entry.path.c_str(), H5P_DEFAULT), H5Dclose), place_, what);
  const Hdf5Handle in_file = checked(Hdf5Handle(H5Dget_space(dataset.id()), H5Sclose), place_, what);
  const Hdf5Handle text_type = string_type(place_);
  const hid_t type = entry.type ? memory_type(*entry.type) : text_type.id();
  const auto size = static_cast<std::int64_t>(entry.type ? size_of(*entry.type) : sizeof(char*));
  const std::int64_t row = entry.lengths.size() == 2 ? entry.lengths[1] : 1;
  const std::int64_t piece = std::max<std::int64_t>(1, kPieceBytes / std::max<std::int64_t>(1, row * size));
  std::vector<char> buffer;
  for (std::int64_t first = 0; first < entry.lengths[0] && row > 0; first += piece) {
    const std::int64_t rows = std::min(piece, entry.lengths[0] - first);
    const hsize_t start[] = {static_cast<hsize_t>(first), 0};
    const hsize_t count[] = {static_cast<hsize_t>(rows), static_cast<hsize_t>(row)};
    checked(H5Sselect_hyperslab(in_file.id(), H5S_SELECT_SET, start, nullptr, count, nullptr), place_, what);
    const int rank = static_cast<int>(entry.lengths.size());
    const Hdf5Handle in_memory = checked(Hdf5Handle(H5Screate_simple(rank, count, nullptr), H5Sclose), place_, what);
    buffer.assign(static_cast<std::size_t>(rows * row * size), 0);
    checked(H5Dread(dataset.id(), type, in_memory.id(), in_file.id(), H5P_DEFAULT, buffer.data()), place_, what);
    if (entry.type) {
      use(buffer.data(), buffer.size());
      continue;
    }
    for (std::int64_t i = 0; i < rows * row; ++i) {
      char* text = nullptr;
      std::memcpy(&text, buffer.data() + i * size, sizeof text);
      if (text != nullptr) use(text, std::strlen(text));
      use("", 1);
    }
    H5Dvlen_reclaim(text_type.id(), in_memory.id(), H5P_DEFAULT, buffer.data());
  }
}

}  // namespace fedtide
