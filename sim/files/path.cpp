#include "sim/files/path.h"

#include <filesystem>

namespace fedtide {

std::string resolve_path(const std::string& path, const std::string& config_folder) {
  return (std::filesystem::path(config_folder) / path).string();
}

}  // namespace fedtide
