#pragma once
// HDF5 files as TensorFlow Federated's are.

#include <hdf5.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/hdf5_handle.h"
#include "tests/catch.h"

namespace fedtide {

class TffWriter {
 public:
  explicit TffWriter(const std::string& path) {
    silence_hdf5();
    file_ = Hdf5Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
    examples_ = Hdf5Handle(H5Gcreate2(file_.id(), "examples", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  }
  void client(const std::string& name) {
    client_ = Hdf5Handle(H5Gcreate2(examples_.id(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  }
  template <class T>
  void array(const char* name, hid_t type, const std::vector<hsize_t>& dims, const std::vector<T>& values) {
    const Hdf5Handle space(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), H5Sclose);
    const Hdf5Handle data(H5Dcreate2(client_.id(), name, type, space.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                          H5Dclose);
    REQUIRE(H5Dwrite(data.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
  }
  void texts(const char* name, const std::vector<const char*>& values) {
    const Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.id(), H5T_VARIABLE);
    array(name, type.id(), {values.size()}, values);
  }
  /// Pixels of 2 x 2 and labels.
  void digits(const std::string& name, const std::vector<float>& pixels, const std::vector<std::int32_t>& labels) {
    client(name);
    array("pixels", H5T_NATIVE_FLOAT, {labels.size(), 2, 2}, pixels);
    array("label", H5T_NATIVE_INT32, {labels.size()}, labels);
  }
  void soft_link() { H5Lcreate_soft("/examples/a", examples_.id(), "z", H5P_DEFAULT, H5P_DEFAULT); }

 private:
  Hdf5Handle file_, examples_, client_;
};

}  // namespace fedtide
