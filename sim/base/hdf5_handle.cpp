#include "sim/base/hdf5_handle.h"

#include <hdf5.h>

#include <cstdlib>
#include <string_view>

#include "sim/base/advice.h"
#include "sim/base/opened_files.h"

#ifdef __SANITIZE_ADDRESS__
// With its exit handler off (prepare_hdf5), HDF5 never frees its pools; that is no leak of ours.
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5\n"; }
#endif

namespace fedtide {

static_assert(std::is_same_v<hid_t, std::int64_t> && std::is_same_v<herr_t, int>);

namespace {

struct Reason {
  std::string innermost;
  std::string system;  ///< the system's own sentence
  int error = 0;       ///< errno
};

// HDF5's drivers put the system's error into their text: "..., errno = 28, error message = 'No space left on device',
// ...".
herr_t collect(unsigned level, const H5E_error2_t* entry, void* data) {
  Reason& reason = *static_cast<Reason*>(data);
  const std::string_view text = entry->desc != nullptr ? entry->desc : "";
  if (level == 0) reason.innermost = text;
  constexpr std::string_view number = "errno = ";
  constexpr std::string_view message = "error message = '";
  if (const auto at = text.find(number); at != text.npos) {
    reason.error = std::atoi(std::string(text.substr(at + number.size(), 8)).c_str());
  }
  if (const auto at = text.find(message); at != text.npos) {
    const auto begin = at + message.size();
    reason.system = text.substr(begin, text.find('\'', begin) - begin);
  }
  return 0;
}

}  // namespace

void fail_hdf5(const Hdf5Place& place, const std::string& what) {
  Reason reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, collect, &reason);
  H5Eclear2(H5E_DEFAULT);
  const std::string& why = reason.system.empty() ? reason.innermost : reason.system;
  throw Failure(place.code, fmt::format("{}: {}: {}{}", place.file, what, why.empty() ? "unknown reason" : why,
                                        advice(reason.error)));
}

void silence_hdf5() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

Hdf5Handle open_hdf5(const Hdf5Place& place) {
  silence_hdf5();
  if (H5Fis_hdf5(place.file.c_str()) <= 0) {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: is not an HDF5 file, or cut off at the start", place.file));
  }
  const Hdf5Handle access = checked(Hdf5Handle(H5Pcreate(H5P_FILE_ACCESS), H5Pclose), place, "cannot open");
  // NFS and Lustre may have locking switched off; that is no reason to fail.
  checked(H5Pset_file_locking(access.id(), true, true), place, "cannot open");
  Hdf5Handle file =
      checked(Hdf5Handle(H5Fopen(place.file.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose), place, "cannot open");
  OpenedFiles::note(place.file);
  return file;
}

namespace {

struct Links {
  std::vector<Hdf5Link> all;
  std::size_t most;
};

// Exceptions must not cross the library.
herr_t collect_link(hid_t, const char* name, const H5L_info_t* info, void* data) {
  auto& links = *static_cast<Links*>(data);
  if (links.all.size() >= links.most) return -1;
  links.all.push_back({name, info->type == H5L_TYPE_HARD});
  return 0;
}

}  // namespace

std::vector<Hdf5Link> hdf5_links(const Hdf5Handle& group, const Hdf5Place& place, const std::string& path,
                                 std::size_t most) {
  Links links{{}, most};
  checked(H5Literate(group.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_link, &links), place,
          "cannot list " + path);
  return std::move(links.all);
}

}  // namespace fedtide
