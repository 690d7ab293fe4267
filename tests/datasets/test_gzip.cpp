#include <numeric>

#include "sim/files/gzip.h"
#include "tests/catch.h"
#include "tests/datasets/helpers.h"

namespace fedtide {
namespace {

ByteString read_all(ContentReader content, std::size_t step = 7) {
  ByteString all;
  ByteString part(step);
  for (;;) {
    const std::size_t got = content.read(part);
    all.insert(all.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
    if (got < step) return all;
  }
}

ByteString counting(std::size_t size) {
  ByteString bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * i >> 3);
  return bytes;
}

TEST_CASE("plain and packed content read the same, in steps of any size, from memory and from a file") {
  const TemporaryFolder folder;
  const ByteString content = counting(600'000);
  const ByteString packed = gzipped(content);
  for (const std::size_t step : {std::size_t{1009}, std::size_t{65536}, std::size_t{600'000}, std::size_t{600'001}}) {
    CHECK(read_all(ContentReader::over("x", content), step) == content);
    CHECK(read_all(ContentReader::over("x", packed), step) == content);
    CHECK(read_all(ContentReader::open(folder.write("plain", content)), step) == content);
    CHECK(read_all(ContentReader::open(folder.write("packed", packed)), step) == content);
  }
}

TEST_CASE("several gzip members are one content, empty ones too") {
  const ByteString a = counting(100);
  const ByteString b{1, 2, 3};
  const ByteString packed = gzipped(a) + gzipped({}) + gzipped(b);
  CHECK(read_all(ContentReader::over("x", packed)) == a + b);
}

TEST_CASE("an empty file has no content") {
  ContentReader content = ContentReader::over("x", {});
  std::uint8_t byte = 0;
  CHECK(content.read({&byte, 1}) == 0);
  CHECK(content.most_left() == 0);
}

TEST_CASE("the CRC-32 of the content is that of RFC 1952") {
  // The check value of CRC-32 for the text 123456789 is cbf43926.
  const ByteString content{'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  for (const ByteString& file : {content, gzipped(content)}) {
    ContentReader reader = ContentReader::over("x", file);
    ByteString out(9);
    REQUIRE(reader.read(out) == 9);
    CHECK(reader.crc32() == 0xcbf43926u);
    CHECK(reader.offset() == 9);
  }
}

TEST_CASE("what is left is exact for a plain file and an upper bound for a packed one") {
  const ByteString zeros(1'000'000);
  ContentReader plain = ContentReader::over("x", zeros);
  CHECK(plain.most_left() == 1'000'000);
  ByteString out(100);
  plain.read(out);
  CHECK(plain.most_left() == 999'900);
  // Zeros are what deflate packs best; the bound holds and is not far off.
  const ByteString packed = gzipped(zeros);
  const ContentReader reader = ContentReader::over("x", packed);
  CHECK(reader.most_left() >= 1'000'000);
  CHECK(reader.most_left() < 1'200'000);
}

TEST_CASE("a packed file that is cut off anywhere is damaged") {
  const ByteString packed = gzipped(counting(60));
  for (std::size_t size = 2; size < packed.size(); ++size) {
    INFO("cut after " << size);
    const ByteString cut(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size));
    const Said said = said_by([&] { read_all(ContentReader::over("f.gz", cut)); });
    CHECK(said.code == ExitCode::data_damaged);
    CHECK(said.message.find("the file ends in the middle of its gzip data; is it cut off?") != std::string::npos);
  }
}

TEST_CASE("damage in a packed file is seen by its check sum") {
  const ByteString packed = gzipped(counting(60));
  ByteString bad = packed;
  bad[bad.size() - 8] ^= 1;  // the check sum itself
  CHECK(said_by([&] { read_all(ContentReader::over("f.gz", bad)); }) ==
        Said{ExitCode::data_damaged, "f.gz: byte 60 (unpacked): damaged gzip data (incorrect data check)"});
  std::size_t seen = 0;
  for (std::size_t i = 10; i < packed.size(); ++i) {
    bad = packed;
    bad[i] ^= 0x10;
    seen += said_by([&] { read_all(ContentReader::over("f.gz", bad)); }).code == ExitCode::data_damaged ? 1 : 0;
  }
  // All but one: the last byte of deflate data is filled up with bits that carry nothing.
  CHECK(seen >= packed.size() - 11);
}

TEST_CASE("bytes after the gzip data are refused") {
  const ByteString packed = gzipped({1, 2, 3}) + ByteString{0};
  CHECK(
      said_by([&] { read_all(ContentReader::over("f.gz", packed)); }) ==
      Said{ExitCode::data_damaged,
           "f.gz: byte 3 (unpacked): the gzip data end here, but the file goes on with the byte 0x00; must end too, or "
           "go on with another gzip member (0x1f 0x8b)"});
}

TEST_CASE("a path that is no readable file is exit code 66") {
  const TemporaryFolder folder;
  CHECK(said_by([&] { ContentReader::open(folder.path() + "/none"); }) ==
        Said{ExitCode::no_input, folder.path() + "/none: cannot be opened: No such file or directory"});
  CHECK(said_by([&] { ContentReader::open(folder.path()); }) ==
        Said{ExitCode::no_input, folder.path() + ": is not a regular file"});
}

}  // namespace
}  // namespace fedtide
