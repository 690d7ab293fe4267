#include "sim/base/advice.h"

#include <cerrno>

namespace fedtide {

std::string_view advice(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "; free some space or choose another output directory";
    case EFBIG:
      return "; raise the limit of file sizes (ulimit -f) or choose another output directory";
    default:
      return "";
  }
}

}  // namespace fedtide
