#include "sim/config/overrides.h"

#include "tests/config/helpers.h"

using namespace fedtide;

namespace {

Lines override_mistakes(const std::vector<std::string>& words) {
  return mistakes([&] {
    Node root = load_yaml_text("seed: 3\nlist: [1, 2]\nfleet:\nt: {lr: 0.1}\n", "e.yaml");
    Problems problems;
    apply_overrides(root, words, problems);
    problems.throw_if_any();
  });
}

Node overridden(const std::vector<std::string>& words) {
  Node root = load_yaml_text("seed: 3\nlist: [1, 2]\nfleet:\nt: {lr: 0.1}\n", "e.yaml");
  Problems problems;
  apply_overrides(root, words, problems);
  REQUIRE(problems.empty());
  return root;
}

}  // namespace

TEST_CASE("an override replaces a value and makes the mappings on its way", "[config][override]") {
  const Node root =
      overridden({"seed=5", "t.lr=1e-3", "fleet.link.up=10 Mbit/s", "new.deep.key=[1, 2]", "list={a: 1}"});
  CHECK(root.find("seed")->value.text == "5");
  CHECK(root.find("t")->value.find("lr")->value.text == "1e-3");
  CHECK(root.find("fleet")->value.find("link")->value.find("up")->value.text == "10 Mbit/s");
  CHECK(root.find("new")->value.find("deep")->value.find("key")->value.items.size() == 2);
  CHECK(root.find("list")->value.is_map());
  CHECK(root.find("seed")->value.place.file == "command line");
}

TEST_CASE("the last of equal overrides wins", "[config][override]") {
  CHECK(overridden({"seed=5", "seed=6"}).find("seed")->value.text == "6");
}

TEST_CASE("values are YAML, and text keeps its signs", "[config][override]") {
  CHECK(overridden({"a=x=y"}).find("a")->value.text == "x=y");
  CHECK(overridden({"a= 90 s "}).find("a")->value.text == "90 s");
  CHECK(overridden({"a=null"}).find("a")->value.is_null());
  CHECK(overridden({"a=-1"}).find("a")->value.text == "-1");
  CHECK(overridden({"a=\"1,2\""}).find("a")->value.quoted);
  CHECK(overridden({"a=1 # remark"}).find("a")->value.text == "1");
  CHECK(overridden({"a=x#y"}).find("a")->value.text == "x#y");
}

TEST_CASE("words that are no overrides are refused with what would be right", "[config][override]") {
  CHECK(override_mistakes({"seed"}) == Lines{"command line: seed: not of the form key=value, for example seed=2"});
  CHECK(override_mistakes({"seed="}) ==
        Lines{"command line: seed=: no value after \"=\"; write null to clear a key, \"\" in quotes for empty text"});
  CHECK(override_mistakes({"=5"}) == Lines{"command line: =5: a part of the key is empty; write a.b=c"});
  CHECK(override_mistakes({"a..b=5"}) == Lines{"command line: a..b=5: a part of the key is empty; write a.b=c"});
  CHECK(override_mistakes({"~a"}) == Lines{"command line: ~a: to take a key away, set it to null: a.b=null"});
  CHECK(override_mistakes({"+a=1"}) ==
        Lines{"command line: +a=1: write a.b=c; a key that the file does not have needs no \"+\""});
  CHECK(override_mistakes({"a b=1"}) == Lines{"command line: a b=1: a key has no spaces in it"});
  const std::string items = "an item of a list cannot be set; set the whole list: ";
  CHECK(override_mistakes({"list[0]=1"}) == Lines{"command line: list[0]=1: " + items + "a.b=[1,2]"});
  CHECK(override_mistakes({"list.0=1"}) == Lines{"command line: list.0=1: " + items + "list=[1,2]"});
  CHECK(override_mistakes({"seed.x=1"}) ==
        Lines{"command line: seed.x=1: seed is 3, not a mapping; it has no keys to set"});
}

TEST_CASE("several values are for sweeps", "[config][override]") {
  const std::string several =
      ": several values are for `fedtide sweep`; here one value is set; write a list in brackets: [1,2]";
  for (const std::string word : {"seed=1,2", "seed=range(5)", "seed=choice(1,2)", "seed=logspace(-3,-1,5)"}) {
    CHECK(override_mistakes({word}) == Lines{"command line: " + word + several});
  }
  CHECK_FALSE(is_sweep_value("[1,2]"));
  CHECK_FALSE(is_sweep_value("{a: 1, b: 2}"));
  CHECK_FALSE(is_sweep_value("'1,2'"));
  CHECK(is_sweep_value("[1,2],[3]"));
}

TEST_CASE("a value that is no YAML is refused, brackets cannot break out", "[config][override]") {
  CHECK(override_mistakes({"a=1]"}) == Lines{"command line: a=1]: a closing bracket that was not opened"});
  CHECK(override_mistakes({"a=*x"}) ==
        Lines{"command line: a=*x: an alias to an anchor that was not defined before it"});
  CHECK(override_mistakes({"a={b: 1, b: 2}"}) == Lines{"command line: a={b: 1, b: 2}: this key is written twice"});
  CHECK(override_mistakes({"a=\"x"}).size() == 1);
  CHECK(override_mistakes({"a=[1"}).size() == 1);
  CHECK(override_mistakes({"a=" + std::string(100000, '[')}).size() == 1);
  CHECK(override_mistakes({"a=\xFF"}) ==
        Lines{"command line: a=\xFF: the byte 0xFF is not UTF-8; save the file as UTF-8"});
}

TEST_CASE("all wrong words are shown at once, in their order", "[config][override]") {
  CHECK(override_mistakes({"seed", "seed=4", "~x"}).size() == 2);
}

TEST_CASE("the reader's messages show the word as typed", "[config][override]") {
  const auto read = [](Section& s) {
    s.whole("seed", {1, non_negative(), "", ""});
    s.section("t", "", [](Section& t) { t.real("lr", {0.1, positive(), "", ""}); });
  };
  CHECK(read_mistakes("seed: 1\n", read, {"sed=2"}) ==
        Lines{"command line: sed=2: unknown key; did you mean \"seed\"?"});
  CHECK(read_mistakes("", read, {"t.lr=-1"}) == Lines{"command line: t.lr=-1: must be greater than 0, got -1"});
  CHECK(read_mistakes("", read, {"t={lr: -1}"}) ==
        Lines{"command line: t={lr: -1}: t.lr: must be greater than 0, got -1"});
  CHECK(read_mistakes("t: 5\nseed: -1\n", read, {"t=5"}) ==
        Lines{"command line: t=5: must be a mapping of keys to values, got 5",
              "e.yaml:2:7: seed: must be at least 0, got -1"});
}
