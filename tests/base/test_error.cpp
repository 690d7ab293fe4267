#include "sim/base/error.h"

#include <string>
#include <utility>
#include <vector>

#include "sim/base/registry.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

Problem problem(std::string file, int line, int column, std::string path, std::string message) {
  return Problem{Place{std::move(file), line, column}, std::move(path), std::move(message)};
}

}  // namespace

TEST_CASE("a problem starts with its place", "[error]") {
  CHECK(to_string(problem("exp.yaml", 12, 10, "partition.alpha", "must be greater than 0, got -1")) ==
        "exp.yaml:12:10: partition.alpha: must be greater than 0, got -1");
  CHECK(to_string(problem("exp.yaml", 12, 0, "seed", "is missing")) == "exp.yaml:12: seed: is missing");
  CHECK(to_string(problem("exp.yaml", 0, 0, "seed", "is missing")) == "exp.yaml: seed: is missing");
  CHECK(to_string(problem("exp.yaml", 0, 7, "seed", "is missing")) == "exp.yaml: seed: is missing");
  CHECK(to_string(problem("command line", 0, 0, "", "no experiment")) == "command line: no experiment");
  CHECK(to_string(problem("", 0, 0, "seed", "is missing")) == "seed: is missing");
  CHECK(to_string(problem("", 0, 0, "", "is missing")) == "is missing");
}

TEST_CASE("a config error shows all problems in the order of their places", "[error]") {
  std::vector<Problem> problems;
  problems.push_back(problem("b.yaml", 1, 1, "five", "5"));
  problems.push_back(problem("a.yaml", 10, 1, "four", "4"));
  problems.push_back(problem("a.yaml", 9, 3, "two", "2"));
  problems.push_back(problem("a.yaml", 9, 1, "one", "1"));
  problems.push_back(problem("a.yaml", 9, 3, "three", "3 stays behind 2, which came first"));
  const ConfigError error(problems);
  CHECK(std::string(error.what()) ==
        "a.yaml:9:1: one: 1\na.yaml:9:3: two: 2\na.yaml:9:3: three: 3 stays behind 2, which came first\n"
        "a.yaml:10:1: four: 4\nb.yaml:1:1: five: 5");
  CHECK(error.code() == ExitCode::usage);
  REQUIRE(error.problems().size() == 5);
  CHECK(error.problems().front().path == "one");
  CHECK(error.problems().back().path == "five");
}

TEST_CASE("problems of one place keep their order", "[error]") {
  std::vector<Problem> problems;
  for (int i = 0; i < 100; ++i) problems.push_back(problem("a.yaml", 100 - i % 2, 1, "", std::to_string(i)));
  const ConfigError error(problems);
  for (int i = 0; i < 50; ++i) {
    CHECK(error.problems()[static_cast<std::size_t>(i)].message == std::to_string(2 * i + 1));
    CHECK(error.problems()[static_cast<std::size_t>(50 + i)].message == std::to_string(2 * i));
  }
}

TEST_CASE("a failure carries its exit code and text", "[error]") {
  const Failure failure(ExitCode::no_input, "data/x.gz: is missing");
  CHECK(failure.code() == ExitCode::no_input);
  CHECK(std::string(failure.what()) == "data/x.gz: is missing");
}

TEST_CASE("a broken requirement says where, what and why, and asks for a report", "[error]") {
  const auto broken = [](int n) { FEDTIDE_REQUIRE(n > 0, "n is {}", n); };
  CHECK_NOTHROW(broken(1));
  try {
    broken(-3);
    FAIL("nothing was thrown");
  } catch (const Failure& failure) {
    CHECK(failure.code() == ExitCode::bug);
    CHECK_THAT(failure.what(), Catch::Matchers::Contains("test_error.cpp:"));
    CHECK_THAT(failure.what(), Catch::Matchers::EndsWith(
                                   ": \"n > 0\" does not hold: n is -3; this is a bug in Fedtide; please report it"));
  }
  try {
    fail_require("a == b", "sim/x.cpp", 42, "a is 1");
  } catch (const Failure& failure) {
    CHECK(std::string(failure.what()) ==
          "sim/x.cpp:42: \"a == b\" does not hold: a is 1; this is a bug in Fedtide; please report it");
  }
}

TEST_CASE("a requirement that holds does not format its text", "[error]") {
  int formatted = 0;
  const auto count = [&] { return ++formatted; };
  FEDTIDE_REQUIRE(true, "{}", count());
  CHECK(formatted == 0);
}

TEST_CASE("exit codes are those of the manual", "[error]") {
  CHECK(static_cast<int>(ExitCode::done) == 0);
  CHECK(static_cast<int>(ExitCode::failed) == 1);
  CHECK(static_cast<int>(ExitCode::usage) == 2);
  CHECK(static_cast<int>(ExitCode::data_damaged) == 65);
  CHECK(static_cast<int>(ExitCode::no_input) == 66);
  CHECK(static_cast<int>(ExitCode::bug) == 70);
  CHECK(static_cast<int>(ExitCode::no_output) == 73);
  CHECK(static_cast<int>(ExitCode::io) == 74);
  CHECK(static_cast<int>(ExitCode::stopped) == 75);
  CHECK(static_cast<int>(ExitCode::interrupted) == 130);
}

namespace {

struct Tune {
  About about;
  int beats = 0;
};

const Registration<Tune> waltz{{{"waltz", "in three", ""}, 3}};
const Registration<Tune> march{{{"march", "in two", "Sousa 1896"}, 2}};

}  // namespace

TEST_CASE("a registry finds what registered itself, by name and in order", "[registry]") {
  const Registry<Tune>& tunes = Registry<Tune>::instance();
  REQUIRE(tunes.find("waltz") != nullptr);
  CHECK(tunes.find("waltz")->beats == 3);
  CHECK(tunes.find("polka") == nullptr);
  CHECK(tunes.at("march").beats == 2);
  const std::vector<About> all = tunes.list();
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "march");
  CHECK(all[0].source == "Sousa 1896");
  CHECK(all[1].name == "waltz");
}

TEST_CASE("an unknown or doubled plug-in is a bug", "[registry]") {
  Registry<Tune> tunes;
  tunes.add({{"jig", "in six", ""}, 6});
  CHECK_THROWS_WITH(tunes.at("polka"), Catch::Matchers::Contains("no plug-in is called polka"));
  CHECK_THROWS_WITH(tunes.add({{"jig", "in nine", ""}, 9}), Catch::Matchers::Contains("two plug-ins are called jig"));
}
