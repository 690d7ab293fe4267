#include <sys/resource.h>

#include "sim/files/lines.h"
#include "tests/catch.h"
#include "tests/datasets/tables.h"

namespace fedtide {
namespace {

std::vector<std::string> lines_of(const ByteString& file) {
  LineReader lines(ContentReader::over("T", file));
  std::vector<std::string> all;
  for (std::string_view line; lines.next(line);) {
    all.emplace_back(line);
    CHECK(lines.number() == all.size());
  }
  return all;
}

using Lines = std::vector<std::string>;

TEST_CASE("lines end in LF or CR LF, and the last one may lack its end") {
  CHECK(lines_of(bytes_of("")) == Lines{});
  CHECK(lines_of(bytes_of("\n")) == Lines{""});
  CHECK(lines_of(bytes_of("a")) == Lines{"a"});
  CHECK(lines_of(bytes_of("a\nb")) == Lines{"a", "b"});
  CHECK(lines_of(bytes_of("a\r\nb\r\n")) == Lines{"a", "b"});
  CHECK(lines_of(bytes_of("a\n\n\rb\r")) == Lines{"a", "", "\rb"});
  CHECK(lines_of(bytes_of("\xef\xbb\xbf"
                          "a\n\xef\xbb\xbf")) == Lines{"a", "\xef\xbb\xbf"});
  CHECK(lines_of(gzipped(bytes_of("a\nb\n"))) == Lines{"a", "b"});
}

TEST_CASE("lines come whole from any place of the buffer") {
  // Lines of 0 to 999 bytes, 500 kB: the buffer's end falls within lines.
  std::string text;
  for (std::size_t i = 0; i < 1000; ++i) text += std::string(i, static_cast<char>('a' + i % 26)) + "\n";
  const auto lines = lines_of(bytes_of(text));
  REQUIRE(lines.size() == 1000);
  for (std::size_t i = 0; i < 1000; ++i) {
    if (lines[i] != std::string(i, static_cast<char>('a' + i % 26))) FAIL("line " << i + 1);
  }
  CHECK(lines_of(bytes_of(std::string(3'000'000, 'x') + "\ny")) == Lines{std::string(3'000'000, 'x'), "y"});
}

TEST_CASE("a gzip bomb without lines takes the memory of the longest line, not its own") {
  // 400 million zeros in 400 kB.
  const ByteString zeros = gzipped(ByteString(20'000'000));
  ByteString bomb = gzipped(bytes_of("a,b\n"));
  for (int i = 0; i < 20; ++i) bomb = bomb + zeros;
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  CHECK(said_by([&] { lines_of(bomb); }) ==
        Said{ExitCode::data_damaged, "T: line 2: longer than 16777216 bytes; is it a text file?"});
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  CHECK(after.ru_maxrss - before.ru_maxrss < 60'000);  // kB
}

TEST_CASE("the check sum is that of the content, in one piece, in members, and on the way") {
  const ByteString text = bytes_of("a,b\n1,2\n"), more = bytes_of("3,4\n");
  const ByteString plain = text + more;
  const ByteString files[]{plain, gzipped(plain), gzipped(text) + gzipped(more),
                           gzipped({}) + gzipped(plain) + gzipped({})};
  for (const ByteString& file : files) {
    ContentReader content = ContentReader::over("T", file);
    CHECK(content.crc32() == 0);
    ByteString part(9), rest(100);
    content.read(part);
    CHECK(content.crc32() == ::crc32(0, plain.data(), 9));
    content.read(rest);
    CHECK(content.crc32() == ::crc32(0, plain.data(), 12));
  }
}

TEST_CASE("text in messages is short and printable") {
  CHECK(in_quotes("a b") == "\"a b\"");
  CHECK(in_quotes(std::string(41, 'y')) == "\"" + std::string(40, 'y') + "...\"");
  for (const char c : in_quotes(std::string("\x01\x1b[31m\0\xff", 8))) {
    CHECK(static_cast<unsigned char>(c) >= 32);
  }
}

}  // namespace
}  // namespace fedtide
