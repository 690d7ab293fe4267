#include "sim/config/resolved.h"

#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/config/helpers.h"
#include "tests/fuzz/config_harness.h"

using namespace fedtide;

namespace {

Resolved resolve(const std::string& text) {
  Problems problems;
  Resolved resolved;
  read_config(load_yaml_text(text, "e.yaml"), problems, fuzz::read_everything, &resolved);
  return resolved;
}

/// Any finite positive double, all exponents alike.
double any_positive(std::uint64_t& state) {
  for (;;) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    const double x = std::abs(std::bit_cast<double>(state ^ (state >> 29)));
    if (std::isfinite(x) && x > 0) return x;
  }
}

}  // namespace

TEST_CASE("the resolved config has every key with its default, in read order", "[config][resolved]") {
  const Resolved resolved = resolve("training: {batch_size: 5}\nprotocol: {deadline: 1.5 min}\n");
  CHECK(to_yaml(resolved) ==
        "name: run\n"
        "seed: 1\n"
        "training:\n"
        "  epochs: 1\n"
        "  batch_size: 5\n"
        "  lr: 0.1\n"
        "  hidden: [200, 200]\n"
        "  decay: []\n"
        "  shuffle: true\n"
        "protocol:\n"
        "  name: synchronous\n"
        "  deadline: 90 s\n"
        "  over_selection: 1\n"
        "  weights: samples\n"
        "fleet:\n"
        "  speed: 2 GFLOP/s\n"
        "  share: {distribution: uniform, low: 0, high: 1}\n"
        "  start: 0 s\n"
        "  memory: 4 GB\n"
        "  up: 1 Mbit/s\n"
        "  peak: 1 GFLOP/s\n");
}

TEST_CASE("as JSON, absent values are null and quantities text", "[config][resolved]") {
  const nlohmann::ordered_json json = to_json(resolve("training: {batch_size: full}"));
  CHECK(json["note"].is_null());
  CHECK(json["seed"] == 1);
  CHECK(json["seed"].is_number_integer());
  CHECK(json["training"]["batch_size"] == "full");
  CHECK(json["training"]["hidden"].dump() == "[200,200]");
  CHECK(json["fleet"]["speed"] == "2 GFLOP/s");
  CHECK(json["fleet"]["share"].dump() == R"({"distribution":"uniform","low":0.0,"high":1.0})");
}

TEST_CASE("canonical JSON sorts its keys and leaves out what it is told", "[config][resolved]") {
  Resolved a = Resolved::of_mapping();
  a.set("z", Resolved::of_number(1, Unit::none, true));
  a.set("a", Resolved::of_text("x"));
  a.set("threads", Resolved::of_number(4, Unit::none, true));
  CHECK(canonical_json(a, {"threads"}) == R"({"a":"x","z":1})");
  CHECK(canonical_json(a, {}) == R"({"a":"x","threads":4,"z":1})");
}

TEST_CASE("text that could be read as something else is quoted", "[config][resolved]") {
  Resolved r = Resolved::of_mapping();
  for (const std::string text :
       {"true", "Null", "5", "1e3", "", "a: b", "-x", "#x", "caf\u00e9", "two\nlines", "\"", "~"}) {
    r.set("name", Resolved::of_text(text));
    const Node root = load_yaml_text(to_yaml(r), "e.yaml");
    CHECK(root.find("name")->value.text == text);
    CHECK(root.find("name")->value.quoted);
  }
}

// parse(print(config)) = config, to the last bit of every number, for 500 random configs.
TEST_CASE("a printed config reads back the same", "[config][resolved]") {
  std::uint64_t state = 20240607;
  for (int i = 0; i < 500; ++i) {
    Resolved config = Resolved::of_mapping();
    config.set("seed", Resolved::of_number(static_cast<double>(state >> 12), Unit::none, true));
    Resolved& training = config.set("training", Resolved::of_mapping());
    const double lr = any_positive(state);
    training.set("lr", Resolved::of_number(lr, Unit::none, false));
    Resolved& fleet = config.set("fleet", Resolved::of_mapping());
    // In units, a number of the ends of the range overflows on its way.
    const Draw speed{Draw::Kind::lognormal, std::exp(std::remainder(any_positive(state), 200)), any_positive(state)};
    fleet.set("speed", Resolved::of_draw(speed, Unit::flop_per_second));
    const double up = std::exp(std::remainder(any_positive(state), 200));
    fleet.set("up", Resolved::of_number(up, Unit::bit_per_second, false));
    const std::string yaml = to_yaml(config);
    CAPTURE(yaml);
    const Resolved back = resolve(yaml);
    CHECK(back.find("seed")->number == config.find("seed")->number);
    CHECK(back.find("training")->find("lr")->number == lr);
    CHECK(back.find("fleet")->find("speed")->draw.a == speed.a);
    CHECK(back.find("fleet")->find("speed")->draw.b == speed.b);
    CHECK(back.find("fleet")->find("up")->number == up);
    fuzz::check_round_trip(back);
  }
}
