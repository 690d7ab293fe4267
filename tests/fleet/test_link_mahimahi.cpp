// Rate traces: each transfer ends at the very delivery that the file says.

#include "sim/fleet/mahimahi.h"

#include <vector>

#include "sim/base/distributions.h"
#include "sim/fleet/device.h"
#include "tests/catch.h"
#include "tests/fleet/fleet_files.h"

using namespace fedtide;
using fedtide::testing::content_of;
using fedtide::testing::said_by;
using fedtide::testing::shared_data;
using fedtide::testing::survives_damage;

namespace {

constexpr std::int64_t kMs = 1'000'000;
Time ms(std::int64_t t) { return {t * kMs}; }
MahimahiTrace trace(const std::string& text) { return MahimahiTrace::read(content_of(text)); }

}  // namespace

TEST_CASE("mahimahi: transfers end at the delivery of their last packet") {
  // A period of 4 ms: deliveries at 0, 1, 1, 4 | 4, 5, 5, 8 | 8, 9, 9, 12 | ...
  const MahimahiTrace link = trace("0\n1\n1\n4\n");
  REQUIRE(link.period().ns == 4 * kMs);
  REQUIRE(link.mean_rate().per_second == Approx(4 * 12000 / 0.004));
  struct Case {
    Time start;
    std::int64_t bytes;
    Time end;
  };
  const Case cases[] = {{ms(0), 0, ms(0)},
                        {ms(0), 1, ms(0)},
                        {ms(0), 1500, ms(0)},
                        {ms(0), 1501, ms(1)},
                        {ms(0), 4500, ms(1)},
                        {ms(0), 4501, ms(4)},
                        {ms(0), 7500, ms(4)},
                        {ms(0), 7501, ms(5)},
                        {Time{1}, 1500, ms(1)},
                        {ms(1), 1500, ms(1)},
                        {ms(1), 3000, ms(1)},
                        {ms(1), 3001, ms(4)},
                        {ms(4), 1500, ms(4)},
                        {ms(4), 3000, ms(4)},
                        {ms(4), 3001, ms(5)},
                        {ms(3), 4500, ms(5)},
                        {Time{4 * kMs + 1}, 1, ms(5)},
                        {ms(5), 6000, ms(8)},
                        {ms(4000), 3001, ms(4001)},
                        {ms(0), 4 * 1500 * 1000, ms(4000)}};
  for (const Case& c : cases) {
    INFO("from " << c.start.ns << " ns, " << c.bytes << " B");
    REQUIRE(link.finish(c.start, {c.bytes}) == c.end);
  }
}

TEST_CASE("mahimahi: the integral of the rate counts what is delivered from a time on and before another") {
  const MahimahiTrace link = trace("0\n1\n1\n4\n");
  const auto packets = [&](Time from, Time to) { return link.delivered(from, to).count / 1500; };
  REQUIRE(packets(ms(0), ms(0)) == 0);
  REQUIRE(packets(ms(0), Time{1}) == 1);
  REQUIRE(packets(ms(0), ms(4)) == 3);
  REQUIRE(packets(ms(0), Time{4 * kMs + 1}) == 5);
  REQUIRE(packets(ms(4), ms(8)) == 4);
  REQUIRE(packets(ms(2), ms(5)) == 2);
  REQUIRE(packets(ms(0), ms(4000)) == 3999);
}

TEST_CASE("mahimahi: made-up traces agree with counting their deliveries one by one") {
  Stream stream(5, Purpose::dataset);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::int64_t> stamps;
    std::string text;
    std::int64_t stamp = uniform_below(stream, 3);
    for (std::uint32_t lines = 1 + uniform_below(stream, 9), i = 0; i < lines; ++i) {
      if (i + 1 == lines && stamp == 0) stamp = 1;
      stamps.push_back(stamp);
      text += std::to_string(stamp) + "\n";
      stamp += uniform_below(stream, 3);
    }
    const MahimahiTrace link = trace(text);
    const std::int64_t start = static_cast<std::int64_t>(uniform_below(stream, 60)) * kMs / 2;
    const std::int64_t bytes = 1 + uniform_below(stream, 30000);
    std::int64_t left = bytes, end = -1;
    for (std::int64_t base = 0; end < 0; base += stamps.back()) {
      for (const std::int64_t each : stamps) {
        if ((base + each) * kMs < start || end >= 0) continue;
        left -= 1500;
        if (left <= 0) end = (base + each) * kMs;
      }
    }
    INFO(text << "from " << start << " ns, " << bytes << " B");
    REQUIRE(link.finish({start}, {bytes}).ns == end);
    REQUIRE(link.delivered({start}, {end + 1}).count >= bytes);
    REQUIRE(link.delivered({start}, {end}).count < bytes);
  }
}

TEST_CASE("mahimahi: what ends beyond time's range never ends") {
  const MahimahiTrace link = trace("4000000000\n");
  REQUIRE(link.finish(ms(0), {1500 * 1000}) == Time{4'000'000'000 * kMs * 1000});
  REQUIRE(link.finish(ms(0), {std::int64_t{1500} * 1000 * 1000 * 1000}) == Time::never());
  REQUIRE(link.finish(Time::never(), {1}) == Time::never());
}

TEST_CASE("mahimahi: files that are none are refused with their line") {
  const auto said = [](const std::string& text) { return said_by([&] { trace(text); }); };
  CHECK(said("") == "test: line 1: the file is empty, must have one number at least");
  CHECK(said("5\n4\n") == "test: line 2, column 1: found 4, must be at least 5, the line above it");
  CHECK(said("5\n\n6\n") ==
        "test: line 2, column 1: found \"\", must be a whole number of milliseconds from 0 to 4294967295");
  CHECK(said("4294967296\n") ==
        "test: line 1, column 1: found \"4294967296\", must be a whole number of milliseconds "
        "from 0 to 4294967295");
  CHECK(said("0\n0\n") ==
        "test: line 2, column 1: the last number is 0, must be greater than 0: the trace repeats after it");
  survives_damage("0\n1\n15\n15\n", [](const std::string& text) { trace(text).finish(ms(7), {100000}); });
}

TEST_CASE("link mahimahi: measured traces have the mean rates that their source states") {
  const std::string data = shared_data();
  if (data.empty()) return;
  const auto model = fedtide::testing::read_named<LinkEntry>(
      "mahimahi", "down_trace: " + data + "/net-mahimahi/ATT-LTE-driving.down.gz, up_trace: " + data +
                      "/net-mahimahi/ATT-LTE-driving.up.gz, latency: 30 ms, jitter: 5 ms");
  const Link link = model->link(1, ClientId{7});
  // 338,895 lines in 786.112 s and 70,336 in 1,012.472 s.
  REQUIRE(link.down.per_second == Approx(338895 * 12000.0 / 786.112));
  REQUIRE(link.up.per_second == Approx(70336 * 12000.0 / 1012.472));
  REQUIRE(link.latency == Duration::from_seconds(0.03));
  REQUIRE(link.jitter == Duration::from_seconds(0.005));
}
