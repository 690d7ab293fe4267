#pragma once
// A TFF file as HDF5 sees it, client by client. HDF5 may crash on damage: call this in a process of its own.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace fedtide {

/// What one client has.
struct TffClient {
  std::string name;
  std::string part;  ///< pixels, image or snippets
  std::uint64_t samples = 0;
  std::uint64_t width = 0;           ///< numbers of a sample
  std::vector<std::uint64_t> dims;   ///< channels, height, width of images, where the file says
  std::vector<std::uint8_t> bytes;   ///< [samples, width] of `image`, in planes
  std::vector<float> values;         ///< [samples, width] of `pixels`
  std::vector<std::int64_t> labels;  ///< [samples]
  std::uint64_t has_coarse = 0;
  std::vector<std::int64_t> coarse;  ///< [samples] where it has some
  std::string text;                  ///< of `snippets`, joined with line ends
};

/// All clients in the order of their names' bytes. Throws Failure(data_damaged) that names the file and the part.
void read_tff_clients(const std::string& path, bool snippets, const std::function<void(const TffClient&)>& use);
/// Whether the first client has snippets.
bool first_has_snippets(const std::string& path);

}  // namespace fedtide
