#pragma once
// Writing HDF5 files in the layout of netCDF-4, which xarray, h5py and ncdump read: variables with named dimensions,
// units and attributes. Every variable is shuffled, deflated and has checksums; equal content gives equal bytes. The
// files hdf5_* of this folder are the only users of the HDF5 library.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/error.h"
#include "sim/base/hdf5_handle.h"
#include "sim/record/value_type.h"

namespace fedtide {

/// Call first in `main`: HDF5's exit handler crashes after a failed write, plug-ins are not loaded, and a file size
/// limit (SIGXFSZ) becomes an error instead of a kill.
void prepare_hdf5();

/// A variable as its readers see it.
struct Hdf5VariableInfo {
  std::string name = {};
  ValueType type = ValueType::float64;
  std::string units = {};                  ///< UDUNITS; empty: none
  std::string long_name = {};              ///< one line for an axis
  std::vector<std::string> meanings = {};  ///< of a uint8 enum's values 0, 1, ...
  bool may_miss = false;                   ///< writes _FillValue: NaN for floats, -1 for signed integers
  std::string coordinates = {};            ///< names of further coordinates, by spaces
};

/// A variable being filled.
class Hdf5Variable {
 public:
  /// Rows (slices along the first dimension) starting at `first`; `values` is row-major and a whole number of rows.
  template <class T>
  void write(std::int64_t first, std::span<const T> values) {
    FEDTIDE_REQUIRE(type_ == value_type<T>(), "{} holds {}, not {}", name_, fedtide::name(type_),
                    fedtide::name(value_type<T>()));
    FEDTIDE_REQUIRE(row_size_ > 0 ? static_cast<std::int64_t>(values.size()) % row_size_ == 0 : values.empty(),
                    "{}: {} values are not whole rows of {}", name_, values.size(), row_size_);
    write_rows(first, row_size_ > 0 ? static_cast<std::int64_t>(values.size()) / row_size_ : 0, values.data());
  }
  /// The same without a type: `rows` rows of the variable's own type.
  void write_rows(std::int64_t first, std::int64_t rows, const void* values);
  /// Writes out what is buffered; errors of the disk show here.
  void close();

  ValueType type() const { return type_; }
  std::int64_t size() const { return rows_ * row_size_; }  ///< values of all rows

 private:
  friend class Hdf5Group;
  Hdf5Place place_;
  std::string name_;
  ValueType type_{};
  std::int64_t rows_ = 0;
  std::int64_t row_size_ = 1;  ///< values in a row
  bool flat_ = true;           ///< one dimension
  Hdf5Handle dataset_;
};

/// A group: dimensions, variables over them, attributes, groups. Errors of all: Failure(io) with the file and the
/// reason.
class Hdf5Group {
 public:
  Hdf5Group group(const std::string& name) const;

  /// A dimension with no variable of its own name.
  void dimension(const std::string& name, std::int64_t length);
  /// A dimension and its variable, to be filled with `length` values.
  Hdf5Variable coordinate(const Hdf5VariableInfo& info, std::int64_t length);
  /// A variable over one or two dimensions of this group.
  Hdf5Variable variable(const Hdf5VariableInfo& info, const std::vector<std::string>& dimensions);
  /// A variable of UTF-8 strings of any length over one dimension.
  void strings(const std::string& name, const std::string& dimension, const std::string& long_name,
               const std::vector<std::string>& values);

  /// A whole variable from memory.
  template <class T>
  void write(Hdf5VariableInfo info, const std::vector<std::string>& dimensions, std::span<const T> values) {
    info.type = value_type<T>();
    Hdf5Variable made = variable(info, dimensions);
    FEDTIDE_REQUIRE(made.size() == static_cast<std::int64_t>(values.size()), "{}: {} values for {}", info.name,
                    values.size(), made.size());
    made.write(0, values);
    made.close();
  }

  void attribute(const std::string& name, std::string_view text);
  void attribute(const std::string& name, double value);
  void attribute(const std::string& name, std::int64_t value);
  void attribute(const std::string& name, std::span<const std::int32_t> values);

 private:
  friend class Hdf5File;
  struct Dimension {
    std::int64_t length = 0;
    Hdf5Handle scale;
  };
  Hdf5Variable create(const Hdf5VariableInfo& info, const std::vector<std::int64_t>& lengths);

  Hdf5Place place_;
  Hdf5Handle group_;
  std::map<std::string, Dimension> dimensions_;
};

/// A new file, open for writing by this process alone.
class Hdf5File {
 public:
  /// Creates or replaces `path`; never follow with a reader before `close`.
  explicit Hdf5File(const std::filesystem::path& path);

  Hdf5Group root();
  /// Flushes and closes; errors of the disk show here at the latest. All groups and variables must be gone.
  void close();

 private:
  Hdf5Place place_;
  Hdf5Handle file_;
};

}  // namespace fedtide
