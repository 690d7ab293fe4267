#include <sys/resource.h>

#include "datasets/formats/idx.h"
#include "sim/base/distributions.h"
#include "sim/base/random.h"
#include "tests/catch.h"
#include "tests/datasets/helpers.h"

namespace fedtide {
namespace {

// Three labels; two images of 2 x 3 pixels.
const ByteString kLabels{0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 9};
const ByteString kImages{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255};

Said labels_said(const ByteString& file, int classes = 10) {
  return said_by([&] { read_idx_labels(ContentReader::over("L", file), classes); });
}
Said images_said(const ByteString& file, std::size_t labels = 2) {
  return said_by([&] { read_idx_images(ContentReader::over("I", file), labels, "L"); });
}
Said damaged(const std::string& message) { return {ExitCode::data_damaged, message}; }

ByteString with(ByteString bytes, std::size_t at, std::uint8_t value) {
  bytes.at(at) = value;
  return bytes;
}

TEST_CASE("a good idx file is read value by value, plain and packed") {
  for (const bool packed : {false, true}) {
    const ByteString labels_file = packed ? gzipped(kLabels) : kLabels;
    const IdxLabels labels = read_idx_labels(ContentReader::over("L", labels_file), 10);
    CHECK(labels.labels == std::vector<std::int32_t>{7, 0, 9});
    const ByteString images_file = packed ? gzipped(kImages) : kImages;
    const IdxImages images = read_idx_images(ContentReader::over("I", images_file), 2, "L");
    CHECK(images.count == 2);
    CHECK(images.height == 2);
    CHECK(images.width == 3);
    CHECK(images.pixels == ByteString{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255});
  }
}

TEST_CASE("an idx file that is cut after any byte is damaged, plain and packed") {
  for (std::size_t size = 0; size < kImages.size(); ++size) {
    INFO("cut after " << size);
    const ByteString cut(kImages.begin(), kImages.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(images_said(cut).code == ExitCode::data_damaged);
    CHECK(images_said(gzipped(cut)).code == ExitCode::data_damaged);
  }
  const ByteString packed = gzipped(kImages);
  for (std::size_t size = 0; size < packed.size(); ++size) {
    INFO("packed, cut after " << size);
    CHECK(images_said(ByteString(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size))).code ==
          ExitCode::data_damaged);
  }
}

TEST_CASE("a header with any byte at 0 or 255 is damaged, unless the byte was that before") {
  for (const ByteString& good : {kImages, kLabels}) {
    const std::size_t header = &good == &kLabels || good.size() == kLabels.size() ? 8 : 16;
    for (std::size_t i = 0; i < header; ++i) {
      for (const std::uint8_t value : {std::uint8_t{0}, std::uint8_t{255}}) {
        if (good[i] == value) continue;
        INFO("byte " << i << " at " << int{value});
        const ByteString bad = with(good, i, value);
        const auto said = [&](const ByteString& file) { return header == 8 ? labels_said(file) : images_said(file); };
        CHECK(said(bad).code == ExitCode::data_damaged);
        CHECK(said(gzipped(bad)).code == ExitCode::data_damaged);
      }
    }
  }
}

TEST_CASE("each lie of a header gets its own message") {
  CHECK(labels_said({}) == damaged("L: byte 0: the file ends inside the idx header, which must reach to byte 4"));
  CHECK(labels_said({0, 0, 8, 1, 0, 0}) ==
        damaged("L: byte 6: the file ends inside the idx header, which must reach to byte 8"));
  CHECK(labels_said({'P', 'K', 3, 4, 0, 0, 0, 0}) ==
        damaged("L: byte 0: found 0x50 0x4b, must be 0x00 0x00: not an idx file"));
  CHECK(labels_said(with(kLabels, 2, 0x0c)) ==
        damaged("L: byte 2: found type 0x0c (32-bit integers), must be 0x08 (unsigned bytes)"));
  CHECK(labels_said(with(kLabels, 2, 0x0a)) ==
        damaged("L: byte 2: found type 0x0a (no type of idx), must be 0x08 (unsigned bytes)"));
  CHECK(labels_said(kImages) == damaged("L: byte 3: found 3 dimensions, must be 1 (labels)"));
  CHECK(images_said(kLabels) == damaged("I: byte 3: found 1 dimension, must be 3 (images: count, height, width)"));
  CHECK(images_said(with(kImages, 11, 0)) == damaged("I: byte 8: dimension 2 of 3 is 0, must be at least 1"));
  CHECK(labels_said(with(kLabels, 7, 4)) ==
        damaged("L: byte 4: the header promises 4 = 4 bytes after byte 8, the file has 3"));
  CHECK(labels_said(with(kLabels, 7, 2)) ==
        damaged("L: byte 4: the header promises 2 = 2 bytes after byte 8, the file has 3"));
  CHECK(labels_said(gzipped(with(kLabels, 7, 4))) ==
        damaged("L: byte 11 (unpacked): the content ends here, the header promises 4 = 4 bytes after byte 8"));
  CHECK(labels_said(gzipped(with(kLabels, 7, 2))) ==
        damaged("L: byte 10 (unpacked): the content goes on with 0x09, must end here: the header promises 2 = 2 bytes "
                "after byte 8"));
  CHECK(labels_said(with(kLabels, 9, 10)) == damaged("L: byte 9: label 10, must be 0 to 9"));
  CHECK(labels_said(kLabels, 9) == damaged("L: byte 10: label 9, must be 0 to 8"));
  CHECK(images_said(kImages, 3) == damaged("I: byte 4: 2 images, but L has 3 labels"));
}

TEST_CASE("a header that promises terabytes fails without memory for them") {
  // 16 bytes: 16,777,216 images of 512 x 384 = 3.3 TB; and 2^96 bytes.
  const ByteString terabytes{0, 0, 8, 3, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0x80};
  const ByteString overflow{0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
  CHECK(images_said(terabytes) == damaged("I: byte 4: the header promises 16777216 x 512 x 384 = 3298534883328 bytes "
                                          "after byte 16, the file has 0"));
  CHECK(images_said(overflow) == damaged("I: byte 4: the header promises 4294967295 x 4294967295 x 4294967295 bytes, "
                                         "which is more than 2^64"));
  const ByteString packed = gzipped(terabytes);
  CHECK(images_said(packed) ==
        damaged("I: byte 4 (unpacked): the header promises 16777216 x 512 x 384 = 3298534883328 bytes after byte 16, "
                "more than a gzip file of " +
                std::to_string(packed.size()) + " bytes can hold"));
}

TEST_CASE("a gzip bomb is unpacked no further than its header promises") {
  // Ten labels, then 200 million zeros: 200 kB as a file.
  const ByteString chunk(20'000'000);
  ByteString bomb = gzipped({0, 0, 8, 1, 0, 0, 0, 10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  const ByteString zeros = gzipped(chunk);
  for (int i = 0; i < 10; ++i) bomb = bomb + zeros;
  ContentReader content = ContentReader::over("L", bomb);
  const IdxHeader header = read_idx_header(content, 1);
  CHECK(said_by([&] { read_idx_values(content, header); }).message ==
        "L: byte 18 (unpacked): the content goes on with 0x00, must end here: the header promises 10 = 10 bytes after "
        "byte 8");
  CHECK(content.offset() == 19);
}

TEST_CASE("a packed file that promises more than it holds gets memory for what it holds only") {
  // Incompressible bytes make the bound of 1032 : 1 a weak one: 300 kB could hold 300 MB, and hold 0.3 MB.
  ByteString file{0, 0, 8, 1, 0x10, 0, 0, 0};  // promises 268,435,456 bytes
  Stream stream(1, Purpose::dataset);
  for (int i = 0; i < 300'000; ++i) file.push_back(static_cast<std::uint8_t>(stream.next32()));
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  CHECK(labels_said(gzipped(file), 256).message.find("the content ends here") != std::string::npos);
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  CHECK(after.ru_maxrss - before.ru_maxrss < 50'000);  // kB
}

TEST_CASE("random damage never does more than fail") {
  Stream stream(2, Purpose::dataset);
  const ByteString packed = gzipped(kImages);
  int failures = 0;
  for (int i = 0; i < 20'000; ++i) {
    ByteString bad = i % 2 == 0 ? kImages : packed;
    for (std::uint32_t changes = 1 + uniform_below(stream, 4); changes > 0; --changes) {
      bad[uniform_below(stream, static_cast<std::uint32_t>(bad.size()))] = static_cast<std::uint8_t>(stream.next32());
    }
    if (images_said(bad).code == ExitCode::data_damaged) ++failures;
  }
  CHECK(failures > 10'000);
  CHECK(failures < 20'000);  // changed pixels are no damage that the format shows
}

}  // namespace
}  // namespace fedtide
