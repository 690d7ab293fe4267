#include "tests/config/helpers.h"
#include "tests/fuzz/config_harness.h"

using namespace fedtide;

namespace {

using Read = std::function<void(Section&)>;

Read real(Bounds bounds) {
  return [=](Section& s) { s.real("x", {std::nullopt, bounds, "", ""}); };
}
Read whole(Bounds bounds) {
  return [=](Section& s) { s.whole("x", {std::nullopt, bounds, "", ""}); };
}
Read duration(Bounds bounds) {
  return [=](Section& s) { s.duration("x", {std::nullopt, bounds, "", ""}); };
}

template <class T>
T value_of(const std::string& text, const std::function<T(Section&)>& read) {
  Problems problems;
  return read_config(load_yaml_text(text, "e.yaml"), problems, read);
}

}  // namespace

TEST_CASE("numbers are read strictly", "[config][read]") {
  CHECK(mistake("x: -1", real(positive())) == "e.yaml:1:4: x: must be greater than 0, got -1");
  CHECK(mistake("x: 1.5", real(probability())) == "e.yaml:1:4: x: must be between 0 and 1, got 1.5");
  CHECK(mistake("x: fast", real(positive())) == "e.yaml:1:4: x: must be a number greater than 0, got \"fast\"");
  CHECK(mistake("x: .nan", real(anything())) == "e.yaml:1:4: x: must be a number, got \".nan\"");
  CHECK(mistake("x: -.inf", real(anything())) == "e.yaml:1:4: x: must be a number, got \"-.inf\"");
  CHECK(mistake("x: \"5\"", real(at_least(1))) ==
        "e.yaml:1:4: x: must be a number of at least 1, not text; remove the quotes around \"5\"");
  CHECK(mistake("x: 012", real(anything())) ==
        "e.yaml:1:4: x: must be a number; \"012\" has a leading zero; write it without");
  CHECK(
      mistake("x: 1_000", real(anything())) ==
      "e.yaml:1:4: x: must be a number; \"1_000\" has a digit separator or a decimal comma; write plain digits with a "
      "decimal point, like 1234.5");
  CHECK(mistake("x: 1e-400", real(anything())).find("out of range") != std::string::npos);
  CHECK(mistake("x: 5 s", real(anything())) == "e.yaml:1:4: x: must be a number without a unit, got \"5 s\"");
  CHECK(mistake("x: [1]", real(anything())) == "e.yaml:1:4: x: must be a number, got a list");
  CHECK(mistake("x: {}", real(anything())) == "e.yaml:1:4: x: must be a number, got a mapping");
  CHECK(mistake("x:", real(anything())) == "e.yaml:1:1: x: must be a number, got nothing");
  CHECK(mistake("x: true", real(anything())) == "e.yaml:1:4: x: must be a number, got \"true\"");
  CHECK(mistake("x: 1e308", real(anything())).empty());
}

TEST_CASE("whole numbers are exact", "[config][read]") {
  const std::function<std::int64_t(Section&)> read = [](Section& s) {
    return s.whole("x", {std::nullopt, anything(), "", ""});
  };
  CHECK(value_of("x: 1e3", read) == 1000);
  CHECK(value_of("x: 1.50e1", read) == 15);
  CHECK(value_of("x: 100e-2", read) == 1);
  CHECK(value_of("x: -2.0", read) == -2);
  CHECK(value_of("x: 0e-5", read) == 0);
  CHECK(value_of("x: 9007199254740991", read) == 9007199254740991);
  CHECK(mistake("x: 2.5", whole(anything())) == "e.yaml:1:4: x: must be a whole number, got 2.5");
  CHECK(mistake("x: 15e-1", whole(anything())) == "e.yaml:1:4: x: must be a whole number, got 15e-1");
  CHECK(mistake("x: 0.99999999999999999999", whole(anything())) ==
        "e.yaml:1:4: x: must be a whole number, got 0.99999999999999999999");
  CHECK(mistake("x: 9007199254740993", whole(anything())) ==
        "e.yaml:1:4: x: must be less than 9007199254740992 (2^53) in size, got 9007199254740993");
  CHECK(mistake("x: a", whole(between(1, 5))) == "e.yaml:1:4: x: must be a whole number between 1 and 5, got \"a\"");
}

TEST_CASE("quantities need the right unit", "[config][read]") {
  CHECK(mistake("x: 90", duration(positive())) == "e.yaml:1:4: x: must have a unit, for example \"90 s\", got 90");
  CHECK(mistake("x: \"90\"", duration(positive())) ==
        "e.yaml:1:4: x: must have a unit, for example \"90 s\", got \"90\"");
  CHECK(mistake("x: 5 MB", duration(positive())) ==
        "e.yaml:1:4: x: must be a time, for example \"90 s\", got \"5 MB\"");
  CHECK(mistake("x: 0 s", duration(positive())) == "e.yaml:1:4: x: must be greater than 0 s, got \"0 s\"");
  CHECK(mistake("x: soon", duration(positive())) ==
        "e.yaml:1:4: x: must be a time greater than 0 s, for example \"90 s\", got \"soon\"");
  CHECK(mistake("x: 5 sec", duration(positive())) ==
        "e.yaml:1:4: x: must be a time greater than 0 s; \"5 sec\" has no known unit: \"sec\" is not a unit; did you "
        "mean \"s\"?");
  CHECK(mistake("x: 1e300 s", duration(positive())) == "e.yaml:1:4: x: must be at most 100000 d, got \"1e300 s\"");
  CHECK(mistake("x: 0.1 ns", duration(positive())) == "e.yaml:1:4: x: must be 0 s or at least 1 ns, got \"0.1 ns\"");
  CHECK(mistake("x: 90", duration(between(0.001, 1))) ==
        "e.yaml:1:4: x: must have a unit, for example \"1 s\", got 90");
  const auto bytes = [](Section& s) { s.bytes("x", {std::nullopt, positive(), "", ""}); };
  CHECK(mistake("x: 0.5 B", bytes) == "e.yaml:1:4: x: must be a whole number of B, got \"0.5 B\"");
  CHECK(mistake("x: 1e300 B", bytes) ==
        "e.yaml:1:4: x: must be less than 9007199254740992 (2^53) in size, got \"1e300 B\"");
  const std::function<Duration(Section&)> read = [](Section& s) {
    return s.duration("x", {std::nullopt, positive(), "", ""});
  };
  CHECK(value_of("x: 1.5 min", read).ns == 90'000'000'000);
  CHECK(value_of("x: '20 ms'", read).ns == 20'000'000);
}

TEST_CASE("a required key that is missing says what it must be", "[config][read]") {
  const auto read = [](Section& s) {
    s.section("fleet", "", [](Section& f) {
      f.duration("time", {std::nullopt, positive(), "time to start", ""});
      f.word("kind", {std::nullopt, {{"a", "", ""}, {"b", "", ""}}, "", ""});
      f.text("file", {std::nullopt, "path of the trace", ""});
    });
  };
  const std::vector<std::string> rest = {"fleet.time: missing; must be a time greater than 0 s (time to start)",
                                         "fleet.kind: missing; must be one of: a, b",
                                         "fleet.file: missing; must be text (path of the trace)"};
  CHECK(read_mistakes("", read) == Lines{"e.yaml:1:1: " + rest[0], "e.yaml:1:1: " + rest[1], "e.yaml:1:1: " + rest[2]});
  CHECK(read_mistakes("#\nfleet: {}", read) ==
        Lines{"e.yaml:2:1: " + rest[0], "e.yaml:2:1: " + rest[1], "e.yaml:2:1: " + rest[2]});
  // What a value lacks that is no mapping is not worth saying.
  CHECK(read_mistakes("fleet: 5", read) == Lines{"e.yaml:1:8: fleet: must be a mapping of keys to values, got 5"});
}

TEST_CASE("unknown keys name the nearest that is not written, or all", "[config][read]") {
  const auto read = [](Section& s) {
    s.real("count", {1.0, anything(), "", ""});
    s.real("mount", {1.0, anything(), "", ""});
  };
  CHECK(mistake("conut: 1", read) == "e.yaml:1:1: conut: unknown key; did you mean \"count\"?");
  CHECK(mistake("{count: 1, dount: 2}", read) == "e.yaml:1:12: dount: unknown key; did you mean \"mount\"?");
  CHECK(mistake("zzz: 1", read) == "e.yaml:1:1: zzz: unknown key; keys here: count, mount");
  CHECK(mistake("zzz: 1", [](Section&) {}) == "e.yaml:1:1: zzz: unknown key; no keys are allowed here");
}

TEST_CASE("flags, words and texts", "[config][read]") {
  const auto flag = [](Section& s) { s.flag("x", {false, "", ""}); };
  CHECK(mistake("x: true", flag).empty());
  CHECK(mistake("x: yes", flag) == "e.yaml:1:4: x: must be true or false, got \"yes\"");
  CHECK(mistake("x: \"true\"", flag) == "e.yaml:1:4: x: must be true or false, got \"true\"");
  CHECK(mistake("x: 1", flag) == "e.yaml:1:4: x: must be true or false, got 1");
  const auto word = [](Section& s) { s.word("x", {"fedavg", {{"fedavg", "", ""}, {"fedprox", "", ""}}, "", ""}); };
  CHECK(mistake("x: fedprx", word) == "e.yaml:1:4: x: unknown value \"fedprx\"; did you mean \"fedprox\"?");
  CHECK(mistake("x: 5", word) == "e.yaml:1:4: x: unknown value \"5\"; valid here: fedavg, fedprox");
  CHECK(mistake("x: [fedavg]", word) == "e.yaml:1:4: x: must be one of: fedavg, fedprox; got a list");
  const auto text = [](Section& s) { s.text("x", {"a", "", ""}); };
  CHECK(mistake("x: 2024", text).empty());
  CHECK(mistake("x: {a: 1}", text) == "e.yaml:1:4: x: must be text, got a mapping");
  CHECK(mistake("x: null", text) == "e.yaml:1:1: x: must be text, got nothing");
}

TEST_CASE("lists name the item that is wrong", "[config][read]") {
  const auto read = [](Section& s) { s.wholes("x", {}, {std::nullopt, at_least(1), "", ""}); };
  CHECK(read_mistakes("x: [1, 0, a]", read) ==
        Lines{"e.yaml:1:8: x[1]: must be at least 1, got 0",
              "e.yaml:1:11: x[2]: must be a whole number of at least 1, got \"a\""});
  CHECK(mistake("x: 5", read) == "e.yaml:1:4: x: must be a list, each item a whole number of at least 1, got 5");
}

TEST_CASE("optional values are absent when not written or null", "[config][read]") {
  const std::function<std::optional<double>(Section&)> read = [](Section& s) {
    return s.maybe_real("x", {std::nullopt, positive(), "", ""});
  };
  CHECK_FALSE(value_of("{}", read).has_value());
  CHECK_FALSE(value_of("x: null", read).has_value());
  CHECK(value_of("x: 2", read) == 2.0);
  const std::function<std::optional<std::int64_t>(Section&)> size = [](Section& s) {
    return s.whole_or("x", "full", {10, at_least(1), "", ""});
  };
  CHECK(value_of("{}", size) == 10);
  CHECK_FALSE(value_of("x: full", size).has_value());
  CHECK(value_of("x: 3", size) == 3);
  const auto whole_or = [](Section& s) { s.whole_or("x", "full", {std::nullopt, at_least(1), "", ""}); };
  CHECK(mistake("x: ful", whole_or) == "e.yaml:1:4: x: must be a whole number of at least 1 or \"full\", got \"ful\"");
}

TEST_CASE("draws are a value or a distribution", "[config][read]") {
  const std::function<Draw(Section&)> read = [](Section& s) {
    return s.draw("x", Unit::flop_per_second, std::nullopt, {std::nullopt, positive(), "speed", ""});
  };
  const Read check = [&](Section& s) { read(s); };
  CHECK(value_of("x: 2 GFLOP/s", read).a == 2e9);
  const Draw drawn = value_of("x: {distribution: lognormal, median: 2 GFLOP/s, sigma: 0.5}", read);
  CHECK(drawn.kind == Draw::Kind::lognormal);
  CHECK(drawn.a == 2e9);
  CHECK(drawn.b == 0.5);
  CHECK(mistake("x: 2", check) == "e.yaml:1:4: x: must have a unit, for example \"2 GFLOP/s\", got 2");
  CHECK(mistake("x: [1]", check) ==
        "e.yaml:1:4: x: must be a computing speed greater than 0 FLOP/s, for example \"2 GFLOP/s\", got a list; or "
        "write a {distribution: ...} mapping");
  CHECK(mistake("x: {distribution: cauchy}", check) ==
        "e.yaml:1:19: x.distribution: unknown value \"cauchy\"; valid here: constant, uniform, normal, lognormal, "
        "exponential, half_normal, pareto");
  CHECK(mistake("x: {median: 2 GFLOP/s}", check) ==
        "e.yaml:1:1: x.distribution: missing; must be one of: constant, uniform, normal, lognormal, exponential, "
        "half_normal, pareto (how it is distributed)");
  CHECK(mistake("x: {distribution: normal, mean: 1 FLOP/s, sd: -1 FLOP/s}", check) ==
        "e.yaml:1:47: x.sd: must be at least 0 FLOP/s, got \"-1 FLOP/s\"");
  CHECK(mistake("x: {distribution: pareto, smallest: 1 FLOP/s, shape: 0}", check) ==
        "e.yaml:1:54: x.shape: must be greater than 0, got 0");
  CHECK(mistake("x: {distribution: uniform, low: 2 FLOP/s, high: 1 FLOP/s}", check) ==
        "e.yaml:1:33: x.low: must not exceed high (1 FLOP/s)");
  CHECK(mistake("x: {distribution: exponential, mean: 1 FLOP/s, median: 1}", check) ==
        "e.yaml:1:48: x.median: unknown key; did you mean \"mean\"?");
  CHECK(mistake("{}", check) ==
        "e.yaml:1:1: x: missing; must be a computing speed greater than 0 FLOP/s or a {distribution: ...} mapping "
        "(speed)");
}

TEST_CASE("a choice opens the keys of its word only", "[config][read]") {
  const Read read = [](Section& s) {
    const Words words{std::nullopt, {{"fedavg", "", ""}, {"fedprox", "", ""}}, "", ""};
    s.choose("name", words, [&](const std::string& name) {
      if (name == "fedprox") s.real("mu", {std::nullopt, non_negative(), "", ""});
    });
  };
  CHECK(read_mistakes("{name: fedprox, mu: 1}", read).empty());
  CHECK(mistake("{name: fedavg, mu: 1}", read) == "e.yaml:1:16: mu: unknown key; keys here: name");
  // Which keys there are is not known then.
  CHECK(mistake("{name: fedprx, mu: 1}", read) ==
        "e.yaml:1:8: name: unknown value \"fedprx\"; did you mean \"fedprox\"?");
}

TEST_CASE("given and reject know what was written", "[config][read]") {
  bool given_good = false;
  bool given_bad = true;
  bool given_absent = true;
  const Read read = [&](Section& s) {
    for (const char* key : {"a", "b", "c"}) s.real(key, {1.0, positive(), "", ""});
    given_good = s.given("a");
    given_bad = s.given("b");
    given_absent = s.given("c");
    s.reject("a", "must be less than c");
    s.reject("c", "must be there when a is");
    s.section("d", "", [](Section& d) { d.real("e", {1.0, positive(), "", ""}); });
    s.reject("d.e", "does not go with a");
    s.reject("", "is wrong as a whole");
  };
  CHECK(read_mistakes("#\na: 1\nb: -1\nd:\n  e: 4\n", read) ==
        Lines{"e.yaml:2:1: c: must be there when a is", "e.yaml:2:1: is wrong as a whole",
              "e.yaml:2:4: a: must be less than c", "e.yaml:3:4: b: must be greater than 0, got -1",
              "e.yaml:5:6: d.e: does not go with a"});
  CHECK(given_good);
  CHECK_FALSE(given_bad);
  CHECK_FALSE(given_absent);
}

TEST_CASE("the folder is that of the file", "[config][read]") {
  Problems problems;
  const auto read = [](Section& s) { return s.folder(); };
  CHECK(read_config(load_yaml_text("", "a/b/e.yaml"), problems, read) == "a/b");
  CHECK(read_config(load_yaml_text("", "e.yaml"), problems, read).empty());
}

TEST_CASE("ten mistakes are shown at once, in the order of their places", "[config][read]") {
  const std::string text =
      "seed: -1\n"
      "nmae: x\n"
      "training:\n"
      "  epochs: 0\n"
      "  lr: fast\n"
      "  hidden: [10, 0]\n"
      "  shuffle: on\n"
      "protocol:\n"
      "  name: synchronus\n"
      "  cohort: 2.5\n"
      "fleet:\n"
      "  memory: 4\n"
      "  start: 5 MB\n";
  CHECK(read_mistakes(text, fuzz::read_everything) ==
        Lines{"e.yaml:1:7: seed: must be at least 0, got -1", "e.yaml:2:1: nmae: unknown key; did you mean \"name\"?",
              "e.yaml:4:11: training.epochs: must be at least 1, got 0",
              "e.yaml:5:7: training.lr: must be a number greater than 0, got \"fast\"",
              "e.yaml:6:16: training.hidden[1]: must be at least 1, got 0",
              "e.yaml:7:12: training.shuffle: must be true or false, got \"on\"",
              "e.yaml:9:9: protocol.name: unknown value \"synchronus\"; did you mean \"synchronous\"?",
              "e.yaml:10:11: protocol.cohort: must be a whole number, got 2.5",
              "e.yaml:12:11: fleet.memory: must have a unit, for example \"5 MB\", got 4",
              "e.yaml:13:10: fleet.start: must be a time, for example \"90 s\", got \"5 MB\""});
}

TEST_CASE("a flood of mistakes is counted, long texts are cut", "[config][read]") {
  std::string text;
  for (int i = 0; i < 150; ++i) text += fmt::format("key{}: 1\n", i);
  const Lines lines = read_mistakes(text, [](Section&) {});
  REQUIRE(lines.size() == 101);
  CHECK(lines.back() == "e.yaml:100:1: and 50 more mistakes");
  const std::string line = mistake("x: " + std::string(5000, 'y'), real(anything()));
  CHECK(line == "e.yaml:1:4: x: must be a number, got \"" + std::string(57, 'y') + "...\"");
  CHECK(mistake("x: \"a\\n\\e\"", real(anything())) == "e.yaml:1:4: x: must be a number, got \"a\\n\\x1b\"");
}
