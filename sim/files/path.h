#pragma once
// Paths as configs write them.

#include <string>

namespace fedtide {

/// A path of a config: absolute as it is, else relative to the folder of the config file.
std::string resolve_path(const std::string& path, const std::string& config_folder);

}  // namespace fedtide
