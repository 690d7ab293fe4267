#include "sim/base/opened_files.h"

#include <algorithm>

namespace fedtide {
namespace {

thread_local OpenedFiles* writing = nullptr;

}  // namespace

OpenedFiles::OpenedFiles() : outer_(writing) { writing = this; }

OpenedFiles::~OpenedFiles() { writing = outer_; }

void OpenedFiles::note(const std::string& path) {
  if (writing == nullptr) return;
  std::vector<std::string>& paths = writing->paths_;
  if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
}

}  // namespace fedtide
