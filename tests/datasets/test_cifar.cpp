#include "datasets/images/cifar_files.h"

#include "datasets/formats/png.h"
#include "tests/datasets/hostile.h"
#include "tests/datasets/settings.h"

namespace fedtide {
namespace {

ByteString record(const ByteString& labels, std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  return labels + ByteString(1024, red) + ByteString(1024, green) + ByteString(1024, blue);
}
CifarImages cifar_of(const ByteString& file, bool superclasses = false) {
  CifarImages images;
  read_cifar(ContentReader::over("C", file), superclasses, images);
  return images;
}

ByteString big_endian(std::uint32_t v) {
  return {static_cast<std::uint8_t>(v >> 24), static_cast<std::uint8_t>(v >> 16), static_cast<std::uint8_t>(v >> 8),
          static_cast<std::uint8_t>(v)};
}
ByteString chunk(const std::string& type, const ByteString& data) {
  const ByteString body = bytes_of(type) + data;
  const auto crc = static_cast<std::uint32_t>(::crc32(0, body.data(), static_cast<uInt>(body.size())));
  return big_endian(static_cast<std::uint32_t>(data.size())) + body + big_endian(crc);
}
/// A PNG of RGB rows, each without a filter.
ByteString png(std::uint32_t rows, const ByteString& pixels, std::uint32_t width = 1024, std::uint8_t color = 2,
               std::uint8_t interlace = 0) {
  ByteString raw;
  const std::size_t stride = pixels.size() / rows;
  for (std::uint32_t i = 0; i < rows; ++i) {
    raw.push_back(0);
    const auto begin = pixels.begin() + static_cast<std::ptrdiff_t>(i * stride);
    raw.insert(raw.end(), begin, begin + static_cast<std::ptrdiff_t>(stride));
  }
  ByteString packed(compressBound(raw.size()));
  uLongf size = packed.size();
  REQUIRE(compress2(packed.data(), &size, raw.data(), raw.size(), 9) == Z_OK);
  packed.resize(size);
  return ByteString{0x89, 'P', 'N', 'G', 13, 10, 26, 10} +
         chunk("IHDR", big_endian(width) + big_endian(rows) + ByteString{8, color, 0, 0, interlace}) +
         chunk("IDAT", packed) + chunk("IEND", {});
}
/// Pixel k of image i is (i, k, k / 4) in the low bytes.
ByteString pixels(std::uint32_t rows) {
  ByteString out;
  for (std::uint32_t i = 0; i < rows; ++i) {
    for (std::uint32_t k = 0; k < 1024; ++k) {
      out.push_back(static_cast<std::uint8_t>(i));
      out.push_back(static_cast<std::uint8_t>(k));
      out.push_back(static_cast<std::uint8_t>(k / 4));
    }
  }
  return out;
}
CifarImages png_of(const ByteString& file) {
  CifarImages images;
  read_cifar_png(ContentReader::over("P", file), images);
  return images;
}

TEST_CASE("CIFAR's records give labels and planes, plain and packed, batch after batch") {
  const ByteString file = record({3}, 1, 2, 3) + record({9}, 4, 5, 6);
  for (const ByteString& each : {file, gzipped(file)}) {
    const CifarImages images = cifar_of(each);
    CHECK(images.labels == std::vector<std::int32_t>{3, 9});
    REQUIRE(images.pixels.size() == 2 * 3072);
    CHECK(images.pixels[0] == 1);
    CHECK(images.pixels[1024] == 2);
    CHECK(images.pixels[2048 + 1023] == 3);
    CHECK(images.pixels[3072] == 4);
    CHECK(images.coarse.empty());
  }
  const CifarImages fine = cifar_of(record({19, 99}, 1, 2, 3), true);
  CHECK(fine.labels == std::vector<std::int32_t>{99});
  CHECK(fine.coarse == std::vector<std::int32_t>{19});
}

TEST_CASE("each mistake of CIFAR's records is named with its byte") {
  const auto said = [](const ByteString& file, bool superclasses = false) {
    const Said result = said_by([&] { cifar_of(file, superclasses); });
    CHECK(result.code == ExitCode::data_damaged);
    return result.message;
  };
  const ByteString good = record({3}, 1, 2, 3);
  CHECK(said({}) == "C: byte 0: no records; must hold records of 3073 bytes");
  CHECK(said(good + ByteString{1, 2}) ==
        "C: byte 3075: the content ends inside record 2 of 3073 bytes, 2 bytes after its begin");
  CHECK(said(good + record({10}, 1, 2, 3)) == "C: byte 3073: label 10, must be 0 to 9");
  CHECK(said(record({20, 0}, 1, 2, 3), true) == "C: byte 0: label 20, must be 0 to 19");
  CHECK(said(record({0, 100}, 1, 2, 3), true) == "C: byte 1: label 100, must be 0 to 99");
  CHECK(said(gzipped(good + ByteString{1})).find("C: byte 3074 (unpacked): the content ends inside record 2") == 0);
}

TEST_CASE("CIFAR's records cut anywhere but between two are refused; changes change data only") {
  const ByteString one = record({3}, 1, 2, 3);
  check_cuts(one, [](const ByteString& file) { cifar_of(file); });
  const ByteString packed = gzipped(one + one);
  check_cuts(packed, [](const ByteString& file) { cifar_of(file); });
  CHECK(check_changes(packed, [](const ByteString& file) { cifar_of(file); }) > 50);
}

TEST_CASE("a PNG's row is an image, its pixels become planes") {
  const CifarImages images = png_of(png(3, pixels(3)));
  REQUIRE(images.pixels.size() == 3 * 3072);
  CHECK(images.pixels[3072] == 1);                      // red of image 1
  CHECK(images.pixels[1024 + 200] == 200);              // green of pixel 200 of image 0
  CHECK(images.pixels[2 * 3072 + 2048 + 1023] == 255);  // blue of pixel 1023 of image 2
  CHECK(images.pixels[2 * 3072 + 1024 + 260] == 4);     // green of pixel 260
}

TEST_CASE("a PNG of another kind, damaged or cut says so") {
  using Catch::Matchers::Contains;
  const auto said = [](const ByteString& file) {
    const Said result = said_by([&] { png_of(file); });
    CHECK(result.code == ExitCode::data_damaged);
    return result.message;
  };
  CHECK(said(png(1, ByteString(3 * 32), 32)) ==
        "P: byte 16: found a PNG 32 pixels wide of color type 2, 8 bits, not interlaced, must be 1024 pixels of color "
        "type 2 (RGB), 8 bits, not interlaced: a row for each image");
  CHECK_THAT(said(png(1, ByteString(4 * 1024), 1024, 6)), Contains("of color type 6"));
  CHECK_THAT(said(png(1, ByteString(3 * 1024), 1024, 2, 1)), Contains("interlaced, must be"));
  CHECK_THAT(said(bytes_of("GIF89a, not a PNG at all")), Contains("damaged PNG data (Not a PNG file)"));
  const ByteString good = png(2, pixels(2));
  CHECK_THAT(said(good + ByteString{7}), Contains("the file goes on with 0x07 after the PNG's end, must end there"));
  check_cuts(good, [](const ByteString& file) { png_of(file); });
  CHECK_THAT(said(ByteString(good.begin(), good.end() - 20)), Contains("is it cut off?"));
  const CifarImages whole = png_of(good);
  // Every chunk has a checksum, so no change goes unseen.
  CHECK(check_changes(good, [](const ByteString& file) { png_of(file); }) == static_cast<int>(4 * good.size()));
}

TEST_CASE("a PNG that promises ten million rows takes memory for those it has") {
  ByteString lie = png(2, pixels(2));
  const ByteString header = chunk("IHDR", big_endian(1024) + big_endian(9'999'999) + ByteString{8, 2, 0, 0, 0});
  std::copy(header.begin(), header.end(), lie.begin() + 8);
  CHECK(peak_growth([&] { CHECK(said_by([&] { png_of(lie); }).code == ExitCode::data_damaged); }) < 20'000);
}

TEST_CASE("labels in JSON are one array of small integers") {
  const auto labels = [](const std::string& text) {
    const ByteString bytes = bytes_of(text);
    return read_json_labels(ContentReader::over("L", bytes), 10);
  };
  CHECK(labels("[6, 9,9 ,4]") == std::vector<std::int32_t>{6, 9, 9, 4});
  for (const char* bad : {"[10]", "[-1]", "[1.5]", "[[1]]", "{}", "[\"1\"]", "3", "[null]"}) {
    const Said said = said_by([&] { labels(bad); });
    CHECK(said.code == ExitCode::data_damaged);
    CHECK(said.message.find("must be one array of labels from 0 to 9") != std::string::npos);
  }
}

TEST_CASE("the part of CIFAR-10 has its 5,000 and 1,000 images and classes") {
  const auto folder = shared_data("cifar10");
  if (!folder) return;
  Settings settings;
  settings.texts["path"] = *folder;
  const auto loader = Registry<DatasetEntry>::instance().at("cifar10").read(settings);
  const DataSource source = loader->load(1);
  const auto counts = [](const Dataset& data) {
    std::vector<int> n(10, 0);
    for (const std::int32_t label : data.labels()) ++n[static_cast<std::size_t>(label)];
    return n;
  };
  CHECK(counts(*source.train) == std::vector<int>{505, 460, 519, 486, 519, 488, 519, 486, 520, 498});
  CHECK(counts(*source.test) == std::vector<int>{103, 89, 100, 103, 90, 86, 112, 102, 106, 109});
  const auto first = [](const Dataset& data) {
    return std::vector<std::int32_t>(data.labels().begin(), data.labels().begin() + 5);
  };
  CHECK(first(*source.train) == std::vector<std::int32_t>{6, 9, 9, 4, 1});
  CHECK(first(*source.test) == std::vector<std::int32_t>{3, 8, 8, 0, 6});
  CHECK(loader->shape()->dims == std::vector<Index>{3, 32, 32});
  CHECK(source.train->memory().count == 5000 * (3072 + 4));
}

TEST_CASE("cifar10 takes npm's PNGs with their labels, and cifar100 has superclasses as a column") {
  const TemporaryFolder folder;
  folder.write("data_batch_1.png", png(2, pixels(2)));
  folder.write("data_batch_2.png", png(1, pixels(1)));
  folder.write("test_batch.png", png(1, pixels(1)));
  folder.write("train_lables.json", bytes_of("[1,2,3]"));
  folder.write("test_lables.json", bytes_of("[4]"));
  const DataSource ten = load_cifar10(folder.path());
  CHECK(ten.train->size() == 3);
  CHECK(ten.train->labels()[2] == 3);
  CHECK(ten.test->labels()[0] == 4);
  const TemporaryFolder hundred;
  hundred.write("train.bin", record({4, 30}, 1, 2, 3) + record({1, 50}, 1, 2, 3));
  hundred.write("test.bin.gz", gzipped(record({0, 7}, 1, 2, 3)));
  const DataSource source = load_cifar100(hundred.path());
  CHECK(source.train->labels()[1] == 50);
  REQUIRE(source.columns.size() == 1);
  CHECK(source.columns[0].name == "coarse");
  CHECK(source.columns[0].groups.size() == 20);
  CHECK(source.columns[0].codes == std::vector<std::uint32_t>{4, 1});
}

TEST_CASE("cifar10 and cifar100 say what is missing") {
  using Catch::Matchers::Contains;
  const TemporaryFolder folder;
  const auto said = [&](auto load, const std::string& path, ExitCode code) {
    const Said result = said_by([&] { load(path); });
    CHECK(result.code == code);
    return result.message;
  };
  CHECK_THAT(said(load_cifar10, folder.path() + "/x", ExitCode::no_input),
             Contains("there is no such folder; data.path must name one with CIFAR's files"));
  CHECK_THAT(said(load_cifar10, folder.path(), ExitCode::no_input),
             Contains("has neither data_batch*.bin, plain or .gz, nor data_batch*.png"));
  CHECK_THAT(said(load_cifar100, folder.path(), ExitCode::no_input), Contains("has no train.bin, plain or .gz"));
  folder.write("data_batch_1.png", png(2, pixels(2)));
  CHECK_THAT(said(load_cifar10, folder.path(), ExitCode::no_input),
             Contains("has PNG batches but no train_lables.json"));
  folder.write("train_labels.json", bytes_of("[1]"));
  CHECK_THAT(said(load_cifar10, folder.path(), ExitCode::data_damaged),
             Contains("1 labels, the PNG batches have 2 images"));
}

}  // namespace
}  // namespace fedtide
