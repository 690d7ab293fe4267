#include "sim/record/hdf5_handle.h"

#include <hdf5.h>

#include <cstdlib>
#include <string_view>

#include "sim/record/posix_file.h"

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

}  // namespace fedtide
