#include "datasets/formats/cifar.h"

#include <algorithm>
#include <array>
#include <span>

#include "sim/base/error.h"

namespace fedtide {
namespace {

constexpr std::uint64_t kRecordsAtOnce = 64;

class CifarReader {
 public:
  CifarReader(ContentReader& content, bool superclasses, CifarImages& images)
      : content_(content), superclasses_(superclasses), images_(images) {}

  void read() {
    std::vector<std::uint8_t> part(kRecordsAtOnce * size());
    std::uint64_t records = 0;
    for (std::size_t got = part.size(); got == part.size();) {
      const std::uint64_t at = content_.offset();
      got = content_.read(part);
      if (got % size() != 0) {
        damaged(content_.offset(),
                fmt::format("the content ends inside record {} of {} bytes, {} bytes after its begin",
                            records + got / size() + 1, size(), got % size()));
      }
      for (std::size_t i = 0; i < got; i += size()) take(std::span(part).subspan(i, size()), at + i);
      records += got / size();
    }
    if (records == 0) damaged(0, fmt::format("no records; must hold records of {} bytes", size()));
  }

 private:
  [[noreturn]] void damaged(std::uint64_t at, const std::string& what) const {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: {}", content_.place(at), what));
  }
  std::size_t size() const { return kCifarPixels + (superclasses_ ? 2 : 1); }

  std::int32_t label(std::uint8_t byte, int classes, std::uint64_t at) const {
    if (byte >= classes) damaged(at, fmt::format("label {}, must be 0 to {}", byte, classes - 1));
    return byte;
  }

  void take(std::span<const std::uint8_t> record, std::uint64_t at) {
    if (superclasses_) images_.coarse.push_back(label(record[0], 20, at));
    images_.labels.push_back(superclasses_ ? label(record[1], 100, at + 1) : label(record[0], 10, at));
    const auto pixels = record.last(kCifarPixels);
    images_.pixels.insert(images_.pixels.end(), pixels.begin(), pixels.end());
  }

  ContentReader& content_;
  bool superclasses_;
  CifarImages& images_;
};

}  // namespace

void read_cifar(ContentReader content, bool superclasses, CifarImages& images) {
  CifarReader(content, superclasses, images).read();
  images.checksums += fmt::format("{}{:08x}", images.checksums.empty() ? "" : " ", content.crc32());
}

}  // namespace fedtide
