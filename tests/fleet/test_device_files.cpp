// Devices from files: their rates, who has which, and what is refused.

#include <algorithm>
#include <cmath>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/base/statistics.h"
#include "sim/fleet/device.h"
#include "sim/fleet/number_table.h"
#include "tests/catch.h"
#include "tests/fleet/fleet_files.h"

using namespace fedtide;
using fedtide::testing::content_of;
using fedtide::testing::said_by;
using fedtide::testing::shared_data;
using fedtide::testing::survives_damage;
using fedtide::testing::TempFile;

namespace {

std::unique_ptr<DeviceModel> devices(const std::string& catalog, const std::string& path,
                                     const std::string& keys = "") {
  return fedtide::testing::read_named<DeviceEntry>(catalog, "path: " + path + (keys.empty() ? "" : ", ") + keys);
}

double rate(const DeviceModel& model, std::uint32_t client) {
  return model.device(1, ClientId{client}).compute.per_second;
}

std::vector<double> rates(const DeviceModel& model, std::uint32_t clients) {
  std::vector<double> all;
  for (std::uint32_t i = 0; i < clients; ++i) all.push_back(rate(model, i));
  return all;
}

}  // namespace

TEST_CASE("device csv: rates with and without a unit, in the file's order, and then at random") {
  const TempFile file("name,compute\nslow,1e9\nfast, 8 GFLOP/s\n");
  const auto model = devices("csv", file.path());
  REQUIRE(rate(*model, 0) == 1e9);
  REQUIRE(rate(*model, 1) == 8e9);
  constexpr std::uint32_t n = 10000;
  std::vector<double> others = rates(*model, n);
  const auto fast = std::count(others.begin(), others.end(), 8e9);
  REQUIRE(std::count(others.begin(), others.end(), 1e9) + fast == n);
  REQUIRE(static_cast<double>(fast) / n == Approx(0.5).margin(3 * std::sqrt(0.25 / n)));
}

TEST_CASE("device csv: relative speeds make the median device as fast as asked for") {
  const TempFile file("relative\n2\n1\n6\n");
  const auto model = devices("csv", file.path(), "median: 3 GFLOP/s");
  REQUIRE(rates(*model, 3) == std::vector<double>{3e9, 1.5e9, 9e9});
}

TEST_CASE("device fedscale: as fast as inference is short") {
  const TempFile file(R"({"1": {"computation": 10.0, "communication": 5}, "2": {"computation": 40, "communication": 5},
                          "3": {"computation": 20, "communication": 5}})");
  const auto model = devices("fedscale", file.path(), "median: 1 GFLOP/s");
  // Speeds 1/10, 1/40, 1/20: median 1/20.
  REQUIRE(rate(*model, 0) == Approx(2e9));
  REQUIRE(rate(*model, 1) == Approx(0.5e9));
  REQUIRE(rate(*model, 2) == Approx(1e9));
}

TEST_CASE("device flash: FLASH's own scores, the median one at the rate asked for") {
  const std::string data = shared_data();
  if (data.empty()) return;
  const auto model = devices("flash", data + "/device-flash/benchmark2score.json.gz", "median: 1 GFLOP/s");
  // The first is the Huawei Mate 30 Pro 5G with 76,206; the median of the 307 is 4,638, the least 212.
  REQUIRE(rate(*model, 0) == Approx(1e9 * 76206 / 4638));
  const std::vector<double> all = rates(*model, 307);
  REQUIRE(quantile(all, 0.5) == Approx(1e9));
  REQUIRE(quantile(all, 0) == Approx(1e9 * 212 / 4638));
}

TEST_CASE("phones-lognormal has the mean and deviation of the logarithms of FLASH's scores") {
  const auto model = fedtide::testing::read_named<DeviceEntry>("phones-lognormal", "");
  constexpr std::uint32_t n = 20000;
  Moments logs;
  for (const double value : rates(*model, n)) logs.add(std::log(value));
  const std::string data = shared_data();
  if (data.empty()) return;
  ContentReader content = ContentReader::open(data + "/device-flash/raw_ai_benchmark_list.json.gz");
  std::string text(1 << 20, '\0');
  text.resize(content.read({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}));
  Moments scores;
  for (const auto& phone : nlohmann::json::parse(text)) {
    scores.add(std::log(std::stod(phone.at("CPU_F_AI_Score").get<std::string>())));
  }
  REQUIRE(scores.count() == 333);
  const double level = std::log(16 * 2.26e6 / 19.1e-3 / 1548);
  const double sigma = std::sqrt(scores.variance() * 332 / 333);
  REQUIRE(logs.mean() == Approx(level + scores.mean()).margin(3 * sigma / std::sqrt(n)));
  REQUIRE(std::sqrt(logs.variance()) == Approx(sigma).margin(3 * sigma / std::sqrt(2 * n)));
}

TEST_CASE("device files that are none are refused with their place") {
  const auto csv = [](const std::string& text) {
    const TempFile file(text);
    const std::string said = said_by([&] { devices("csv", file.path()); });
    return said.substr(std::min(said.size(), file.path().size() + 2));
  };
  CHECK(csv("") == "line 1: the file is empty, must begin with the names of its columns");
  CHECK(csv("compute\n") == "line 1: no rows follow, must be one at least");
  CHECK(csv("name\nx\n") == "line 1: must have one of the columns compute (FLOP/s) and relative");
  CHECK(csv("compute,relative\n1,1\n") == "line 1: must have one of the columns compute (FLOP/s) and relative");
  CHECK(csv("computer\n1\n") == "line 1, column 1: found the column \"computer\"; did you mean \"compute\"?");
  CHECK(csv("compute,compute\n1,1\n") == "line 1, column 9: the column \"compute\" is there twice");
  CHECK(csv("compute\n0\n") == "line 2, column 1: compute: found \"0\", must be between 1 FLOP/s and 1e21 FLOP/s");
  CHECK(csv("relative\n1\n1\n1e300\n") ==
        "device 3 of 3 would have inf FLOP/s beside the median one's 1.89e+09, must have 1 to 1e+21");
  CHECK(csv("compute\n5\n1,2\n") == "line 3, column 1: a row of 2 fields, must have 1 as the header");
  CHECK(csv("compute\n5 s\n") ==
        "line 2, column 1: compute: found \"5 s\", must be a number in FLOP/s or have a unit, as 2 GFLOP/s");
  CHECK(csv("relative\n5 s\n") == "line 2, column 1: relative: found \"5 s\", must be a number without a unit");
  CHECK_THAT(csv("compute\nfast\n"), Catch::StartsWith("line 2, column 1: compute: \"fast\""));
  CHECK_THAT(csv("compute\n1e999\n"), Catch::StartsWith("line 2, column 1: compute: \"1e999\""));
  const TempFile empty("{}"), negative(R"({"a": -4})"), text(R"({"a": {"b": 1}})");
  CHECK(said_by([&] { devices("flash", empty.path()); }) == empty.path() + ": no devices, must be one at least");
  CHECK(said_by([&] { devices("flash", negative.path()); }) ==
        negative.path() + R"(: byte 8: "a": found -4, must be greater than 0)");
  CHECK(said_by([&] { devices("flash", text.path()); }) == text.path() + R"(: byte 6: "a": must be a number)");
  CHECK(said_by([&] { devices("fedscale", text.path()); }) ==
        text.path() + R"(: byte 6: "a": "computation" is missing, must be a number)");
}

TEST_CASE("tables of quantities cut and changed at every byte are read or refused, never worse") {
  survives_damage("name,down,loss\na,1 Mbit/s,0.1\n\"b\",2e6,0\n", [](const std::string& text) {
    NumberTable::read(content_of(text),
                      {{"down", Unit::bit_per_second, positive(), true}, {"loss", Unit::none, fraction(), false}});
  });
}
