#include "datasets/formats/png.h"

#include <png.h>

#include <csetjmp>
#include <exception>
#include <span>
#include <string>

#include "sim/base/error.h"
#include "sim/files/json.h"

namespace fedtide {
namespace {

constexpr std::uint32_t kPixels = kCifarPixels / 3;
constexpr std::uint32_t kMostRows = 10'000'000;
constexpr std::size_t kMostChunk = std::size_t{1} << 20;

[[noreturn]] void damaged(const ContentReader& content, const std::string& what) {
  throw Failure(ExitCode::data_damaged, fmt::format("{}: {}", content.place(content.offset()), what));
}

/// libpng leaves by longjmp, so each call into it stands in a function of its own that has nothing to destroy.
class PngReader {
 public:
  explicit PngReader(ContentReader& content) : content_(content) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, &fail, &ignore);
    info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw std::bad_alloc();
    }
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  /// Returns the number of rows.
  std::uint32_t header() {
    check(read_header());
    const bool fits = png_get_image_width(png_, info_) == kPixels && png_get_bit_depth(png_, info_) == 8 &&
                      png_get_color_type(png_, info_) == PNG_COLOR_TYPE_RGB &&
                      png_get_interlace_type(png_, info_) == PNG_INTERLACE_NONE;
    if (!fits) {
      throw Failure(
          ExitCode::data_damaged,
          fmt::format("{}: found a PNG {} pixels wide of color type {}, {} bits, {}, must be {} pixels of "
                      "color type 2 (RGB), 8 bits, not interlaced: a row for each image",
                      content_.place(16), png_get_image_width(png_, info_), png_get_color_type(png_, info_),
                      png_get_bit_depth(png_, info_),
                      png_get_interlace_type(png_, info_) == PNG_INTERLACE_NONE ? "not interlaced" : "interlaced",
                      kPixels));
    }
    return png_get_image_height(png_, info_);
  }
  void row(std::span<std::uint8_t> out) { check(read_row(out.data())); }
  void end() { check(read_end()); }

 private:
  bool read_header() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_read_fn(png_, this, &supply);
    png_set_crc_action(png_, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_user_limits(png_, 1u << 20, kMostRows);
    png_set_chunk_malloc_max(png_, kMostChunk);
    png_read_info(png_, info_);
    return true;
  }
  bool read_row(std::uint8_t* out) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_row(png_, out, nullptr);
    return true;
  }
  bool read_end() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_end(png_, nullptr);
    return true;
  }

  void check(bool well) const {
    if (well) return;
    if (thrown_) std::rethrow_exception(thrown_);
    damaged(content_, ended_ ? "the file ends in the middle of its PNG data; is it cut off?"
                             : fmt::format("damaged PNG data ({})", why_));
  }

  static PngReader& self(png_structp png) { return *static_cast<PngReader*>(png_get_error_ptr(png)); }
  [[noreturn]] static void fail(png_structp png, png_const_charp why) {
    // No exception passes through libpng.
    self(png).keep(why);
    png_longjmp(png, 1);
  }
  static void ignore(png_structp, png_const_charp) {}
  static void supply(png_structp png, png_bytep out, std::size_t size) {
    if (!self(png).fill({out, size})) png_error(png, "no more bytes");
  }

  void keep(const char* why) noexcept {
    try {
      why_ = why;
    } catch (...) {
      thrown_ = std::current_exception();
    }
  }
  bool fill(std::span<std::uint8_t> out) noexcept {
    try {
      ended_ = content_.read(out) < out.size();
      return !ended_;
    } catch (...) {
      thrown_ = std::current_exception();
      return false;
    }
  }

  ContentReader& content_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::string why_;
  std::exception_ptr thrown_;
  bool ended_ = false;
};

/// From pixel by pixel to plane by plane.
void append_planes(std::span<const std::uint8_t> row, std::vector<std::uint8_t>& pixels) {
  const std::size_t begin = pixels.size();
  pixels.resize(begin + kCifarPixels);
  for (std::size_t k = 0; k < kPixels; ++k) {
    for (std::size_t c = 0; c < 3; ++c) pixels[begin + c * kPixels + k] = row[3 * k + c];
  }
}

class LabelEvents final : public JsonEvents {
 public:
  LabelEvents(const ContentReader& content, int classes) : content_(content), classes_(classes) {}
  void start_object() override { refuse("an object"); }
  void key(std::string_view) override {}
  void end_object() override {}
  void start_array() override {
    if (++depth_ > 1) refuse("an array");
  }
  void end_array() override {}
  void text(std::string_view) override { refuse("a text"); }
  void other(std::string_view literal) override { refuse(std::string(literal)); }
  void number(std::string_view literal) override {
    const double value = json_number(literal);
    const bool good = depth_ == 1 && value >= 0 && value < classes_ && value == static_cast<std::int32_t>(value);
    if (!good) refuse(std::string(literal.substr(0, 40)));
    labels.push_back(static_cast<std::int32_t>(value));
  }

  std::vector<std::int32_t> labels;

 private:
  [[noreturn]] void refuse(const std::string& found) const {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: found {}, must be one array of labels from 0 to {}",
                                                      content_.place(offset), found, classes_ - 1));
  }
  const ContentReader& content_;
  int classes_;
  int depth_ = 0;
};

}  // namespace

void read_cifar_png(ContentReader content, CifarImages& images) {
  {
    PngReader png(content);
    const std::uint32_t rows = png.header();
    std::vector<std::uint8_t> row(kCifarPixels);
    for (std::uint32_t i = 0; i < rows; ++i) {
      png.row(row);
      append_planes(row, images.pixels);
    }
    png.end();
  }
  std::uint8_t extra = 0;
  if (content.read(std::span(&extra, 1)) != 0) {
    damaged(content, fmt::format("the file goes on with 0x{:02x} after the PNG's end, must end there", extra));
  }
  images.checksums += fmt::format("{}{:08x}", images.checksums.empty() ? "" : " ", content.crc32());
}

std::vector<std::int32_t> read_json_labels(ContentReader content, int classes) {
  LabelEvents events(content, classes);
  read_json(content, events);
  return std::move(events.labels);
}

}  // namespace fedtide
