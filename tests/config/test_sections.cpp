#include <nlohmann/json.hpp>

#include "sim/config/describe.h"
#include "sim/config/json_schema.h"
#include "sim/config/resolved.h"
#include "sim/config/schema_recorder.h"
#include "tests/config/helpers.h"

using namespace fedtide;
using Json = nlohmann::ordered_json;

namespace {

/// Steps of a way, some of which hold steps of their own.
void read_steps(Section& s) {
  s.sections("steps", "the way, step by step", [](Section& step) {
    step.choose("go", {std::nullopt, {{"walk", "on foot", ""}, {"loop", "again and again", ""}}, "how", ""},
                [&](const std::string& how) {
                  if (how == "walk") step.whole("paces", {std::nullopt, at_least(1), "how far", ""});
                  if (how == "loop") read_steps(step);
                });
  });
}

Resolved resolve(const std::string& text) {
  Problems problems;
  Resolved resolved;
  read_config(load_yaml_text(text, "e.yaml"), problems, read_steps, &resolved);
  return resolved;
}

}  // namespace

TEST_CASE("a list of mappings is read item by item, in order", "[config]") {
  std::vector<std::int64_t> seen;
  const auto read = [&](Section& s) {
    s.sections("steps", "", [&](Section& step) { seen.push_back(step.whole("n", {7, at_least(1), "", ""})); });
  };
  CHECK(read_mistakes("steps: [{n: 3}, {}, {n: 5}]", read).empty());
  CHECK(seen == std::vector<std::int64_t>{3, 7, 5});
  seen.clear();
  CHECK(read_mistakes("{}", read).empty());
  CHECK(read_mistakes("steps: []", read).empty());
  CHECK(seen.empty());
}

TEST_CASE("mistakes in a list of mappings have the item's place and number", "[config]") {
  CHECK(read_mistakes("steps:\n  - {go: walk, paces: 3}\n  - {go: loop, steps: [{go: walk, paces: 0}]}\n",
                      read_steps) == Lines{"e.yaml:3:42: steps[1].steps[0].paces: must be at least 1, got 0"});
  CHECK(read_mistakes("steps: [{go: walk, paces: 3}, {go: wak}, {go: walk}, 5]", read_steps) ==
        Lines{"e.yaml:1:36: steps[1].go: unknown value \"wak\"; did you mean \"walk\"?",
              "e.yaml:1:42: steps[2].paces: missing; must be a whole number of at least 1 (how far)",
              "e.yaml:1:54: steps[3]: must be a mapping of keys to values, got 5"});
  CHECK(mistake("steps: [{go: loop, paces: 3}]", read_steps) ==
        "e.yaml:1:20: steps[0].paces: unknown key; keys here: go, steps");
  CHECK(mistake("steps: 5", read_steps) ==
        "e.yaml:1:8: steps: must be a list, each item a mapping of keys to values, got 5");
  CHECK(mistake("steps: {go: walk}", read_steps) ==
        "e.yaml:1:8: steps: must be a list, each item a mapping of keys to values, got a mapping");
}

TEST_CASE("a resolved list of mappings reads back", "[config][resolved]") {
  const Resolved resolved =
      resolve("steps: [{go: walk, paces: 3}, {go: loop, steps: [{go: walk, paces: 4}, {go: loop}]}]");
  CHECK(to_yaml(resolved) ==
        "steps:\n"
        "  - go: walk\n"
        "    paces: 3\n"
        "  - go: loop\n"
        "    steps:\n"
        "      - go: walk\n"
        "        paces: 4\n"
        "      - go: loop\n"
        "        steps: []\n");
  CHECK(to_yaml(resolve(to_yaml(resolved))) == to_yaml(resolved));
  CHECK(to_json(resolved).dump() == R"({"steps":[{"go":"walk","paces":3},)"
                                    R"({"go":"loop","steps":[{"go":"walk","paces":4},{"go":"loop","steps":[]}]}]})");
  CHECK(to_yaml(resolve("{}")) == "steps: []\n");
}

TEST_CASE("an item without a written key is an empty mapping", "[config][resolved]") {
  const auto read = [](Section& s) {
    s.sections("list", "", [](Section& item) { item.maybe_real("x", {{}, anything(), "", ""}); });
  };
  Problems problems;
  Resolved resolved;
  read_config(load_yaml_text("list: [{}, {x: 2}]", "e.yaml"), problems, read, &resolved);
  CHECK(to_yaml(resolved) == "list:\n  - {}\n  - x: 2\n");
}

TEST_CASE("the schema of a list of mappings is an array of objects", "[config][schema]") {
  const SchemaNode root = record_schema(read_steps);
  REQUIRE(root.children.size() == 1);
  CHECK(root.children[0].kind == SchemaNode::Kind::mappings);
  const Json json = json_schema(root, "t");
  CHECK_FALSE(json.contains("required"));
  const Json& steps = json["properties"]["steps"];
  CHECK(steps["type"] == "array");
  CHECK(steps["default"].dump() == "[]");
  CHECK(steps["description"] == "the way, step by step");
  const Json& item = steps["items"];
  CHECK(item["type"] == "object");
  CHECK(item["required"].dump() == R"(["go"])");
  CHECK(item["additionalProperties"] == false);
  CHECK(item["allOf"][0]["then"]["required"].dump() == R"(["paces"])");
  const Json& inner = item["allOf"][1]["then"]["properties"]["steps"]["items"];
  CHECK(inner["properties"]["go"]["enum"].dump() == R"(["walk","loop"])");
  CHECK(inner["additionalProperties"] == true);  // steps within steps are not spelled out again
}

TEST_CASE("describe shows a list of mappings with the keys of an item", "[config][schema]") {
  const SchemaNode root = record_schema(read_steps);
  CHECK(describe(root, {}) ==
        "steps               list of mappings; default []\n"
        "                    the way, step by step\n"
        "  go                word; required\n"
        "                    how\n"
        "    go: walk        on foot\n"
        "      paces         whole number; required; at least 1\n"
        "                    how far\n"
        "    go: loop        again and again\n"
        "      steps         list of mappings; default []\n"
        "                    the way, step by step\n"
        "        go          word; required\n"
        "                    how\n"
        "                    with the keys of its kind as described above\n");
  CHECK(describe(root, {"steps.paces"}) ==
        "steps.paces  whole number; required; at least 1\n"
        "             how far; with go: walk\n");
  CHECK(describe(root, {"steps", "walk"}).find("paces") != std::string::npos);
}
