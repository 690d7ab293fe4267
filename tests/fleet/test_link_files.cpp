// Links from files, and what loss leaves of a rate.

#include <cmath>
#include <limits>

#include "sim/base/statistics.h"
#include "sim/fleet/device.h"
#include "sim/fleet/tcp.h"
#include "tests/catch.h"
#include "tests/fleet/fleet_files.h"

using namespace fedtide;
using fedtide::testing::said_by;
using fedtide::testing::shared_data;
using fedtide::testing::TempFile;

namespace {

std::unique_ptr<LinkModel> links(const std::string& catalog, const std::string& keys) {
  return fedtide::testing::read_named<LinkEntry>(catalog, keys);
}

Link first(const LinkModel& model) { return model.link(1, ClientId{0}); }

}  // namespace

TEST_CASE("TCP under loss: MSS / RTT x 1.22 / sqrt(loss)") {
  // 1460 B x 8 / 0.1 s x 1.22 / 0.1 = 1,424,960 bit/s.
  REQUIRE(tcp_bound(Duration::from_seconds(0.1), 0.01).per_second == Approx(1'424'960));
  REQUIRE(tcp_bound(Duration::from_seconds(0.1), 0.01, {730}).per_second == Approx(712'480));
  REQUIRE(tcp_bound(Duration::from_seconds(0.2), 0.04).per_second == Approx(356'240));
  REQUIRE(tcp_bound({}, 0.5).per_second == std::numeric_limits<double>::infinity());
}

TEST_CASE("drawn links: loss bounds the rates that exceed its bound, and no others") {
  // Latency 40 ms and jitter 10 ms each way: a round trip of 100 ms.
  const Link link = first(*links("drawn", "down: 10 Mbit/s, up: 1 Mbit/s, latency: 40 ms, jitter: 10 ms, loss: 0.01"));
  REQUIRE(link.down.per_second == Approx(1'424'960));
  REQUIRE(link.up.per_second == 1e6);
}

TEST_CASE("drawn links: a loss of 0 changes no bit, a drawn one nothing but the cap") {
  const std::string keys =
      "down: {distribution: lognormal, median: 20 Mbit/s, sigma: 1}, up: {distribution: normal, mean: 5 Mbit/s, sd: 1 "
      "Mbit/s}, latency: {distribution: uniform, low: 10 ms, high: 90 ms}, jitter: {distribution: exponential, mean: 5 "
      "ms}";
  const auto plain = links("drawn", keys);
  const auto without = links("drawn", keys + ", loss: 0");
  const auto lossy = links("drawn", keys + ", loss: {distribution: uniform, low: 0, high: 0.1}");
  int capped = 0;
  for (std::uint32_t i = 0; i < 200; ++i) {
    const Link a = plain->link(1, ClientId{i}), b = without->link(1, ClientId{i}), c = lossy->link(1, ClientId{i});
    REQUIRE(a.down == b.down);
    REQUIRE(a.up == b.up);
    REQUIRE(a.latency == b.latency);
    REQUIRE(a.jitter == b.jitter);
    REQUIRE(a.latency == c.latency);
    REQUIRE(a.jitter == c.jitter);
    REQUIRE(c.down <= a.down);
    REQUIRE(c.up <= a.up);
    capped += c.down < a.down ? 1 : 0;
  }
  REQUIRE(capped > 100);
}

TEST_CASE("link csv: rows as they are, capped by their loss") {
  const TempFile file("up,down,latency,loss\n5 Mbit/s,20e6,50 ms,0\n1e6,10 Mbit/s,0.05,0.01\n");
  const auto model = links("csv", "path: " + file.path());
  const Link plain = first(*model);
  REQUIRE(plain.down.per_second == 20e6);
  REQUIRE(plain.up.per_second == 5e6);
  REQUIRE(plain.latency == Duration::from_seconds(0.05));
  REQUIRE(plain.jitter == Duration{0});
  const Link lossy = model->link(1, ClientId{1});
  REQUIRE(lossy.down.per_second == Approx(1'424'960));
  REQUIRE(lossy.up.per_second == 1e6);
}

TEST_CASE("link csv: what is no link is refused with its place") {
  const auto said = [](const std::string& text) {
    const TempFile file(text);
    const std::string all = said_by([&] { links("csv", "path: " + file.path()); });
    return all.substr(std::min(all.size(), file.path().size() + 2));
  };
  CHECK(said("down,up\n1,1\n") == "line 1: the column \"latency\" is missing");
  CHECK(said("down,up,latency,loss\n1,1,1,1\n") ==
        "line 2, column 7: loss: found \"1\", must be at least 0 and less than 1");
  CHECK(said("down,up,latency\n1,1,-1\n") == "line 2, column 5: latency: found \"-1\", must be at least 0 s");
}

TEST_CASE("link flash: the users' means, as the built-in catalog has them") {
  const std::string data = shared_data();
  if (data.empty()) return;
  const auto model = links("flash", "path: " + data + "/device-flash/speed_distri.json.gz, assignment: random");
  Moments down, up;
  for (std::uint32_t i = 0; i < 20000; ++i) {
    const Link link = model->link(1, ClientId{i});
    down.add(link.down.per_second / 8000);
    up.add(link.up.per_second / 8000);
  }
  // Means of the 19 users are 5,854 and 3,665 kB/s; cutting the left tails adds some percent.
  REQUIRE(down.mean() == Approx(5854).epsilon(0.06));
  REQUIRE(up.mean() == Approx(3665).epsilon(0.06));
}

TEST_CASE("link fedscale: kbit/s, the same both ways") {
  const TempFile file(R"({"1": {"computation": 10.0, "communication": 8000.5}})");
  const Link link = first(*links("fedscale", "path: " + file.path() + ", latency: 20 ms"));
  REQUIRE(link.down.per_second == Approx(8'000'500));
  REQUIRE(link.up.per_second == Approx(8'000'500));
  REQUIRE(link.latency == Duration::from_seconds(0.02));
}

TEST_CASE("link files of FLASH and FedScale are refused with their place") {
  const TempFile negative(R"({"a": {"down_u": 1, "down_sigma": -1, "up_u": 1, "up_sigma": 0}})");
  CHECK(said_by([&] { links("flash", "path: " + negative.path()); }) ==
        negative.path() + R"(: byte 36: "a": down_sigma: found -1, must be at least 0)");
  const TempFile empty("{}");
  CHECK(said_by([&] { links("fedscale", "path: " + empty.path()); }) ==
        empty.path() + ": no links, must be one at least");
}

TEST_CASE("mobile-lognormal has the medians, spreads and correlation of FLASH's users") {
  const auto model = links("mobile-lognormal", "");
  Moments down, up, product;
  constexpr std::uint32_t n = 20000;
  for (std::uint32_t i = 0; i < n; ++i) {
    const Link link = model->link(1, ClientId{i});
    const double d = std::log(link.down.per_second / 8000 / 5172), u = std::log(link.up.per_second / 8000 / 3103);
    down.add(d);
    up.add(u);
    product.add(d * u);
  }
  REQUIRE(down.mean() == Approx(0).margin(3 * 0.4711 / std::sqrt(n)));
  REQUIRE(up.mean() == Approx(0).margin(3 * 0.6824 / std::sqrt(n)));
  REQUIRE(std::sqrt(down.variance()) == Approx(0.4711).margin(3 * 0.4711 / std::sqrt(2 * n)));
  REQUIRE(std::sqrt(up.variance()) == Approx(0.6824).margin(3 * 0.6824 / std::sqrt(2 * n)));
  // A correlation's standard error is (1 - rho^2) / sqrt(n).
  REQUIRE(product.mean() / (0.4711 * 0.6824) == Approx(0.4477).margin(3 * 0.8 / std::sqrt(n) + 0.01));
}
