// Lists of words.

#include <nlohmann/json.hpp>

#include "sim/config/describe.h"
#include "sim/config/json_schema.h"
#include "sim/config/schema_recorder.h"
#include "tests/config/helpers.h"

using namespace fedtide;

namespace {

std::vector<std::string> read_fruit(Section& s) {
  return s.words("fruit", Words{{}, {{"apple", "grows on trees", ""}, {"2020", "a good year", ""}}, "what to eat", ""});
}

std::vector<std::string> parse(const std::string& text, Resolved* resolved = nullptr) {
  Problems problems;
  const Node root = load_yaml_text(text, "e.yaml");
  return read_config(root, problems, read_fruit, resolved);
}

}  // namespace

TEST_CASE("a list of words keeps its order, and an absent one is empty", "[config][read]") {
  CHECK(parse("{}").empty());
  CHECK(parse("fruit: []").empty());
  CHECK(parse("fruit: [2020, apple]") == std::vector<std::string>{"2020", "apple"});
  Resolved resolved, again;
  parse("fruit: [2020, apple]", &resolved);
  CHECK(to_yaml(resolved) == "fruit: [\"2020\", apple]\n");
  CHECK(to_json(resolved).dump() == R"({"fruit":["2020","apple"]})");
  CHECK(parse(to_yaml(resolved), &again) == std::vector<std::string>{"2020", "apple"});
  CHECK(to_yaml(again) == to_yaml(resolved));
  parse("{}", &resolved);
  CHECK(to_yaml(resolved) == "fruit: []\n");
}

TEST_CASE("a list of words names the item that is wrong", "[config][read]") {
  const auto read = [](Section& s) { read_fruit(s); };
  CHECK(mistake("fruit: apple", read) ==
        "e.yaml:1:8: fruit: must be a list, each item one of: apple, 2020; got \"apple\"");
  CHECK(mistake("fruit: [aple]", read) == "e.yaml:1:9: fruit[0]: unknown value \"aple\"; did you mean \"apple\"?");
  CHECK(mistake("fruit: [apple, [x]]", read).find("e.yaml:1:16: fruit[1]: must be one of: apple, 2020; got") == 0);
  CHECK(mistake("fruit: [apple, apple]", read) == "e.yaml:1:16: fruit[1]: \"apple\" stands here twice; write it once");
}

TEST_CASE("the schema of a list of words is an array of them", "[config][schema]") {
  const SchemaNode root = record_schema([](Section& s) { read_fruit(s); });
  const auto json = json_schema(root, "t")["properties"]["fruit"];
  CHECK(json["type"] == "array");
  CHECK(json["items"]["enum"].dump() == R"(["apple","2020"])");
  CHECK(json["uniqueItems"] == true);
  CHECK(json["default"].dump() == "[]");
  CHECK(describe(root, {}).find("list of words; default []") != std::string::npos);
  CHECK(describe(root, {}).find("grows on trees") != std::string::npos);
}
