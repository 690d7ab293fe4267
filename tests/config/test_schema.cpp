#include <nlohmann/json.hpp>
#include <regex>

#include "sim/config/describe.h"
#include "sim/config/json_schema.h"
#include "sim/config/schema_recorder.h"
#include "tests/config/helpers.h"
#include "tests/fuzz/config_harness.h"

using namespace fedtide;
using Json = nlohmann::ordered_json;

namespace {

void read_wrapping(Section& s) {
  s.choose("name", {"plain", {{"plain", "", ""}, {"wrapped", "", ""}}, "", ""}, [&](const std::string& name) {
    if (name == "wrapped") s.section("inner", "what it wraps", read_wrapping);
  });
}

std::string failure_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Failure& e) {
    CHECK(e.code() == ExitCode::usage);
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the code that parses also describes", "[config][schema]") {
  const SchemaNode root = record_schema(fuzz::read_everything);
  REQUIRE(root.children.size() == 6);
  const SchemaNode& protocol = root.children[4];
  CHECK(protocol.key == "protocol");
  CHECK(protocol.help == "who talks to whom and when");
  const SchemaNode& choice = protocol.children[0];
  REQUIRE(choice.options.size() == 2);
  const SchemaNode& deadline = choice.options[0].children[0];
  CHECK(deadline.key == "deadline");
  CHECK(deadline.unit == Unit::second);
  CHECK(deadline.optional);
  CHECK_FALSE(deadline.required);
  CHECK(choice.options[1].children[0].key == "buffer");
}

TEST_CASE("a default outside its own bounds is our mistake", "[config][schema]") {
  const auto bad = [](Section& s) { s.real("x", {0, positive(), "", ""}); };
  CHECK_THROWS_WITH(record_schema(bad), Catch::Contains("the default 0 of \"x\" is not greater than 0"));
}

TEST_CASE("a choice within itself is described once", "[config][schema]") {
  const SchemaNode root = record_schema(read_wrapping);
  const SchemaNode& inner = root.children[0].options[1].children[0];
  CHECK(inner.key == "inner");
  CHECK(inner.children[0].is_recursive);
  CHECK(inner.children[0].options.size() == 2);
  CHECK(inner.children[0].options[1].children.empty());
  const Json json = json_schema(root, "t");
  CHECK(json["allOf"][1]["then"]["properties"]["inner"]["additionalProperties"] == true);
  CHECK(read_mistakes("{name: wrapped, inner: {name: wrapped, inner: {name: plain}}}", read_wrapping).empty());
}

TEST_CASE("the JSON schema holds types, bounds, defaults and options", "[config][schema]") {
  const Json json = json_schema(record_schema(fuzz::read_everything), "Fedtide experiment");
  CHECK(json["$schema"] == "http://json-schema.org/draft-07/schema#");
  CHECK(json["additionalProperties"] == false);
  CHECK(json["properties"]["seed"].dump() ==
        R"({"type":"integer","minimum":0,"description":"seed of all random streams","default":1})");
  const Json& training = json["properties"]["training"]["properties"];
  CHECK(training["clip"]["type"].dump() == R"(["number","null"])");
  CHECK(training["clip"]["exclusiveMinimum"] == 0);
  CHECK(training["batch_size"]["anyOf"].dump() == R"([{"type":"integer","minimum":1},{"enum":["full"]}])");
  CHECK(training["batch_size"]["default"] == "full");
  CHECK(training["hidden"]["items"].dump() == R"({"type":"integer","minimum":1})");
  const Json& protocol = json["properties"]["protocol"];
  CHECK(protocol["additionalProperties"] == false);
  CHECK(protocol["properties"]["name"]["enum"].dump() == R"(["synchronous","buffered"])");
  CHECK(protocol["properties"]["buffer"] == true);
  REQUIRE(protocol["allOf"].size() == 2);
  // The default's keys hold also when the choice is not written.
  CHECK_FALSE(protocol["allOf"][0]["if"].contains("required"));
  CHECK(protocol["allOf"][1]["if"].dump() == R"({"properties":{"name":{"const":"buffered"}},"required":["name"]})");
  CHECK(protocol["allOf"][0]["then"]["properties"]["buffer"] == false);
  CHECK(protocol["allOf"][1]["then"]["properties"]["deadline"] == false);
  CHECK(protocol["allOf"][1]["then"]["properties"]["buffer"]["minimum"] == 1);
  CHECK(json["properties"]["fleet"]["properties"]["speed"]["anyOf"].size() == 8);
}

TEST_CASE("a quantity's pattern takes what is read and nothing else", "[config][schema]") {
  const Json json = json_schema(record_schema(fuzz::read_everything), "t");
  const std::regex pattern(json["properties"]["fleet"]["properties"]["start"]["pattern"].get<std::string>());
  for (const std::string text : {"90 s", "90s", "1.5 h", ".5 min", "+1e3 ms", "-1 s", "0 s", " 7 d ", "012 s", "5",
                                 "5 MB", "1. s", "1e s", "1_0 s", "soon", "5 ss", "0x1 s"}) {
    const ParsedQuantity parsed = parse_quantity(text);
    CAPTURE(text);
    CHECK(std::regex_match(text, pattern) == (parsed.error.empty() && parsed.unit == Unit::second));
  }
}

TEST_CASE("required keys are required, and so are mappings that have one", "[config][schema]") {
  const auto read = [](Section& s) {
    s.section("a", "", [](Section& a) { a.real("x", {std::nullopt, anything(), "", ""}); });
    s.section("b", "", [](Section& b) { b.real("x", {1.0, anything(), "", ""}); });
  };
  const Json json = json_schema(record_schema(read), "t");
  CHECK(json["required"].dump() == R"(["a"])");
  CHECK(json["properties"]["a"]["required"].dump() == R"(["x"])");
  CHECK(json["properties"]["b"]["type"].dump() == R"(["object","null"])");
}

TEST_CASE("describe shows a key with type, unit, default, range and help", "[config][schema]") {
  const SchemaNode root = record_schema(fuzz::read_everything);
  CHECK(describe(root, {"protocol.deadline"}) ==
        "protocol.deadline  time [s]; default none; greater than 0 s\n"
        "                   time until late reports are refused; with name: synchronous\n");
  CHECK(describe(root, {"protocol", "buffered"}) ==
        "protocol:              who talks to whom and when\n"
        "  name                 word; default synchronous\n"
        "                       protocol\n"
        "    name: buffered     buffers\n"
        "      buffer           whole number; default 10; at least 1\n"
        "                       updates in a version\n"
        "  cohort               whole number; default none; at least 1\n"
        "                       clients in a round\n"
        "  weights              word; default samples\n"
        "                       weight of an update\n"
        "    samples\n"
        "    equal\n");
  CHECK(failure_of([&] { describe(root, {"protocol.dedline"}); }) ==
        "no key \"dedline\" in protocol; did you mean \"deadline\"?");
  CHECK(failure_of([&] {
          describe(root, {"protocol", "bufered"});
        }) == "protocol has no \"bufered\"; did you mean \"buffered\"?");
  CHECK(failure_of([&] { describe(root, {"training", "x"}); }) == "training has no \"x\"; it has no choices");
}

TEST_CASE("described lines fit the columns", "[config][schema]") {
  const std::string page = describe(record_schema(fuzz::read_everything), {}, 60);
  std::size_t start = 0;
  while (start < page.size()) {
    const std::size_t end = page.find('\n', start);
    CHECK(end - start <= 60);
    start = end + 1;
  }
}
