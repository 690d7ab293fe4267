#include <set>

#include "sim/config/sweep_expand.h"
#include "sim/config/sweep_section.h"
#include "sim/config/sweep_values.h"
#include "tests/config/helpers.h"

using namespace fedtide;

namespace {

const Place kPlace{"e.yaml", 1, 1};

Lines values(const std::string& text) {
  Problems problems;
  const auto nodes = sweep_values(text, kPlace, "k", problems);
  REQUIRE(problems.empty());
  Lines lines;
  for (const Node& node : *nodes) lines.push_back(flow_text(node));
  return lines;
}

std::string refused(const std::string& text) {
  Problems problems;
  CHECK_FALSE(sweep_values(text, kPlace, "k", problems));
  REQUIRE(problems.size() == 1);
  return problems.all()[0].message;
}

struct Read {
  Lines runs;
  Lines mistakes;
};

Read read(const std::string& yaml, const std::vector<std::string>& words = {}) {
  Node root = load_yaml_text(yaml, "e.yaml");
  Problems problems;
  problems.name_overrides(words);
  Sweep sweep = read_sweep(root.find("sweep") != nullptr ? root.find("sweep")->value : Node{}, problems);
  take_sweep_words(words, sweep, problems);
  check_sweep(sweep, problems);
  Read result;
  if (problems.empty()) {
    for (const Assignments& run : expand(sweep, problems)) result.runs.push_back(to_string(run));
  }
  result.mistakes = mistakes([&] { problems.throw_if_any(); });
  return result;
}

}  // namespace

TEST_CASE("values of a sweep are a list, or a function's", "[config][sweep]") {
  CHECK(values("1,2, 3") == Lines{"1", "2", "3"});
  CHECK(values("choice(a, 'b,c', [1, 2])") == Lines{"a", "\"b,c\"", "[1, 2]"});
  CHECK(values("{name: fedavg}, {name: fedprox, mu: 0.1}") == Lines{"{name: fedavg}", "{name: fedprox, mu: 0.1}"});
  CHECK(values("range(3)") == Lines{"0", "1", "2"});
  CHECK(values("range(1, 4)") == Lines{"1", "2", "3"});
  CHECK(values("range(5,0,-2)") == Lines{"5", "3", "1"});
  CHECK(values("linspace(0, 1, 5)") == Lines{"0", "0.25", "0.5", "0.75", "1"});
  CHECK(values("logspace(-3, -1, 3)") == Lines{"0.001", "0.01", "0.1"});
  CHECK(values("90 s, 2 min") == Lines{"90 s", "2 min"});
  CHECK(values("range(10 s, 40 s, 10 s)") == Lines{"10 s", "20 s", "30 s"});
}

TEST_CASE("a range is computed, not added up, and its end is left out", "[config][sweep]") {
  // Adding 0.1 ten times gives 0.9999999999999999, which is below 1 and would be an eleventh value.
  CHECK(values("range(0, 1, 0.1)") == Lines{"0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9"});
  CHECK(values("range(0, 1.05, 0.5)") == Lines{"0", "0.5", "1"});
  CHECK(values("range(100000)").size() == 100000);
}

TEST_CASE("a wrong value of a sweep says what would be right", "[config][sweep]") {
  CHECK(refused("range()") == "range() takes 1 to 3 numbers, got 0; write range(start, stop, step)");
  CHECK(refused("range(1,2,3,4)") == "range() takes 1 to 3 numbers, got 4; write range(start, stop, step)");
  CHECK(refused("linspace(1,2)") == "linspace() takes 3 numbers, got 2; write linspace(first, last, n)");
  CHECK(refused("range(0,5,0)") == "the step of range() is 0, must not be");
  CHECK(refused("range(5,1)") == "range(5,1) holds no value: it goes from 5 to below 1 in steps of 1");
  CHECK(refused("range(100001)") == "range(100001) has 100001 values, must be at most 100000");
  CHECK(refused("linspace(0,1,2.5)") == "linspace(first, last, n): n must be a whole number of at least 1, got 2.5");
  CHECK(refused("linspace(0,1,1)") == "linspace(first, last, n): one value cannot be both ends; n must be at least 2");
  CHECK(refused("logspace(1 s,2 s,3)") == "logspace(first, last, n) takes exponents of 10, which have no unit");
  CHECK(refused("logspace(0,400,3)") == "logspace(0,400,3) has a value that is too large");
  CHECK(refused("range(1 s, 5 ms)") == "range(start, stop, step): 5 ms must have the unit s, as the first number has");
  CHECK(refused("lognspace(-3,-1,5)") == "there is no function \"lognspace\"; did you mean \"logspace\"?");
  CHECK(refused("sin(1)") ==
        "there is no function \"sin\"; valid here: choice, range, linspace, logspace; "
        "text with brackets stands in quotes");
  CHECK(refused("1, 2, 1") == "1 is written twice; each value gives runs of its own");
  CHECK(refused("1,range(3)") == "range() stands alone, without brackets around it and without other values");
  CHECK(refused("choice()") == "no value; write at least one, for example 0.1, 1");
}

TEST_CASE("a grid is a product in written order, the last key the fastest, seeds faster still", "[config][sweep]") {
  CHECK(read("sweep: {grid: {a: [1, 2], b.c: [x, y]}}\n").runs ==
        Lines{"a=1 b.c=x", "a=1 b.c=y", "a=2 b.c=x", "a=2 b.c=y"});
  CHECK(read("sweep: {seeds: 2, grid: {a: [1, 2]}}\n").runs ==
        Lines{"a=1 seed=1", "a=1 seed=2", "a=2 seed=1", "a=2 seed=2"});
  CHECK(read("sweep: {seeds: [7, 9]}\n").runs == Lines{"seed=7", "seed=9"});
  CHECK(read("sweep: {seeds: \"range(3)\"}\n").runs == Lines{"seed=0", "seed=1", "seed=2"});
}

TEST_CASE("keys of a zip go together, groups are a product", "[config][sweep]") {
  CHECK(read("sweep: {zip: {a: [1, 2], b: [x, y]}}\n").runs == Lines{"a=1 b=x", "a=2 b=y"});
  CHECK(read("sweep: {zip: [{a: [1, 2]}, {b: [x, y]}]}\n").runs == Lines{"a=1 b=x", "a=1 b=y", "a=2 b=x", "a=2 b=y"});
  CHECK(read("sweep: {zip: {a: [1, 2], b: [x]}}\n").mistakes ==
        Lines{"e.yaml:1:26: sweep.zip.b: has 1 values and a has 2; keys that go together have equally many"});
}

TEST_CASE("random draws are named by number and key, and stay within their bounds", "[config][sweep]") {
  const std::string head = "sweep: {random: {seed: 3, lr: \"loguniform(1e-4, 1e-1)\", n: ";
  const Lines few = read(head + "5}}\n").runs;
  const Lines many = read(head + "50, k: \"integer(2, 4)\"}}\n").runs;
  REQUIRE(few.size() == 5);
  REQUIRE(many.size() == 50);
  std::set<std::string> ks;
  for (std::size_t i = 0; i < many.size(); ++i) {
    const std::string lr = many[i].substr(0, many[i].find(' '));
    if (i < few.size()) CHECK(few[i] == lr);
    const double x = std::stod(lr.substr(3));
    CHECK(x >= 1e-4);
    CHECK(x <= 1e-1);
    ks.insert(many[i].substr(many[i].find(' ') + 1));
  }
  // Of 50 draws one of three values is missing with probability 3 (2/3)^50 < 1e-8.
  CHECK(ks == std::set<std::string>{"k=2", "k=3", "k=4"});
  CHECK(read("sweep: {random: {seed: 4, lr: \"loguniform(1e-4, 1e-1)\", n: 5}}\n").runs != few);
}

TEST_CASE("half of log-uniform draws lie below the geometric mean", "[config][sweep]") {
  const Lines runs = read("sweep: {random: {n: 4000, x: \"loguniform(1, 10000)\"}}\n").runs;
  int below = 0;
  for (const std::string& run : runs) below += std::stod(run.substr(2)) < 100 ? 1 : 0;
  // Binomial(4000, 1/2): standard deviation 31.6; four of them.
  CHECK(below == Approx(2000).margin(127));
}

TEST_CASE("excluded combinations are left out, by equal values however written", "[config][sweep]") {
  CHECK(read("sweep: {grid: {a: [0.1, 1], b: [x, y, z]}, exclude: [{a: 1e-1, b: [x, z]}]}\n").runs ==
        Lines{"a=0.1 b=y", "a=1 b=x", "a=1 b=y", "a=1 b=z"});
  CHECK(read("sweep: {grid: {a: [1]}, exclude: [{a: 2}]}\n").mistakes ==
        Lines{"e.yaml:1:35: sweep.exclude[0]: leaves out no run; no combination has these values"});
  CHECK(read("sweep: {grid: {alpha: [1, 2]}, exclude: [{alhpa: 2}]}\n").mistakes ==
        Lines{"e.yaml:1:43: sweep.exclude[0].alhpa: is not swept; did you mean \"alpha\"?"});
  CHECK(read("sweep: {grid: {a: [1]}, exclude: [{a: 1}]}\n").mistakes ==
        Lines{"e.yaml:1:16: sweep.exclude: leaves out every run"});
}

TEST_CASE("words take the place of what the file sweeps", "[config][sweep]") {
  const std::string file = "sweep: {grid: {a: [1, 2], b: [x, y]}, seeds: 2}\n";
  CHECK(read(file, {"b=z", "seed=5"}).runs == Lines{"a=1 b=z seed=5", "a=2 b=z seed=5"});
  CHECK(read(file, {"a=3,4", "b=z", "seed=1"}).runs == Lines{"a=3 b=z seed=1", "a=4 b=z seed=1"});
  CHECK(read(file, {"c=7,8", "b=z", "seed=1", "a=1"}).runs == Lines{"a=1 b=z c=7 seed=1", "a=1 b=z c=8 seed=1"});
  CHECK(read("sweep: {zip: {a: [1, 2], b: [x, y]}}\n", {"b=z"}).runs == Lines{"b=z a=1", "b=z a=2"});
  CHECK(read("x: 1\n", {"a=range(2)", "c=3"}).runs == Lines{"a=0", "a=1"});
  CHECK(read("x: 1\n", {"a=rnage(2)"}).mistakes ==
        Lines{"command line: a=rnage(2): there is no function \"rnage\"; did you mean \"range\"?"});
}

TEST_CASE("a key is swept once, and not within another", "[config][sweep]") {
  CHECK(read("sweep: {grid: {a: [1]}, zip: {a: [2]}}\n").mistakes ==
        Lines{"e.yaml:1:31: a: is swept twice; a key stands in one place of a sweep"});
  CHECK(read("sweep: {grid: {seed: [1]}, seeds: 2}\n").mistakes ==
        Lines{"e.yaml:1:35: seed: is swept twice; a key stands in one place of a sweep"});
  CHECK(read("sweep: {grid: {a: [1], a.b: [2]}}\n").mistakes ==
        Lines{"e.yaml:1:24: a.b: is swept, and so is a: one would overwrite the other"});
}

TEST_CASE("too many runs are refused with the relation", "[config][sweep]") {
  CHECK(read("sweep: {grid: {a: range(1000), b: range(500)}, seeds: 5}\n").mistakes ==
        Lines{"e.yaml:1:16: sweep: 1000 of a x 500 of b x 5 of seed make 2500000 runs, must be at most 100000"});
  const std::string many = "range(100000)";
  CHECK(
      read("sweep: {grid: {a: " + many + ", b: " + many + ", c: " + many + ", d: " + many + "}}\n").mistakes ==
      Lines{"e.yaml:1:16: sweep: 100000 of a x 100000 of b x 100000 of c x 100000 of d make more than 2^64 runs, must "
            "be at most 100000"});
}

TEST_CASE("all mistakes of a sweep are shown at once, each with what would be right", "[config][sweep]") {
  const Read all = read(R"yaml(sweep:
  gird: {a: [1]}
  data.clients: [1, 2]
  grid: {a: 5, b: [], c: {d: [1]}, e..f: [1]}
  zip: 3
  random: {x: "unifrom(0, 1)", y: "uniform(1, 0)", z: "loguniform(0, 1)", w: "normal(0, 0)", v: "integer(1, 2.5)"}
  exclude: {a: 1}
  seeds: 0
)yaml");
  CHECK(
      all.mistakes ==
      Lines{"e.yaml:2:3: sweep.gird: unknown key; did you mean \"grid\"?",
            "e.yaml:3:3: sweep.data.clients: unknown key; a key of the experiment stands in grid, zip or random",
            "e.yaml:4:19: sweep.grid.b: the list has no value; write at least one, for example [0.1, 1]",
            "e.yaml:4:26: sweep.grid.c: must be a list of values or text such as \"range(5)\", got a mapping; keys are "
            "written with points: a.b: [1, 2]",
            "e.yaml:4:36: sweep.grid.e..f: a part of the key is empty; write a.b=c",
            "e.yaml:5:8: sweep.zip: must be a mapping of dotted keys to values, got 3",
            "e.yaml:6:11: sweep.random.n: missing; must be how many draws, for example n: 20",
            "e.yaml:6:15: sweep.random.x: there is no distribution \"unifrom\"; did you mean \"uniform\"?",
            "e.yaml:6:35: sweep.random.y: uniform(low, high): high must be greater than low, got 1 and 0",
            "e.yaml:6:55: sweep.random.z: loguniform(low, high): low must be greater than 0, got 0",
            "e.yaml:6:78: sweep.random.w: normal(mean, sd): sd must be greater than 0, got 0",
            "e.yaml:6:97: sweep.random.v: integer(low, high): both must be whole numbers",
            "e.yaml:7:12: sweep.exclude: must be a list of mappings, [{a.b: 1}], got a mapping",
            "e.yaml:8:10: sweep.seeds: must be between 1 and 100000, got 0"});
}
