#include "datasets/leaf/halves.h"

#include <algorithm>
#include <filesystem>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/files/path.h"

namespace fedtide {
namespace {

namespace fs = std::filesystem;

bool ends_well(const std::string& name, const std::vector<std::string>& endings) {
  return std::any_of(endings.begin(), endings.end(), [&](const std::string& ending) {
    return name.ends_with(ending) || name.ends_with(ending + ".gz");
  });
}

std::vector<std::string> files_of(const std::string& place, const std::vector<std::string>& endings) {
  std::error_code error;
  if (!fs::is_directory(place, error)) return {place};
  std::vector<std::string> files;
  for (fs::directory_iterator i(place, error), end; !error && i != end; i.increment(error)) {
    if (ends_well(i->path().filename().string(), endings)) files.push_back(i->path().string());
  }
  if (files.empty()) {
    throw Failure(ExitCode::no_input,
                  fmt::format("{}: has no files that end in {}, plain or .gz", place, join(endings, " or ")));
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// path/NAME as a folder, or as a file with one of the endings; empty: neither is there.
std::vector<std::string> half_below(const fs::path& path, const std::string& name,
                                    const std::vector<std::string>& endings) {
  std::error_code ignored;
  if (fs::is_directory(path / name, ignored)) return files_of((path / name).string(), endings);
  for (const std::string& ending : endings) {
    for (const char* packing : {"", ".gz"}) {
      const fs::path file = path / (name + ending + packing);
      if (fs::exists(file, ignored)) return {file.string()};
    }
  }
  return {};
}

}  // namespace

HalfPaths read_half_paths(Section& section, const std::string& what) {
  HalfPaths paths;
  paths.path = section
                   .maybe_text("path", {std::nullopt,
                                        "folder with train and test, " + what + "; relative to the config file", ""})
                   .value_or("");
  paths.train = section
                    .maybe_text("train_path",
                                {std::nullopt, "in place of path: the training half, a file or a folder of them", ""})
                    .value_or("");
  paths.test = section.maybe_text("test_path", {std::nullopt, "with train_path: the test half", ""}).value_or("");
  if (section.describing()) return {};
  if (paths.path.empty() == paths.train.empty()) {
    section.reject(paths.path.empty() ? "path" : "train_path", "give either path or train_path (and test_path)");
  } else if (paths.train.empty() && !paths.test.empty()) {
    section.reject("test_path", "goes with train_path; path has both halves");
  }
  for (std::string* each : {&paths.path, &paths.train, &paths.test}) {
    if (!each->empty()) *each = resolve_path(*each, section.folder());
  }
  return paths;
}

HalfFiles find_halves(const HalfPaths& paths, const std::vector<std::string>& endings) {
  HalfFiles files;
  if (paths.path.empty()) {
    files.train = files_of(paths.train, endings);
    if (!paths.test.empty()) files.test = files_of(paths.test, endings);
    return files;
  }
  std::error_code ignored;
  if (!fs::is_directory(paths.path, ignored)) {
    throw Failure(ExitCode::no_input, fmt::format("{}: there is no such folder", paths.path));
  }
  files.train = half_below(paths.path, "train", endings);
  files.test = half_below(paths.path, "test", endings);
  if (files.train.empty()) {
    throw Failure(ExitCode::no_input, fmt::format("{}: has neither a folder train nor a file train{}, plain or .gz",
                                                  paths.path, join(endings, " or train")));
  }
  return files;
}

}  // namespace fedtide
