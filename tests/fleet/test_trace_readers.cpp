// Files of recorded hours: what they say is what one asks, exactly; what is no
// trace is refused with its place.

#include "sim/fleet/trace_readers.h"
#include "tests/catch.h"
#include "tests/fleet/fleet_files.h"

using namespace fedtide;
using fedtide::testing::content_of;
using fedtide::testing::said_by;
using fedtide::testing::survives_damage;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
Duration s(std::int64_t seconds) { return {seconds * kSecond}; }

IntervalTraces csv(const std::string& rows, Duration period = s(100)) {
  return read_csv_traces(content_of("client,begin,end\n" + rows), period);
}
IntervalTraces fedscale(const std::string& text) { return read_fedscale_traces(content_of(text)); }
IntervalTraces flash(const std::string& messages) {
  std::string escaped;
  for (const char c : messages) escaped += c == '\n' ? "\\n" : c == '\t' ? "\\t" : std::string(1, c);
  return read_flash_traces(content_of(R"({"7": {"guid": "g", "model": "m", "messages": ")" + escaped + "\"}}"));
}

}  // namespace

TEST_CASE(
    "intervals hold their begin and not their end, to the nanosecond, in "
    "every period") {
  const IntervalTraces traces = csv("a,10,20.5\na,30.000000001,40\nb,0,100\n");
  REQUIRE(traces.size() == 2);
  for (const std::int64_t period : {0, 1, 7}) {
    const Duration base = s(100 * period);
    REQUIRE_FALSE(traces.available(0, base + Duration{10 * kSecond - 1}));
    REQUIRE(traces.available(0, base + s(10)));
    REQUIRE(traces.available(0, base + Duration{20 * kSecond + 499'999'999}));
    REQUIRE_FALSE(traces.available(0, base + Duration{20 * kSecond + 500'000'000}));
    REQUIRE(traces.leaves(0, base + s(12)) == base + Duration{20 * kSecond + 500'000'000});
    REQUIRE_FALSE(traces.available(0, base + s(30)));
    REQUIRE(traces.available(0, base + Duration{30 * kSecond + 1}));
    REQUIRE(traces.leaves(0, base + s(35)) == base + s(40));
    REQUIRE_FALSE(traces.available(0, base + s(99)));
  }
}

TEST_CASE(
    "intervals that touch are one, over the period's end too; all of a "
    "period is for ever") {
  const IntervalTraces traces = csv("a,0,10\na,10,20\na,90,100\nb,0,50\nb,50,100\n");
  REQUIRE(traces.leaves(0, s(5)) == s(20));
  REQUIRE(traces.leaves(0, s(95)) == s(120));
  REQUIRE(traces.leaves(0, s(195)) == s(220));
  REQUIRE(traces.available(1, s(12345)));
  REQUIRE(traces.leaves(1, s(12345)) == Duration::max());
}

TEST_CASE("a CSV trace keeps nanoseconds after months") {
  const IntervalTraces traces = csv("a,7776000.123456789,7776001.000000001\n", s(8'000'000));
  REQUIRE(traces.available(0, {7'776'000'123'456'789}));
  REQUIRE_FALSE(traces.available(0, {7'776'000'123'456'788}));
  REQUIRE(traces.leaves(0, {7'776'000'500'000'000}) == Duration{7'776'001'000'000'001});
}

TEST_CASE("a damaged CSV trace is refused with its line and column") {
  const auto said = [](const std::string& rows) { return said_by([&] { csv(rows); }); };
  CHECK(said_by([] { read_csv_traces(content_of("client,start,end\na,1,2\n"), s(100)); }) ==
        "test: line 1: must be the header client,begin,end");
  CHECK(said_by([] { read_csv_traces(content_of(""), s(100)); }) ==
        "test: line 1: must be the header client,begin,end");
  CHECK(said("") == "test: line 1: no rows follow, must be one at least");
  CHECK(said("a,1\n") ==
        "test: line 2, column 1: a row of 2 fields, must have "
        "3: client,begin,end");
  CHECK(said("a,1,2,3\n") ==
        "test: line 2, column 1: a row of 4 fields, must "
        "have 3: client,begin,end");
  CHECK(said(",1,2\n") == "test: line 2, column 1: found nothing, must be a client's name");
  CHECK(said("a,x,2\n") == "test: line 2, column 3: found \"x\", must be a number");
  CHECK(said("a,1,nan\n") == "test: line 2, column 5: found \"nan\", must be a finite number");
  CHECK(said("a,1,1\n") == "test: line 2, column 5: ends at 1 s, must end after its begin, 1 s");
  CHECK(said("a,5,4\n") == "test: line 2, column 5: ends at 4 s, must end after its begin, 5 s");
  CHECK(said("a,5,9\na,8,10\n") ==
        "test: line 3, column 3: begins at 8 s, before the client's interval "
        "above ends, at 9 s");
  CHECK(said("a,-1,4\n") ==
        "test: line 2, column 3: found \"-1\", must be "
        "between 0 s and the period, 100 s");
  CHECK(said("a,1,1e30\n") ==
        "test: line 2, column 5: found \"1e30\", must be "
        "between 0 s and the period, 100 s");
  CHECK(said("a,1,99999999999999999999\n") ==
        "test: line 2, column 5: found \"99999999999999999999\", must be "
        "between 0 s and the period, 100 s");
  CHECK(said("a,1,2\nb,1,2\na,3,4\n") ==
        "test: line 4, column 1: the client \"a\" has rows further up, must "
        "have all its rows together");
}

TEST_CASE("FedScale's traces: from active until inactive, again at finish_time") {
  const IntervalTraces traces = fedscale(
      R"({"1": {"duration": 50, "inactive": [20, 50, 60], "active": [10, 50, 55], "finish_time": 80, "model": "x"},
          "2": {"duration": 0, "inactive": [], "active": [], "finish_time": 9, "model": "never"}})");
  REQUIRE(traces.size() == 1);
  REQUIRE(traces.period(0) == s(80));
  REQUIRE(traces.available(0, s(10)));
  REQUIRE(traces.leaves(0, s(95)) == s(100));
  REQUIRE_FALSE(traces.available(0, s(50)));  // an interval of no length
  REQUIRE(traces.leaves(0, s(55)) == s(60));
}

TEST_CASE("a damaged FedScale trace is refused with its byte and device") {
  const auto said = [](const std::string& fields) { return said_by([&] { fedscale(R"({"1": {)" + fields + "}}"); }); };
  CHECK(said(R"("active": [1], "inactive": [2])") ==
        R"(test: byte 6: "1": "finish_time" is missing, must be a number)");
  CHECK(said(R"("finish_time": 0, "active": [1], "inactive": [2])") ==
        R"(test: byte 23: "1": finish_time: found 0, must be greater than 0)");
  CHECK(said(R"("finish_time": 1e300, "active": [1], "inactive": [2])") ==
        R"(test: byte 27: "1": finish_time: must be at most 100 years)");
  CHECK(said(R"("finish_time": 9, "active": [1], "inactive": [2, 3])") ==
        R"(test: byte 57: "1": inactive: found 2 times for 1 in active, must be as many)");
  CHECK(said(R"("finish_time": 9, "active": [3], "inactive": [2])") ==
        R"(test: byte 54: "1": inactive: ends at 2 s, must be between its begin, 3 s, and finish_time, 9 s)");
  CHECK(said(R"("finish_time": 9, "active": [3], "inactive": [10])") ==
        R"(test: byte 55: "1": inactive: ends at 10 s, must be between its begin, 3 s, and finish_time, 9 s)");
  CHECK(said(R"("finish_time": 9, "active": [1, 3], "inactive": [4, 5])") ==
        R"(test: byte 40: "1": active: begins at 3 s, must be at least 4 s, where the interval before it ends)");
  CHECK(said(R"("finish_time": 9, "active": 3, "inactive": [5])") ==
        R"(test: byte 36: "1": active: must be a list of numbers)");
  CHECK(said(R"("finish_time": 9, "finish_time": 9)") ==
        R"(test: byte 38: "1": found "finish_time" twice, must be there once)");
  CHECK(said_by([] { fedscale("[1]"); }) == "test: byte 0: found a list, must be an object of devices");
  CHECK(said_by([] { fedscale(R"({"1": "x"})"); }) == R"(test: byte 9: found "x", must be an object of devices)");
  std::string many = R"({"1": {"f": 0)";
  for (int i = 0; i < 256; ++i) many += fmt::format(R"(, "f{}": 0)", i);
  CHECK_THAT(said_by([&] { fedscale(many + "}}"); }), Catch::EndsWith("\"1\": more than 256 fields; is it a trace?"));
  CHECK(said_by([] { fedscale("{}"); }) == "test: no device is ever available; must be one at least");
}

TEST_CASE(
    "FLASH's traces: available while locked, on Wi-Fi and charging; time "
    "0 is 2020-01-02") {
  // From 00:00:10 to 00:01:50: a period of 100 s. Ready from 20 to 30, from 60
  // to 70 and from 100 to the end, 110.
  const IntervalTraces traces = flash(
      "2020-01-02 00:00:10\twifi\n2020-01-02 "
      "00:00:15\tscreen_lock\n2020-01-02 00:00:20\tbattery_charged_on\n"
      "2020-01-02 00:00:25\t57%\n2020-01-02 00:00:30\t4G\n2020-01-02 "
      "00:01:00\tWIFI\n"
      "2020-01-02 00:01:10\tscreen_unlock\n\n2020-01-02 "
      "00:01:40\tscreen_lock\n2020-01-02 00:01:50\tscreen_on\n");
  REQUIRE(traces.size() == 1);
  REQUIRE(traces.period(0) == s(100));
  for (const std::int64_t period : {0, 3}) {
    const Duration base = s(100 * period);
    REQUIRE(traces.leaves(0, base + s(20)) == base + s(30));
    REQUIRE(traces.leaves(0, base + s(65)) == base + s(70));
    REQUIRE_FALSE(traces.available(0, base + s(80)));
    REQUIRE(traces.leaves(0, base + s(100)) == base + s(110));  // across the run's period
    REQUIRE(traces.available(0, base + s(5)));                  // and what of it is left in the next
    REQUIRE_FALSE(traces.available(0, base + s(10)));
  }
}

TEST_CASE("a FLASH trace from before the reference time repeats like any other") {
  // 40 s to 20 s before: a period of 20 s; ready from -35 to -30, which is 5 to
  // 10 and 25 to 30.
  const IntervalTraces traces = flash(
      "2020-01-01 23:59:20\twifi\n2020-01-01 23:59:22\tscreen_lock\n2020-01-01 "
      "23:59:25\tbattery_charged_on\n"
      "2020-01-01 23:59:30\tbattery_charged_off\n2020-01-01 23:59:40\t3g");
  REQUIRE(traces.leaves(0, s(5)) == s(10));
  REQUIRE(traces.leaves(0, s(27)) == s(30));
  REQUIRE_FALSE(traces.available(0, s(12)));
}

TEST_CASE("a damaged FLASH trace is refused with device and line") {
  const auto said = [](const std::string& messages) { return said_by([&] { flash(messages); }); };
  CHECK(said("yesterday\twifi") ==
        "test: byte 63: \"7\": messages: line 1: found \"yesterday\\twifi\", "
        "must be YYYY-MM-DD HH:MM:SS, a tab and a state");
  CHECK_THAT(said("2020-02-30 00:00:00\twifi"), Catch::Contains("line 1: found \"2020-02-30 00:00:00"));
  CHECK_THAT(said("2020-01-02 00:00:10\twifi\n2020-01-02 00:00:09\t4g"),
             Catch::Contains("\"7\": messages: line 2: is earlier than the "
                             "message above it, must be in order"));
  CHECK_THAT(said("2020-01-02 00:00:10\tcoffee"),
             Catch::Contains("line 1: found the state \"coffee\", must be one of FLASH's"));
  CHECK(said("2020-01-02 00:00:10\twifi") ==
        "test: no device is ever locked, on Wi-Fi and charging; must be one at "
        "least");
  CHECK_THAT(said("1000-01-01 00:00:00\twifi\n1000-01-01 "
                  "00:00:00\tscreen_lock\n1000-01-01 00:00:00\t"
                  "battery_charged_on\n2020-01-01 00:00:00\twifi"),
             Catch::Contains("messages: span more than 100 years"));
}

TEST_CASE("traces cut and changed at every byte are read or refused, never worse") {
  survives_damage("client,begin,end\na,0,10.5\na,20,30\nb,1e1,100\n", [](const std::string& text) {
    const IntervalTraces traces = read_csv_traces(content_of(text), s(100));
    traces.leaves(0, s(25));
  });
  survives_damage(R"({"1": {"inactive": [20, 60], "active": [10, 55], "finish_time": 80, "model": "x"}})",
                  [](const std::string& text) {
                    const IntervalTraces traces = read_fedscale_traces(content_of(text));
                    traces.leaves(0, s(25));
                  });
  survives_damage(R"({"7": {"messages": "2020-01-02 00:00:10\twifi\n2020-01-02 00:00:15\tscreen_lock\n)"
                  R"(2020-01-02 00:00:20\tbattery_charged_on\n2020-01-02 00:01:50\t5g"}})",
                  [](const std::string& text) {
                    const IntervalTraces traces = read_flash_traces(content_of(text));
                    traces.leaves(0, s(25));
                  });
}
