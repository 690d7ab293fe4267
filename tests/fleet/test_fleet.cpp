#include <cmath>

#include "sim/base/statistics.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/fleet/fleet.h"
#include "sim/fleet/ideal.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

class FixedLink final : public LinkModel {
 public:
  explicit FixedLink(Link link) : link_(link) {}
  Link link(std::uint64_t, ClientId) const override { return link_; }

 private:
  Link link_;
};

/// Leaves at one moment and never comes back.
class LeavesAt final : public Availability {
 public:
  explicit LeavesAt(Time at) : at_(at) {}
  bool available(std::uint64_t, ClientId, Time t) const override { return t < at_; }
  Time leaves(std::uint64_t, ClientId, Time, Time horizon) const override {
    return at_ <= horizon ? at_ : Time::never();
  }
  Time returns(std::uint64_t, ClientId, Time, Time) const override { return Time::never(); }

 private:
  Time at_;
};

FleetSpec simple_fleet() {
  FleetSpec spec = ideal_fleet({1e9});
  spec.link = std::make_shared<FixedLink>(Link{{8e6}, {4e6}, Duration::from_seconds(0.5), {}});
  return spec;
}

// 1 MB down at 8 Mbit/s: 1 s, and 0.5 s latency; 3 GFLOP at 1 GFLOP/s: 3 s; 1 MB up at 4 Mbit/s: 2 s, and 0.5 s
// latency.
const Load kLoad{{1'000'000}, {3e9}, {1'000'000}};

Time s(double seconds) { return Time{0} + Duration::from_seconds(seconds); }

}  // namespace

TEST_CASE("a turn takes latency + bits / rate, FLOPs / rate, latency + bits / rate") {
  const Fleet fleet(simple_fleet(), 1);
  const Journey j = fleet.plan(ClientId{0}, Turn{0}, s(10), kLoad);
  REQUIRE(j.downloaded == s(11.5));
  REQUIRE(j.computed == s(14.5));
  REQUIRE(j.arrived == s(17));
  REQUIRE(j.ends == j.arrived);
  REQUIRE(j.outcome == Outcome::reported);
  REQUIRE(fleet.expected(ClientId{0}, kLoad).arrived == s(7));
}

TEST_CASE("progress is linear within each phase") {
  const Fleet fleet(simple_fleet(), 1);
  const Journey j = fleet.plan(ClientId{0}, Turn{0}, s(0), kLoad);
  // Phases end at 1.5, 4.5, 7 s. At 0.75 s half is downloaded; at 3 s half is computed; at 5.75 s half is uploaded.
  REQUIRE(progress_at(j, kLoad, s(0.75)).bytes_down == Approx(500'000));
  REQUIRE(progress_at(j, kLoad, s(0.75)).compute_s == 0);
  REQUIRE(progress_at(j, kLoad, s(3)).compute_s == Approx(1.5));
  REQUIRE(progress_at(j, kLoad, s(3)).bytes_down == 1'000'000);
  REQUIRE(progress_at(j, kLoad, s(5.75)).bytes_up == Approx(500'000));
  REQUIRE(progress_at(j, kLoad, s(99)).bytes_up == 1'000'000);
  REQUIRE(j.phase_at(s(0)) == ClientPhase::download);
  REQUIRE(j.phase_at(s(1.5)) == ClientPhase::compute);
  REQUIRE(j.phase_at(s(4.5)) == ClientPhase::upload);
  REQUIRE(j.phase_at(s(7)) == ClientPhase::done);
}

TEST_CASE("a client that leaves in mid-turn is lost then; at the last moment it still arrives") {
  FleetSpec spec = simple_fleet();
  spec.availability = std::make_shared<LeavesAt>(s(3));
  const Journey lost = Fleet(spec, 1).plan(ClientId{0}, Turn{0}, s(0), kLoad);
  REQUIRE(lost.outcome == Outcome::left);
  REQUIRE(lost.ends == s(3));
  REQUIRE(lost.phase_at(lost.ends) == ClientPhase::compute);

  spec.availability = std::make_shared<LeavesAt>(s(7));
  REQUIRE(Fleet(spec, 1).plan(ClientId{0}, Turn{0}, s(0), kLoad).outcome == Outcome::reported);
}

TEST_CASE("drop-outs have the probability asked for and fall uniformly over the turn") {
  FleetSpec spec = simple_fleet();
  spec.dropout = 0.06;
  const Fleet fleet(spec, 3);
  constexpr std::uint32_t n = 40000;
  int lost = 0;
  Moments when;
  for (std::uint32_t turn = 0; turn < n; ++turn) {
    const Journey j = fleet.plan(ClientId{turn % 100}, Turn{turn / 100}, s(0), kLoad);
    if (!j.lost()) continue;
    ++lost;
    REQUIRE(j.outcome == Outcome::crash);
    REQUIRE(j.ends <= j.arrived);
    when.add(static_cast<double>(j.ends.ns) / static_cast<double>(j.arrived.ns));
  }
  // Four standard errors: of a proportion sqrt(p (1 - p) / n), of a uniform mean sqrt(1 / 12 / lost).
  REQUIRE(lost / double(n) == Approx(0.06).margin(4 * std::sqrt(0.06 * 0.94 / n)));
  REQUIRE(when.mean() == Approx(0.5).margin(4 * std::sqrt(1.0 / 12 / lost)));
}

TEST_CASE("a turn's fate depends on seed, client and turn, not on when or how often one asks") {
  FleetSpec spec = simple_fleet();
  spec.dropout = 0.5;
  spec.compute_jitter = 0.3;
  const Fleet fleet(spec, 1);
  const auto length = [&](const Fleet& f, std::uint32_t client, std::uint32_t turn, double start) {
    const Journey j = f.plan(ClientId{client}, Turn{turn}, s(start), kLoad);
    return (j.ends - j.dispatched).ns;
  };
  REQUIRE(length(fleet, 5, 2, 0) == length(fleet, 5, 2, 1000));
  REQUIRE(length(fleet, 5, 2, 0) != length(fleet, 5, 3, 0));
  REQUIRE(length(fleet, 5, 2, 0) != length(fleet, 6, 2, 0));
  REQUIRE(length(fleet, 5, 2, 0) != length(Fleet(spec, 2), 5, 2, 0));
}

TEST_CASE("a turn's compute time has the distribution of its slowdown, drawn anew each turn") {
  FleetSpec spec = simple_fleet();
  spec.slowdown = {Draw::Kind::half_normal, 2, 0};
  const Fleet fleet(spec, 1);
  const auto plain = fleet.expected(ClientId{0}, kLoad);
  Moments factor;
  constexpr std::uint32_t n = 20000;
  for (std::uint32_t turn = 0; turn < n; ++turn) {
    const Journey j = fleet.plan(ClientId{0}, Turn{turn}, s(0), kLoad);
    factor.add((j.computed - j.downloaded).seconds() / (plain.computed - plain.downloaded).seconds());
  }
  // Mean m = 2, standard deviation m sqrt(pi / 2 - 1) = 1.511; four standard errors.
  CHECK(factor.mean() == Approx(2).margin(4 * 1.511 / std::sqrt(double(n))));
  CHECK(factor.variance() == Approx(1.511 * 1.511).epsilon(0.05));
}

TEST_CASE("the ideal fleet takes no time to communicate") {
  const Fleet fleet(ideal_fleet({1e9}), 1);
  const Journey j = fleet.plan(ClientId{0}, Turn{0}, s(1), kLoad);
  REQUIRE(j.arrived == s(4));
}

namespace {

template <class Entry>
auto from_catalog(const std::string& name) {
  // A catalog reads no keys of its own.
  Node empty;
  empty.kind = Node::Kind::map;
  Problems problems;
  return read_config(empty, problems, [&](Section& s) { return Registry<Entry>::instance().at(name).read(s); });
}

}  // namespace

TEST_CASE("the phones' rates have the quantiles of the benchmark they come from") {
  const auto phones = from_catalog<DeviceEntry>("phones-2020");
  std::vector<double> rates;
  for (std::uint32_t i = 0; i < 20000; ++i) rates.push_back(phones->device(1, ClientId{i}).compute.per_second);
  // Median 16 x 2.26 MFLOP / 19.1 ms; extremes 105 / 1548 and 4310 / 1548 of it.
  const double median = 16 * 2.26e6 / 19.1e-3;
  REQUIRE(quantile(rates, 0.5) == Approx(median).epsilon(0.02));
  REQUIRE(quantile(rates, 0) >= median * 105 / 1548);
  REQUIRE(quantile(rates, 1) <= median * 4310 / 1548);
}

TEST_CASE("the mobile links are in the measured range, and asymmetric") {
  const auto mobile = from_catalog<LinkEntry>("mobile");
  Moments down;
  Moments up;
  for (std::uint32_t i = 0; i < 20000; ++i) {
    const Link link = mobile->link(1, ClientId{i});
    REQUIRE(link.down.per_second > 0.1 * 2370 * 8000 - 1);
    REQUIRE(link.up.per_second >= 0.1 * 431 * 8000 - 1);
    down.add(link.down.per_second / 8000);
    up.add(link.up.per_second / 8000);
  }
  // Means of the 19 users are 5,854 and 3,665 kB/s; cutting the left tails adds some percent.
  REQUIRE(down.mean() == Approx(5854).epsilon(0.06));
  REQUIRE(up.mean() == Approx(3665).epsilon(0.06));
}

namespace {

std::unique_ptr<Availability> on_off(const std::string& on, const std::string& off) {
  const Node root = load_yaml_text("{on: " + on + ", off: " + off + "}", "test.yaml");
  Problems problems;
  return read_config(root, problems,
                     [&](Section& sec) { return Registry<AvailabilityEntry>::instance().at("on_off").read(sec); });
}

}  // namespace

TEST_CASE("on_off is available the share mean(on) / (mean(on) + mean(off)) of the time") {
  const auto model = on_off("2 h", "3 h");
  int on = 0;
  constexpr int n = 40000;
  for (std::uint32_t i = 0; i < n; ++i) on += model->available(1, ClientId{i}, s(3600.0 * (i % 500))) ? 1 : 0;
  REQUIRE(on / double(n) == Approx(0.4).margin(4 * std::sqrt(0.24 / n)));
}

TEST_CASE("on_off stays for exponential times with the mean asked for") {
  const auto model = on_off("2 h", "3 h");
  Moments stay;
  int beyond_mean = 0;
  for (std::uint32_t i = 0; i < 20000; ++i) {
    const Time at = s(50000);
    if (!model->available(1, ClientId{i}, at)) continue;
    const Time left = model->leaves(1, ClientId{i}, at, s(1e7));
    stay.add((left - at).seconds());
    beyond_mean += (left - at).seconds() > 7200 ? 1 : 0;
  }
  // Exponential: sd = mean, and e^-1 of the stays exceed the mean. Four standard errors.
  const auto n = static_cast<double>(stay.count());
  REQUIRE(stay.mean() == Approx(7200).margin(4 * 7200 / std::sqrt(n)));
  REQUIRE(beyond_mean / n == Approx(std::exp(-1)).margin(4 * std::sqrt(0.2325 / n)));
}

TEST_CASE("on_off: available until it leaves, away right after, whatever one asks first") {
  const auto model = on_off("10 min", "20 min");
  int checked = 0;
  for (std::uint32_t i = 0; i < 300; ++i) {
    const Time at = s(100.0 * i);
    if (!model->available(2, ClientId{i}, at)) continue;
    const Time left = model->leaves(2, ClientId{i}, at, s(1e6));
    for (const double share : {0.0, 0.3, 0.9, 0.999}) {
      const Time between{at.ns + static_cast<std::int64_t>(share * static_cast<double>((left - at).ns))};
      REQUIRE(model->available(2, ClientId{i}, between));
      REQUIRE(model->leaves(2, ClientId{i}, between, s(1e6)) == left);
    }
    REQUIRE_FALSE(model->available(2, ClientId{i}, left));
    REQUIRE(model->leaves(2, ClientId{i}, at, Time{left.ns - 1}) == Time::never());
    ++checked;
  }
  REQUIRE(checked > 50);
}

TEST_CASE("on_off costs the same whatever the two means") {
  // A thousand days against a millisecond: had the cost the ratio in it, this would not end.
  const auto mostly_on = on_off("1000 d", "1 ms");
  const auto mostly_off = on_off("1 ms", "1000 d");
  int on = 0;
  int off = 0;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    on += mostly_on->available(1, ClientId{i}, s(1e6 + i)) ? 1 : 0;
    off += mostly_off->available(1, ClientId{i}, s(1e6 + i)) ? 1 : 0;
    mostly_on->leaves(1, ClientId{i}, s(1e6), s(1e7));
  }
  REQUIRE(on == 2000);
  REQUIRE(off == 0);
}
