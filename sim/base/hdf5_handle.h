#pragma once
// Ownership of HDF5 identifiers, HDF5's errors as ours, and how a file is opened and listed. For the hdf5_* files of
// sim/record and datasets.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/error.h"

namespace fedtide {

/// Owns one HDF5 identifier (hid_t) and knows the function that closes it.
class Hdf5Handle {
 public:
  using Close = int (*)(std::int64_t);

  Hdf5Handle() = default;
  Hdf5Handle(std::int64_t id, Close close) : id_(id), close_(close) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(other.release()), close_(other.close_) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    if (this != &other) {
      if (id_ >= 0) close_(id_);
      id_ = other.release();
      close_ = other.close_;
    }
    return *this;
  }
  ~Hdf5Handle() {
    if (id_ >= 0) close_(id_);
  }

  std::int64_t id() const { return id_; }
  std::int64_t release() { return std::exchange(id_, -1); }

 private:
  std::int64_t id_ = -1;
  Close close_ = nullptr;
};

/// Where HDF5's errors are reported: which file, with which exit code (io when writing, data_damaged when reading).
struct Hdf5Place {
  std::string file;
  ExitCode code = ExitCode::io;
};

/// Throws Failure: "<file>: <what>: <HDF5's own reason>", with advice when the disk is full.
[[noreturn]] void fail_hdf5(const Hdf5Place& place, const std::string& what);

/// The result of an HDF5 call, or Failure when it is negative.
template <class Result>
Result checked(Result result, const Hdf5Place& place, const std::string& what) {
  if (result < 0) fail_hdf5(place, what);
  return result;
}

inline Hdf5Handle checked(Hdf5Handle handle, const Hdf5Place& place, const std::string& what) {
  if (handle.id() < 0) fail_hdf5(place, what);
  return handle;
}

/// Stops the library from printing its error stack, which it does by default, for each thread anew.
void silence_hdf5();

/// A file to read. Failure(data_damaged) when it is not HDF5; other errors have the place's code.
Hdf5Handle open_hdf5(const Hdf5Place& place);

/// A name in a group; soft and external links, which lead elsewhere, are not hard.
struct Hdf5Link {
  std::string name;
  bool hard = false;
};
/// In the order of their bytes. Failure when there are more than `most`. `path` names the group in messages.
std::vector<Hdf5Link> hdf5_links(const Hdf5Handle& group, const Hdf5Place& place, const std::string& path,
                                 std::size_t most);

}  // namespace fedtide
