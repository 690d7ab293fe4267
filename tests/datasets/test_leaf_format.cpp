#include "datasets/formats/leaf.h"

#include "tests/datasets/hostile.h"

namespace fedtide {
namespace {

ClientExamples leaf_of(const std::string& text) {
  const ByteString bytes = bytes_of(text);
  ClientExamples examples;
  read_leaf(ContentReader::over("f.json", bytes), examples);
  return examples;
}
std::string said(const std::string& text) {
  const Said result = said_by([&] { leaf_of(text); });
  CHECK(result.code == ExitCode::data_damaged);
  return result.message;
}

const std::string kGood =
    R"({"users":["a","b"],"num_samples":[2,1],"user_data":{"a":{"x":[[1.5,2],[3,-4e0]],"y":[0,1]},"b":{"x":[[0,0.5]],"y":[2.0]}}})";

TEST_CASE("LEAF's users get their rows and labels") {
  const ClientExamples e = leaf_of(kGood);
  CHECK(e.kind == ClientExamples::Kind::numbers);
  CHECK(e.width == 2);
  CHECK(e.samples == 3);
  CHECK_FALSE(e.values.bytes_only());
  CHECK(e.values.floats() == std::vector<float>{1.5, 2, 3, -4, 0, 0.5});
  CHECK(e.labels == std::vector<double>{0, 1, 2});
  REQUIRE(e.clients.size() == 2);
  CHECK(e.clients[0].name == "a");
  CHECK(e.clients[1].begin == 2);
  CHECK(e.clients[1].end == 3);
}

TEST_CASE("keys and users may come in any order; clients are in that of users; other keys are passed over") {
  const ClientExamples e =
      leaf_of(R"( {"user_data":{"b":{"y":["4"],"raw":[{"k":[1]}],"x":[[1,1]]},"a":{"x":[[0,1],[1,0]],"y":["2","3"]}},)"
              R"("hierarchies":["h",["i"],null,true],"num_samples":[2,1],"users":["a","b"],"extra":{"x":1}} )");
  REQUIRE(e.clients.size() == 2);
  CHECK(e.clients[0].name == "a");
  CHECK(e.clients[0].begin == 1);
  CHECK(e.clients[0].end == 3);
  CHECK(e.clients[1].begin == 0);
  CHECK(e.values.bytes_only());
  CHECK(e.values.bytes() == std::vector<std::uint8_t>{255, 255, 0, 255, 255, 0});
  CHECK(e.text_labels[1] == "2");
}

TEST_CASE("x may be texts, rows of texts, nested rows and single numbers") {
  const ClientExamples text =
      leaf_of(R"({"users":["a"],"num_samples":[2],"user_data":{"a":{"x":["ab","b\u00e9"],"y":["b","c"]}}})");
  CHECK(text.kind == ClientExamples::Kind::text);
  CHECK(text.texts[1] == "b\xc3\xa9");
  const ClientExamples fields =
      leaf_of(R"({"users":["a"],"num_samples":[1],"user_data":{"a":{"x":[["id",7,"hi"]],"y":[1]}}})");
  CHECK(fields.kind == ClientExamples::Kind::fields);
  CHECK(fields.width == 3);
  CHECK(fields.texts[1] == "7");
  const ClientExamples nested =
      leaf_of(R"({"users":["a"],"num_samples":[1],"user_data":{"a":{"x":[[[1,0],[0,1]]],"y":[1]}}})");
  CHECK(nested.width == 4);
  const ClientExamples single = leaf_of(R"({"users":["a"],"num_samples":[2],"user_data":{"a":{"x":[1,0],"y":[1,0]}}})");
  CHECK(single.width == 1);
  CHECK(single.samples == 2);
}

std::string one_row(const std::string& numbers) {
  return fmt::format(R"({{"users":["a"],"num_samples":[1],"user_data":{{"a":{{"x":[[{}]],"y":[0]}}}}}})", numbers);
}

TEST_CASE("all 256 bytes / 255 stay bytes as printed by Python, and one other number makes floats of all") {
  std::string row;
  for (int i = 0; i < 256; ++i) row.append(fmt::format("{}{}", i == 0 ? "" : ",", i / 255.0));
  const ClientExamples bytes = leaf_of(one_row(row));
  REQUIRE(bytes.values.bytes_only());
  for (int i = 0; i < 256; ++i) CHECK(bytes.values.bytes()[static_cast<std::size_t>(i)] == i);
  const ClientExamples floats = leaf_of(one_row(row + ",0.3"));
  REQUIRE(floats.values.floats().size() == 257);
  CHECK(floats.values.floats()[7] == 7.0f / 255.0f);
  CHECK(floats.values.floats()[256] == 0.3f);
  Values inverted;
  inverted.append(1.0);
  inverted.append(51 / 255.0);
  inverted.invert();
  CHECK(inverted.bytes() == std::vector<std::uint8_t>{0, 204});
}

TEST_CASE("files are joined, and a user in two of them is refused") {
  const ByteString first = bytes_of(kGood),
                   second = gzipped(
                       bytes_of(R"({"users":["c"],"num_samples":[1],"user_data":{"c":{"x":[[9,9]],"y":[7]}}})"));
  ClientExamples e;
  read_leaf(ContentReader::over("1.json", first), e);
  read_leaf(ContentReader::over("2.json", second), e);
  CHECK(e.clients.size() == 3);
  CHECK(e.clients[2].begin == 3);
  CHECK(e.places.at("c") == 2);
  CHECK(said_by([&] {
          read_leaf(ContentReader::over("3.json", second), e);
        }).message.find("the user \"c\" has been in a file before this one") != std::string::npos);
}

TEST_CASE("each mistake of a LEAF file is named with its byte") {
  using Catch::Matchers::EndsWith;
  const auto with_user = [](const std::string& data) {
    return fmt::format(R"({{"users":["a"],"num_samples":[1],"user_data":{{"a":{}}}}})", data);
  };
  CHECK(said("[1]") == "f.json: byte 0: found an array, must be an object with users, num_samples and user_data");
  CHECK(said("3") == "f.json: byte 1: found 3, must be an object with users, num_samples and user_data");
  CHECK_THAT(said("{}"), EndsWith("the file has no \"users\", must have users, num_samples and user_data"));
  CHECK_THAT(said(R"({"users":5})"), EndsWith("found 5, must be an array"));
  CHECK_THAT(said(R"({"users":[5]})"), EndsWith("found 5, must be the name of a user"));
  CHECK_THAT(said(R"({"users":[[]]})"), EndsWith("found an array, must be the name of a user"));
  CHECK_THAT(said(R"({"num_samples":["5"]})"), EndsWith("found \"5\", must be a number of samples"));
  CHECK_THAT(said(R"({"user_data":[]})"), EndsWith("found an array, must be an object with the data of each user"));
  CHECK_THAT(said(R"({"users":[],"users":[]})"), EndsWith("\"users\" comes twice"));
  CHECK_THAT(said(with_user("[1]")), EndsWith("found an array, must be an object with x and y"));
  CHECK_THAT(said(with_user(R"({"x":5,"y":[1]})")), EndsWith("found 5, must be an array"));
  CHECK_THAT(said(with_user(R"({"x":[[1]]})")), EndsWith("the user \"a\" has no y"));
  CHECK_THAT(said(with_user(R"({"y":[1]})")), EndsWith("the user \"a\" has no x"));
  CHECK_THAT(said(with_user(R"({"x":[[1]],"x":[[1]],"y":[1]})")), EndsWith("\"x\" comes twice"));
  CHECK_THAT(said(with_user(R"({"x":[[1],[1]],"y":[1]})")),
             EndsWith("the user \"a\" has 2 x and 1 y, must be as many"));
  CHECK_THAT(said(with_user(R"({"x":[[1],[1,2]],"y":[1,1]})")), EndsWith("an x of 2 numbers, the x before it have 1"));
  CHECK_THAT(said(with_user(R"({"x":[[]],"y":[1]})")), EndsWith("an x without numbers"));
  CHECK_THAT(said(with_user(R"({"x":[[1],"a"],"y":[1,1]})")),
             EndsWith("found a text as x, the x before it are numbers"));
  CHECK_THAT(said(with_user(R"({"x":[[1],[1]],"y":[1,"1"]})")),
             EndsWith("found a text as y, the y before it are numbers"));
  CHECK_THAT(said(with_user(R"({"x":[[null]],"y":[1]})")), EndsWith("found null, must be numbers or texts"));
  CHECK_THAT(said(with_user(R"({"x":[{}],"y":[1]})")), EndsWith("found an object, must be numbers or texts"));
  CHECK_THAT(said(with_user(R"({"x":[[1]],"y":[[1]]})")), EndsWith("found an array, must be a number or a text"));
  CHECK_THAT(said(with_user(R"({"x":[[1e39]],"y":[1]})")), EndsWith("found 1e39, must be a number that float32 holds"));
  CHECK_THAT(said(with_user(R"({"x":[[1e999]],"y":[1]})")),
             EndsWith("no JSON: Number too big to be stored in double."));
  CHECK(leaf_of(with_user(R"({"x":[[1e-999]],"y":[1]})")).values.bytes() == std::vector<std::uint8_t>{0});
  CHECK_THAT(said(with_user(R"({"x":[[NaN]],"y":[1]})")), EndsWith("no JSON: Invalid value."));
  CHECK(said(R"({"users":["a"],"num_samples":[2],"user_data":{"a":{"x":[[1]],"y":[1]}}})") ==
        "f.json: byte 50: num_samples says 2 for the user \"a\", user_data has 1");
  CHECK_THAT(said(R"({"users":["b"],"num_samples":[1],"user_data":{"a":{"x":[[1]],"y":[1]}}})"),
             EndsWith("the user \"b\" of users is not in user_data"));
  CHECK_THAT(said(R"({"users":["a","b"],"num_samples":[1,1],"user_data":{"a":{"x":[[1]],"y":[1]}}})"),
             EndsWith("user_data has 1 users, users has 2"));
  CHECK_THAT(said(R"({"users":["a"],"num_samples":[1,1],"user_data":{"a":{"x":[[1]],"y":[1]}}})"),
             EndsWith("num_samples has 2 numbers for 1 users"));
  CHECK_THAT(
      said(R"({"users":["a","a"],"num_samples":[1,1],"user_data":{"a":{"x":[[1]],"y":[1]},"b":{"x":[[1]],"y":[1]}}})"),
      EndsWith("the user \"a\" comes twice in users"));
  CHECK_THAT(said(R"({"users":["a"],"num_samples":[1],"user_data":{"a":{"x":[[1]],"y":[1]},"a":{"x":[[1]],"y":[1]}}})"),
             EndsWith("the user \"a\" comes twice in user_data"));
}

TEST_CASE("what is no JSON says where") {
  using Catch::Matchers::EndsWith;
  CHECK(said("") == "f.json: byte 0: the file ends in the middle of its JSON; is it cut off?");
  CHECK(said(R"({"users":[)") == "f.json: byte 10: the file ends in the middle of its JSON; is it cut off?");
  CHECK_THAT(said(fmt::format("{}x", kGood)),
             EndsWith("no JSON: The document root must not be followed by other values."));
  CHECK_THAT(said(fmt::format("{}{}", kGood, '\0')), EndsWith("found the byte 0x00, must end here: no JSON"));
  CHECK_THAT(said("{\"users\":[\"\xff\"]}"), EndsWith("no JSON: Invalid encoding in string."));
  CHECK_THAT(said(fmt::format("{{\"k\":{}", std::string(100, '['))),
             EndsWith("arrays and objects nested more than 64 deep"));
  CHECK_THAT(said(fmt::format("{{\"k\":\"{}\"}}", std::string(40'000'000, 'a'))),
             EndsWith("a text, number or gap of more than 16777216 bytes begins here"));
}

TEST_CASE("a LEAF file that is cut anywhere is refused, and a changed byte never does more than change data") {
  const auto read = [](const ByteString& file) {
    ClientExamples examples;
    read_leaf(ContentReader::over("f.json", file), examples);
    REQUIRE(examples.labels.size() + examples.text_labels.size() == examples.samples);
  };
  check_cuts(bytes_of(kGood), read);
  check_cuts(gzipped(bytes_of(kGood)), read);
  CHECK(check_changes(bytes_of(kGood), read) > 300);
  CHECK(check_changes(gzipped(bytes_of(kGood)), read) > 300);
}

TEST_CASE("a bomb of blanks or of one endless text takes little memory") {
  ByteString bomb = gzipped(bytes_of("{\"users\":[\""));
  const ByteString more = gzipped(ByteString(20'000'000, 'a'));
  for (int i = 0; i < 20; ++i) bomb = bomb + more;
  const long growth = peak_growth([&] {
    ClientExamples e;
    CHECK(said_by([&] { read_leaf(ContentReader::over("f.json", bomb), e); }).code == ExitCode::data_damaged);
  });
  CHECK(growth < 90'000);  // kB; the content is 400 MB
}

}  // namespace
}  // namespace fedtide
