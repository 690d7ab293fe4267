#include "sim/config/yaml.h"

#include <ctime>

#include "tests/config/helpers.h"

using namespace fedtide;

namespace {

/// Of this process; the machine may be busy.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::string repeated(const std::string& text, std::size_t count) {
  std::string all;
  all.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("a tree keeps order, places and quotes", "[config][yaml]") {
  const Node root = load_yaml_text("b: 1\na:\n  - x\n  - 'y'\nc:\n", "e.yaml");
  REQUIRE(root.is_map());
  REQUIRE(root.entries.size() == 3);
  CHECK(root.entries[0].key == "b");
  CHECK(root.entries[0].value.text == "1");
  CHECK(root.entries[0].value.place.line == 1);
  CHECK(root.entries[0].value.place.column == 4);
  const Node& list = root.entries[1].value;
  REQUIRE(list.items.size() == 2);
  CHECK_FALSE(list.items[0].quoted);
  CHECK(list.items[1].quoted);
  CHECK(list.items[1].place.line == 4);
  // An absent value stands at its key, not where the next key would be.
  CHECK(root.entries[2].value.is_null());
  CHECK(root.entries[2].value.place.line == 5);
}

TEST_CASE("columns count characters, not bytes", "[config][yaml]") {
  const Node root = load_yaml_text("a: [\u00e9\u00e9, x]\n", "e.yaml");
  CHECK(root.entries[0].value.items[1].place.column == 9);
}

TEST_CASE("an empty text is an empty mapping", "[config][yaml]") {
  for (const std::string text : {"", "# nothing\n", "---\n", "\xEF\xBB\xBF", "\r\n"}) {
    const Node root = load_yaml_text(text, "e.yaml");
    CHECK(root.is_map());
    CHECK(root.entries.empty());
  }
}

TEST_CASE("a byte-order mark and CRLF change nothing", "[config][yaml]") {
  const Node root = load_yaml_text(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: x\r\n",
      "e.yaml");
  REQUIRE(root.entries.size() == 2);
  CHECK(root.entries[0].key == "a");
  CHECK(root.entries[1].value.text == "x");
  CHECK(root.entries[1].place.line == 2);
}

TEST_CASE("encodings other than UTF-8 are refused where they begin", "[config][yaml]") {
  CHECK(load_mistakes(std::string("a: 1\nb\0", 7)) == Lines{"e.yaml:2:2: a NUL byte; the file is not text"});
  CHECK(load_mistakes("a: caf\xE9\n") == Lines{"e.yaml:1:7: the byte 0xE9 is not UTF-8; save the file as UTF-8"});
  CHECK(load_mistakes("a: \xC0\xAF") == Lines{"e.yaml:1:4: the byte 0xC0 is not UTF-8; save the file as UTF-8"});
  CHECK(load_mistakes("a: \xED\xA0\x80") == Lines{"e.yaml:1:4: the byte 0xED is not UTF-8; save the file as UTF-8"});
  CHECK(load_mistakes(std::string("\xFF\xFE"
                                  "a\0",
                                  4)) == Lines{"e.yaml:1:1: the text is UTF-16; save it as UTF-8"});
  CHECK(load_mistakes(std::string("a\0:\0", 4)) == Lines{"e.yaml:1:1: the text is UTF-16; save it as UTF-8"});
  CHECK(load_mistakes("a: \"x\\0y\"") == Lines{"e.yaml:1:4: a: text with a NUL character (\\0)"});
}

TEST_CASE("a tab in the indentation is refused", "[config][yaml]") {
  CHECK(load_mistakes("a:\n  \tb: 1\n") == Lines{"e.yaml:2:3: a tab in the indentation; YAML indents with spaces"});
  CHECK(load_mistakes("a:\t1 # fine\n\t# fine\n\t\n").empty());
}

TEST_CASE("a key written twice names both lines", "[config][yaml]") {
  CHECK(load_mistakes("t:\n  a: 1\n  b: 2\n  a: 3\n  a: 4\n") ==
        Lines{"e.yaml:4:3: t.a: this key is written twice; first on line 2",
              "e.yaml:5:3: t.a: this key is written twice; first on line 2"});
  CHECK(load_mistakes("\"a\": 1\na: 2\n") == Lines{"e.yaml:2:1: a: this key is written twice; first on line 1"});
}

TEST_CASE("one file holds one document", "[config][yaml]") {
  CHECK(load_mistakes("a: 1\n---\nb: 2\n") ==
        Lines{"e.yaml:2:1: a second YAML document starts here; a file holds one experiment"});
  CHECK(load_mistakes("{a: 1}, b") ==
        Lines{"e.yaml:1:7: text after the end of the experiment; check the indentation and the brackets"});
  CHECK(load_mistakes("- 1\nb: 2\n") ==
        Lines{"e.yaml:2:1: text after the end of the experiment; check the indentation and the brackets"});
}

TEST_CASE("what YAML has and an experiment has not is refused", "[config][yaml]") {
  CHECK(load_mistakes("a: &t {x: 1}\nb:\n  <<: *t\n") ==
        Lines{"e.yaml:3:3: b: merge keys (<<) are not used here; write the keys out, or alias a whole value"});
  CHECK(load_mistakes("? [1]\n: 2\n") == Lines{"e.yaml:1:3: a key must be a word, got a list"});
  CHECK(load_mistakes("{a: 1}: 2\n") == Lines{"e.yaml:1:1: a key must be a word, got a mapping"});
  CHECK(load_mistakes("a:\n  : 2\n") == Lines{"e.yaml:2:3: a: a key must be a word, got nothing"});
  CHECK(load_mistakes("a: !!int 5\n") == Lines{"e.yaml:1:4: a: YAML tags such as !!str are not used here; remove it"});
  CHECK(load_mistakes("- 1\n") == Lines{"e.yaml:1:1: an experiment is a mapping of keys to values, got a list"});
  CHECK(load_mistakes("fast\n") == Lines{"e.yaml:1:1: an experiment is a mapping of keys to values, got \"fast\""});
}

TEST_CASE("syntax errors are said in words that help", "[config][yaml]") {
  CHECK(
      load_mistakes("a: 1\nb: c: d\n") ==
      Lines{"e.yaml:2:5: a \":\" where no mapping can start; check the indentation, and put text with \": \" in it in "
            "quotes"});
  CHECK(load_mistakes("a: \"x\n") == Lines{"e.yaml:1:1: a: the text ends inside quotes; a closing quote is missing"});
  CHECK(load_mistakes("a: 1\nb:\n  c: 'x\nd: 2\n\n") ==
        Lines{"e.yaml:3:3: b.c: the text ends inside quotes; a closing quote is missing"});
  CHECK(load_mistakes("a: @x\n") ==
        Lines{"e.yaml:1:4: a value cannot start with this character; put the text in quotes"});
  CHECK(load_mistakes("a: *x\n") == Lines{"e.yaml:1:4: an alias to an anchor that was not defined before it"});
  CHECK(load_mistakes("]\n") == Lines{"e.yaml:1:1: a closing bracket that was not opened"});
  const std::string unclosed = "the bracket that opens here is not closed, or a comma is missing before its end";
  CHECK(load_mistakes("a: 1\nb: [1, 2\n") == Lines{"e.yaml:2:4: " + unclosed});
  CHECK(load_mistakes("b: {a: 1\nc: 2\n") == Lines{"e.yaml:1:4: " + unclosed});
  CHECK(load_mistakes("%YAML 3.0\n---\na: 1\n") == Lines{"e.yaml:1:1: not valid YAML: YAML major version too large"});
}

TEST_CASE("an alias stands for its value, and never for what contains it", "[config][yaml]") {
  const Node root = load_yaml_text("a: &x [1, 2]\nb: *x\n", "e.yaml");
  CHECK(root.entries[1].value.items.size() == 2);
  CHECK(load_mistakes("a: &x [1, *x]\n") == Lines{"e.yaml:1:11: an alias to something that contains it"});
  CHECK(load_mistakes("a: &x {b: {c: *x}}\n") == Lines{"e.yaml:1:15: an alias to something that contains it"});
}

// 10^9 leaves in 430 bytes: each list has ten aliases of the one before.
TEST_CASE("an alias bomb is refused at its budget", "[config][yaml]") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    bomb += fmt::format("a{}: &a{} [", i, i);
    for (int k = 0; k < 10; ++k) bomb += fmt::format("{}*a{}", k == 0 ? "" : ", ", i - 1);
    bomb += "]\n";
  }
  const Lines lines = load_mistakes(bomb);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].ends_with(": more than 10000 values, aliases counted in full"));
  const std::string long_text = "a: &a \"" + repeated("y", 500000) + "\"\nb: [" + repeated("*a, ", 900) + "1]\n";
  CHECK(load_mistakes(long_text) == Lines{"e.yaml:2:29: more than 4 MiB of text, aliases counted in full"});
}

TEST_CASE("sizes have limits", "[config][yaml]") {
  CHECK(load_mistakes("# " + repeated("x", kMaxYamlBytes)) ==
        Lines{"e.yaml: the file is larger than 1 MiB; an experiment is a small text"});
  CHECK(load_mistakes("a: [" + repeated("1, ", 20000) + "1]")
            .at(0)
            .ends_with(": more than 10000 values, aliases counted in full"));
  // The file, its key and the list are three; the keys count.
  CHECK(load_mistakes("a: [" + repeated("1, ", 9996) + "1]").empty());
  CHECK(load_mistakes("a: [" + repeated("1, ", 9997) + "1]").size() == 1);
}

TEST_CASE("nesting ends at 64 levels, whatever its form, and quickly", "[config][yaml]") {
  CHECK(load_mistakes("a: " + repeated("[", 63) + repeated("]", 63)).empty());
  CHECK(load_mistakes("a: " + repeated("[", 64) + repeated("]", 64)) ==
        Lines{"e.yaml:1:67: nested deeper than 64 levels"});
  std::string block;
  for (int i = 0; i < 1400; ++i) block += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  const std::vector<std::pair<std::string, std::string>> floods = {
      {repeated("[", 100000), "e.yaml:1:65"},
      {repeated("{a: ", 100000), "e.yaml:1:257"},
      {repeated("- ", 100000), "e.yaml:1:129"},
      {repeated("? ", 100000), "e.yaml:1:129"},
      {block, "e.yaml:65:65"},
      {repeated("[", 1 << 20), "e.yaml:1:65"},
      {repeated("- ", 1 << 19), "e.yaml:1:129"},
      {repeated("[{a: ", 100000), "e.yaml:1:161"},
  };
  for (const auto& [text, place] : floods) {
    const double start = cpu_seconds();
    CHECK(load_mistakes(text) == Lines{place + ": nested deeper than 64 levels"});
    CHECK(cpu_seconds() - start < 0.1 * kSlowdown);
  }
}

TEST_CASE("a megabyte of anything ends in a moment", "[config][yaml]") {
  for (const std::string one :
       {"a: ", "&a ", "!a ", "\"",    "'",     ",",   "--- \n", "...\n", "| ",  "|\n ",   "a",    "a\n", "\n",
        "]",   "}",   "?[",  "a:\n ", "- a\n", "*a ", "[,",     "\"\n",  "#\n", "a: 1\n", "%a\n", "> "}) {
    const double start = cpu_seconds();
    load_mistakes(repeated(one, kMaxYamlBytes / one.size()));
    CAPTURE(one);
    CHECK(cpu_seconds() - start < 2 * kSlowdown);
  }
}

TEST_CASE("a file that cannot be read is missing input", "[config][yaml]") {
  const auto failure = [](const std::string& path) {
    try {
      load_yaml_file(path);
    } catch (const Failure& e) {
      CHECK(e.code() == ExitCode::no_input);
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(failure("no/such.yaml") == "no/such.yaml: cannot be read: No such file or directory");
  CHECK(failure("/tmp") == "/tmp: cannot be read: it is a folder");
}
