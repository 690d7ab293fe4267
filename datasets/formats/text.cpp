#include "datasets/formats/text.h"

#include <cstdint>
#include <vector>

#include "sim/base/error.h"

namespace fedtide {
namespace {

constexpr std::size_t kPart = std::size_t{1} << 20;
constexpr std::size_t kMost = std::size_t{1} << 30;

}  // namespace

std::string read_text(ContentReader& content) {
  std::string all;
  std::vector<std::uint8_t> part(kPart);
  for (std::size_t got = part.size(); got == part.size();) {
    got = content.read(part);
    all.append(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
    if (all.size() > kMost) {
      throw Failure(ExitCode::data_damaged,
                    fmt::format("{}: more than {} bytes of text, must be fewer", content.place(kMost), kMost));
    }
  }
  if (all.empty()) throw Failure(ExitCode::data_damaged, fmt::format("{}: no text", content.place(0)));
  return all;
}

}  // namespace fedtide
