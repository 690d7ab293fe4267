// Latencies from tables of round-trip times.

#include "sim/fleet/rtt_table.h"

#include <cmath>
#include <set>
#include <vector>

#include "sim/base/statistics.h"
#include "sim/fleet/device.h"
#include "tests/catch.h"
#include "tests/fleet/fleet_files.h"

using namespace fedtide;
using fedtide::testing::content_of;
using fedtide::testing::said_by;
using fedtide::testing::shared_data;
using fedtide::testing::survives_damage;
using fedtide::testing::TempFile;

namespace {

// In ms: node 0 has no time to node 2, and node 2 none to any.
const std::string kTable = "0 10\t0\n 30 99 50 \n0 0 0\n";

std::unique_ptr<LinkModel> rtt(const std::string& path, const std::string& keys = "") {
  return fedtide::testing::read_named<LinkEntry>("rtt", "path: " + path + (keys.empty() ? "" : ", ") + keys);
}

}  // namespace

TEST_CASE("a table of round-trip times leaves out the diagonal, zeros, and nodes without a time") {
  const RttTable all = RttTable::read(content_of(kTable), 1e-3, std::nullopt);
  REQUIRE(all.nodes() == 2);
  REQUIRE(all.count(0) == 1);
  REQUIRE(all.seconds(0, 0) == Approx(0.010));
  REQUIRE(all.count(1) == 2);
  REQUIRE(all.seconds(1, 1) == Approx(0.050));
  const RttTable to_first = RttTable::read(content_of(kTable), 1, 0);
  REQUIRE(to_first.nodes() == 1);
  REQUIRE(to_first.seconds(0, 0) == 30);
}

TEST_CASE("link rtt: a client's latency is half the time to a random other node, or to the server") {
  const TempFile file(kTable);
  const auto model = rtt(file.path(), "down: 3 Mbit/s, up: 1 Mbit/s");
  std::set<std::int64_t> latencies;
  for (std::uint32_t i = 1; i < 200; ++i) latencies.insert(model->link(1, ClientId{i}).latency.ns / 1000);
  REQUIRE(latencies == std::set<std::int64_t>{5000, 15000, 25000});
  REQUIRE(model->link(1, ClientId{0}).latency.seconds() == Approx(0.005));
  REQUIRE(model->link(1, ClientId{0}).down.per_second == 3e6);
  const auto served = rtt(file.path(), "server: 2, unit: s");
  REQUIRE(served->link(1, ClientId{5}).latency == Duration::from_seconds(25));
}

TEST_CASE("link rtt: PlanetLab's median round trip is 135 ms") {
  const std::string data = shared_data();
  if (data.empty()) return;
  const auto model = rtt(data + "/net-latency/PlanetLabData_1.gz", "assignment: random");
  std::vector<double> latencies;
  constexpr std::uint32_t n = 20000;
  for (std::uint32_t i = 0; i < n; ++i) latencies.push_back(2000 * model->link(1, ClientId{i}).latency.seconds());
  // The median of the 239,610 times is 135.01 ms; half of them lie between 74 and 184 ms.
  REQUIRE(quantile(latencies, 0.5) == Approx(135).margin(3));
}

TEST_CASE("tables that are none are refused with their place") {
  const auto said = [](const std::string& text, std::optional<std::int64_t> server = std::nullopt) {
    return said_by([&] { RttTable::read(content_of(text), 1e-3, server); });
  };
  CHECK(said("0 1\n1 0 2\n") == "test: line 2, column 1: a row of 3 times, must have 2 as the first");
  CHECK(said("0 1\n1 0\n1 1\n") == "test: line 3, column 1: a row more than the 2 columns; must have as many");
  CHECK(said("0 1\n") == "test: line 1: ends after 1 rows of 2 times, must have as many rows");
  CHECK(said("") == "test: line 1: ends after 0 rows of 0 times, must have as many rows");
  CHECK(said("0 x\n1 0\n") == "test: line 1, column 3: found \"x\", must be a number");
  CHECK(said("0 -1\n1 0\n") == "test: line 1, column 3: found \"-1\", must be from 0 to 3600000, an hour");
  CHECK(said("0 1e9\n1 0\n") == "test: line 1, column 3: found \"1e9\", must be from 0 to 3600000, an hour");
  CHECK(said("0 0\n0 0\n") == "test: line 1: no time above 0 between two nodes, must be one at least");
  CHECK(said("0 1\n1 0\n", 2) == "test: line 1: has the nodes 0 to 1, but the server is 2");
  survives_damage("0 1.5 2\n3 0 4e1\n5 6 0\n",
                  [](const std::string& text) { RttTable::read(content_of(text), 1e-3, std::nullopt); });
}
