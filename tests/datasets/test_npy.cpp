#include "datasets/formats/npy.h"

#include <cmath>
#include <fstream>

#include "datasets/formats/npz.h"
#include "sim/base/random.h"
#include "tests/datasets/hostile.h"

namespace fedtide {
namespace {

/// The file that NumPy would write: version 1.0, padded to 64 bytes.
ByteString npy(const std::string& dictionary, const ByteString& values) {
  std::string header = dictionary;
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  return ByteString{0x93,
                    'N',
                    'U',
                    'M',
                    'P',
                    'Y',
                    1,
                    0,
                    static_cast<std::uint8_t>(header.size() & 255),
                    static_cast<std::uint8_t>(header.size() >> 8)} +
         bytes_of(header) + values;
}
ByteString npy(const std::string& type, const std::string& shape, const ByteString& values, bool fortran = false) {
  return npy(
      "{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }",
      values);
}
Array read(const ByteString& file) { return read_npy(ContentReader::over("N", file)); }
template <class T>
std::vector<T> values(const ByteString& file) {
  const Array array = read(file);
  REQUIRE(std::holds_alternative<std::vector<T>>(array.values));
  return std::get<std::vector<T>>(array.values);
}
std::string said(const ByteString& file) {
  const Said result = said_by([&] { read(file); });
  CHECK(result.code == ExitCode::data_damaged);
  return result.message;
}
std::string corpus(const std::string& name) { return FEDTIDE_SOURCE_DIR "/tests/fuzz/corpus/npy/" + name; }
ByteString corpus_bytes(const std::string& name) {
  std::ifstream in(corpus(name), std::ios::binary);
  return ByteString(std::istreambuf_iterator<char>(in), {});
}

TEST_CASE("each type of number is read in both orders of bytes") {
  CHECK(values<std::uint8_t>(npy("|u1", "(2,)", {7, 255})) == std::vector<std::uint8_t>{7, 255});
  CHECK(values<std::int8_t>(npy("<i1", "(2,)", {7, 255})) == std::vector<std::int8_t>{7, -1});
  CHECK(values<std::uint8_t>(npy("|b1", "(2,)", {1, 0})) == std::vector<std::uint8_t>{1, 0});
  CHECK(values<std::int16_t>(npy("<i2", "(2,)", {1, 2, 255, 255})) == std::vector<std::int16_t>{513, -1});
  CHECK(values<std::int16_t>(npy(">i2", "(1,)", {1, 2})) == std::vector<std::int16_t>{258});
  CHECK(values<std::int32_t>(npy("<u2", "(1,)", {255, 255})) == std::vector<std::int32_t>{65535});
  CHECK(values<std::int32_t>(npy(">i4", "(1,)", {255, 255, 255, 254})) == std::vector<std::int32_t>{-2});
  CHECK(values<std::int64_t>(npy("<u4", "(1,)", {0, 0, 0, 128})) == std::vector<std::int64_t>{2147483648});
  CHECK(values<std::int64_t>(npy("<i8", "(1,)", {2, 0, 0, 0, 0, 0, 0, 128})) ==
        std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min() + 2});
  CHECK(values<std::int64_t>(npy(">u8", "(1,)", {0, 0, 0, 0, 0, 0, 1, 0})) == std::vector<std::int64_t>{256});
  CHECK(values<float>(npy("<f4", "(1,)", {0, 0, 192, 63})) == std::vector<float>{1.5f});
  CHECK(values<double>(npy(">f8", "(1,)", {63, 248, 0, 0, 0, 0, 0, 0})) == std::vector<double>{1.5});
  // 0x3e00 = 1.5; 0x0001 = 2^-24; 0x7bff = 65504; 0xfc00 = -infinity.
  CHECK(values<float>(npy("<f2", "(4,)", {0, 0x3e, 1, 0, 0xff, 0x7b, 0, 0xfc})) ==
        std::vector<float>{1.5f, 0x1p-24f, 65504.0f, -std::numeric_limits<float>::infinity()});
  CHECK(std::isnan(values<float>(npy("<f2", "(1,)", {1, 0x7c}))[0]));
}

TEST_CASE("shapes are tuples: of nothing, one, several; with zeros; in Fortran's order") {
  CHECK(read(npy("|u1", "()", {5})).dims.empty());
  CHECK(read(npy("<f4", "(0, 3)", {})).dims == std::vector<std::uint64_t>{0, 3});
  CHECK(read(npy("<f4", "(0, 3)", {})).size() == 0);
  // Columns (0 1) (2 3) (4 5) of a 2 x 3 matrix: rows 0 2 4 and 1 3 5.
  CHECK(values<std::uint8_t>(npy("|u1", "(2, 3)", {0, 1, 2, 3, 4, 5}, true)) ==
        std::vector<std::uint8_t>{0, 2, 4, 1, 3, 5});
  // a[i][j][k] at i + 2 j + 6 k of a 2 x 3 x 2 array.
  CHECK(values<std::uint8_t>(npy("|u1", "(2, 3, 2)", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, true)) ==
        std::vector<std::uint8_t>{0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11});
  CHECK(values<std::uint8_t>(npy(R"({"shape":(1,),"descr":"|u1","fortran_order":False})", {9})) ==
        std::vector<std::uint8_t>{9});
}

TEST_CASE("what NumPy itself wrote is read") {
  const auto read_file = [](const std::string& name) { return read_npy(ContentReader::open(corpus(name))); };
  CHECK(std::get<std::vector<float>>(read_file("f4.npy").values) == std::vector<float>{0, 1, 2, 3, 4, 5});
  CHECK(std::get<std::vector<float>>(read_file("f4_fortran.npy").values) == std::vector<float>{0, 1, 2, 3, 4, 5});
  CHECK(std::get<std::vector<std::int16_t>>(read_file("i2_big.npy").values) ==
        std::vector<std::int16_t>{1, -2, 300, -32768});
  CHECK(read_file("b1.npy").is_boolean);
  CHECK(std::get<std::vector<float>>(read_file("f2.npy").values)[2] == 65504.0f);
  CHECK(read_file("i8_empty.npy").dims == std::vector<std::uint64_t>{0, 4});
  CHECK(read_file("u1_scalar.npy").at(0) == 7);
  CHECK(std::get<std::vector<double>>(read_file("f8_v2.npy").values) == std::vector<double>{1, 2.5});
  CHECK(std::get<std::vector<double>>(read_file("f8_v3.npy").values) == std::vector<double>{1, 2.5});
}

TEST_CASE("objects, texts and records are refused, never unpickled") {
  using Catch::Matchers::Contains;
  CHECK_THAT(said_by([] { read_npy(ContentReader::open(corpus("object.npy"))); }).message,
             Contains("values of type '|O' are Python objects, which are not read: save numbers"));
  CHECK_THAT(said_by([] { read_npy(ContentReader::open(corpus("text.npy"))); }).message,
             Contains("values of type '<U2' are texts, must be numbers"));
  CHECK_THAT(said(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", {0, 0, 0, 0})),
             Contains("values of a structured type, must be plain numbers"));
}

TEST_CASE("each lie of NumPy's header gets its own message") {
  using Catch::Matchers::Contains;
  CHECK(said(bytes_of("not an array")) == "N: byte 0: found 0x6e 0x6f 0x74, must be 0x93 \"NUMPY\": not a NumPy array");
  CHECK(said({}) == "N: byte 0: the file ends inside the header of NumPy's array");
  ByteString version = npy("|u1", "(1,)", {1});
  version[6] = 4;
  CHECK(said(version) == "N: byte 6: found version 4.0, must be 1.0, 2.0 or 3.0");
  CHECK(said({0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, 255, 255, 255, 255}) ==
        "N: byte 8: a header of 4294967295 bytes, must be at most 65536");
  CHECK_THAT(said(npy("<f3", "(1,)", {1})), Contains("values of type '<f3', must be one of b1, u1"));
  CHECK_THAT(said(npy("=f4", "(1,)", {1})), Contains("values of type '=f4', must be one of"));
  CHECK_THAT(said(npy("|f4", "(1,)", {1})), Contains("values of type '|f4', must be one of"));
  CHECK_THAT(said(npy("|u1", "(1)", {1})), Contains("found one dimension without a comma after it, must be a tuple"));
  CHECK_THAT(said(npy("|u1", "(-1,)", {1})), Contains("found \"-1,), }"));
  CHECK_THAT(said(npy("|u1", "[1]", {1})), Contains("must be \"(\""));
  CHECK_THAT(said(npy("|u1", "(1, 2x)", {1})), Contains("found \"x), }     \", must be \")\""));
  CHECK_THAT(said(npy("{'descr': '|u1', 'shape': (1,)}", {1})),
             Contains("the header must have 'descr', 'fortran_order' and 'shape'"));
  CHECK_THAT(said(npy("{'descr': '|u1', 'descr': '|u1'}", {1})), Contains("the key 'descr' comes twice"));
  CHECK_THAT(said(npy("{'more': 1}", {1})),
             Contains("found the key 'more', must be 'descr', 'fortran_order' or 'shape'"));
  CHECK_THAT(said(npy("{'descr': '|u1', 'fortran_order': 0, 'shape': (1,)}", {1})),
             Contains("found \"0, 'shape'\", must be True or False"));
  CHECK_THAT(said(npy("{'descr': '|u1', 'fortran_order': True, 'shape': (1,)} x", {1})),
             Contains("must be spaces and a line end here: the header's end"));
  CHECK_THAT(said(npy("{descr}", {1})), Contains("must be a text in quotes"));
  CHECK_THAT(said(npy("{'descr", {1})), Contains("a text without its end"));
  std::string many = "(";
  for (int i = 0; i < 40; ++i) many += "1, ";
  CHECK_THAT(said(npy("|u1", many + ")", {1})), Contains("more than 32 dimensions"));
  CHECK(said(npy("<f4", "(3,)", {1, 2, 3, 4})) ==
        "N: byte 128: the header promises 3 values of 4 bytes, the file has bytes: 4");
  CHECK_THAT(said(npy("<f8", "(4294967296, 4294967296)", {})),
             Contains("the header promises 4294967296 x 4294967296 values of 8 bytes, which is more than 2^64 bytes"));
  CHECK_THAT(said(gzipped(npy("|u1", "(2,)", {1}))),
             Contains("the content ends here, the header promises 2 values, there are 1"));
  CHECK_THAT(said(gzipped(npy("|u1", "(1,)", {1, 9}))), Contains("the content goes on with 0x09, must end here"));
  CHECK_THAT(said(gzipped(npy("<f8", "(1000000, 1000000)", {}))), Contains("room for at most"));
  CHECK_THAT(said(npy("|b1", "(1,)", {2})), Contains("a boolean of 2, must be 0 or 1"));
  CHECK_THAT(said(npy("<u8", "(1,)", {0, 0, 0, 0, 0, 0, 0, 128})), Contains("is more than 2^63 - 1"));
}

TEST_CASE("arrays that are cut are refused, and a changed byte never does more than change data") {
  const ByteString good = npy("<f4", "(2, 1)", {0, 0, 192, 63, 0, 0, 0, 0});
  const auto run = [](const ByteString& file) { read(file); };
  check_cuts(good, run);
  check_cuts(gzipped(good), run);
  CHECK(check_changes(good, run) > 400);
  CHECK(check_changes(gzipped(good), run) > 200);
}

TEST_CASE("archives give their arrays by name, stored and deflated") {
  const NpzFile stored(corpus("stored.npz"));
  CHECK(stored.names() == std::vector<std::string>{"x", "y", "client"});
  CHECK(stored.read("x").dims == std::vector<std::uint64_t>{3, 4});
  CHECK(std::get<std::vector<std::int64_t>>(stored.read("client").values) == std::vector<std::int64_t>{5, 5, 9});
  const NpzFile deflated(corpus("deflated.npz"));
  const Array x = deflated.read("x");
  CHECK(x.dims == std::vector<std::uint64_t>{3, 2, 4});
  CHECK(x.at(23) == 23);
  CHECK(x.file == corpus("deflated.npz") + ": x.npy");
  CHECK(deflated.has("y"));
  CHECK_FALSE(deflated.has("z"));
  CHECK(said_by([&] { deflated.read("X"); }).message.find(": has no array \"X\"") != std::string::npos);
  CHECK(said_by([] { NpzFile("/none.npz"); }).code == ExitCode::no_input);
}

TEST_CASE("archives that are cut are refused, and a changed byte never does more than change data or a name") {
  const auto run = [](const ByteString& file) {
    const NpzFile npz = NpzFile::over("Z", file);
    for (const std::string& name : npz.names()) npz.read(name);
  };
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    const ByteString good = corpus_bytes(name);
    check_cuts(good, run);
    CHECK(check_changes(good, run) > static_cast<int>(good.size()));
    CHECK(said_by([&] { run(good + ByteString(5, 1)); }).code != ExitCode::bug);
  }
  CHECK(said_by([&] { run(bytes_of("PK no zip")); }).message.find("Z: no zip archive, or a damaged one (") == 0);
}

TEST_CASE("an array promised by a small packed file takes memory for what comes") {
  ByteString noise;
  Stream stream(1, Purpose::dataset);
  for (int i = 0; i < 200'000; ++i) noise.push_back(static_cast<std::uint8_t>(stream.next32()));
  const ByteString lie = gzipped(npy("<f8", "(13000000,)", noise));  // 104 MB
  CHECK(peak_growth([&] { CHECK(said(lie).find("the content ends here") != std::string::npos); }) < 50'000);
}

}  // namespace
}  // namespace fedtide
