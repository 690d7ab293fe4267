#pragma once
// Which files a piece of work read, for reports of where data came from.

#include <string>
#include <vector>

namespace fedtide {

/// While one lives, the files that this thread opens to read data are written down in it, each once, in order. Of two,
/// the younger one writes. Readers of data tell it; other files are nobody's concern.
class OpenedFiles {
 public:
  OpenedFiles();
  ~OpenedFiles();
  OpenedFiles(const OpenedFiles&) = delete;
  OpenedFiles& operator=(const OpenedFiles&) = delete;

  const std::vector<std::string>& paths() const { return paths_; }
  /// For readers: `path` is open.
  static void note(const std::string& path);

 private:
  std::vector<std::string> paths_;
  OpenedFiles* outer_;
};

}  // namespace fedtide
