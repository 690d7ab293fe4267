// What Google's system is put together from: reservoir, selectors, pace, counts.

#include <cmath>
#include <set>

#include "sim/base/distributions.h"
#include "sim/federation/check_in_rule.h"
#include "sim/federation/pace.h"
#include "sim/federation/selection_phase.h"
#include "sim/federation/traffic.h"
#include "tests/catch.h"
#include "tests/support/check_ins.h"

using namespace fedtide;

namespace {

std::vector<std::uint32_t> sample(std::uint32_t seed, std::uint32_t capacity, std::uint32_t offered) {
  Reservoir reservoir;
  reservoir.set_capacity(capacity);
  for (std::uint32_t i = 0; i < offered; ++i) {
    Stream stream(seed, Purpose::cohort, i);
    reservoir.offer(i, stream);
  }
  return reservoir.held();
}

Waiting offer(SelectionPhase& selection, std::uint32_t client, std::uint32_t& place) {
  Stream stream(1, Purpose::cohort, client);
  const auto answer = selection.offer(ClientId{client}, Time{client}, stream);
  REQUIRE(answer.place);
  place = *answer.place;
  return {ClientId{client}, Time{client}};
}

/// Clients of each selector, the first so many.
std::vector<std::vector<std::uint32_t>> clients_of(const SelectionPhase& selection, std::size_t each) {
  std::vector<std::vector<std::uint32_t>> of(selection.selectors());
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    auto& list = of[selection.selector_of(ClientId{i})];
    if (list.size() < each) list.push_back(i);
  }
  return of;
}

DayProfile swinging_day() {
  DayProfile day;
  for (std::size_t s = 0; s < DayProfile::kSlots; ++s) {
    day.share[s] = 0.2 * (1 + 0.6 * std::cos(2 * std::acos(-1.0) * (static_cast<double>(s) + 0.5) / 48));
  }
  return day;
}

PaceRule steered() {
  PaceRule rule;
  rule.least = Duration::from_seconds(60);
  rule.spread = Duration::from_seconds(10);
  rule.period = Duration::from_seconds(3600);
  return rule;
}

}  // namespace

TEST_CASE("a reservoir keeps each of those offered equally often") {
  constexpr std::uint32_t kSeeds = 20'000;
  std::vector<int> kept(12);
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    const auto held = sample(seed, 3, 12);
    REQUIRE(held.size() == 3);
    REQUIRE(std::set<std::uint32_t>(held.begin(), held.end()).size() == 3);
    for (const std::uint32_t item : held) ++kept[item];
  }
  // Each with probability 3/12: 5,000 of 20,000, standard error sqrt(20,000 * 3/16) = 61.
  for (const int times : kept) REQUIRE(std::abs(times - 5000) < 4 * 61);
}

TEST_CASE("who leaves a reservoir makes room") {
  Reservoir reservoir;
  reservoir.set_capacity(2);
  Stream stream(1, Purpose::cohort);
  REQUIRE(!reservoir.offer(7, stream));
  REQUIRE(!reservoir.offer(8, stream));
  REQUIRE(reservoir.offer(9, stream));
  reservoir.remove(reservoir.held().front());
  REQUIRE(reservoir.size() == 1);
  REQUIRE(!reservoir.offer(10, stream));
  REQUIRE(reservoir.held().back() == 10);
  reservoir.remove(99);
  REQUIRE(reservoir.take().size() == 2);
  REQUIRE(reservoir.size() == 0);
}

TEST_CASE("selectors share the goal, and the rest of them a failed one's part") {
  SelectionPhase selection(1, 12, 3, 1.0);
  const auto of = clients_of(selection, 10);
  const auto held_by = [&](std::uint32_t selector) {
    std::uint32_t held = 0;
    for (const std::uint32_t client : of[selector]) {
      Stream stream(1, Purpose::cohort, client);
      const auto answer = selection.offer(ClientId{client}, Time{0}, stream);
      held += answer.place && !answer.instead_of ? 1 : 0;
    }
    return held;
  };
  // Closed, it takes nobody.
  REQUIRE(held_by(0) == 0);
  selection.open();
  for (std::uint32_t i = 0; i < 3; ++i) REQUIRE(held_by(i) == 4);
  REQUIRE(selection.waiting() == 12);
  // A failed selector loses those it held, and no others.
  std::set<std::uint32_t> lost;
  for (const Waiting& device : selection.kill(1)) lost.insert(raw(device.client));
  REQUIRE(lost.size() == 4);
  for (const std::uint32_t client : lost) REQUIRE(selection.selector_of(ClientId{client}) == 1);
  REQUIRE(!selection.is_up(1));
  REQUIRE(selection.waiting() == 8);
  // The two others may hold six each now.
  selection.dismiss();
  selection.open();
  REQUIRE(held_by(0) == 6);
  REQUIRE(held_by(2) == 6);
  selection.restart(1);
  selection.dismiss();
  selection.open();
  REQUIRE(held_by(1) == 4);
}

TEST_CASE("a round gets a random part of those who wait, and the others wait on") {
  std::vector<int> chosen(6);
  for (std::uint64_t seed = 0; seed < 6000; ++seed) {
    SelectionPhase selection(1, 6, 1, 1.0);
    selection.open();
    std::uint32_t place = 0;
    for (std::uint32_t client = 0; client < 6; ++client) offer(selection, client, place);
    Stream stream(seed, Purpose::cohort);
    for (const Waiting& device : selection.forward(2, stream)) {
      REQUIRE(device.since == Time{raw(device.client)});
      ++chosen[raw(device.client)];
    }
    REQUIRE(selection.waiting() == 4);
    REQUIRE(selection.forward(100, stream).size() == 4);
    REQUIRE(selection.waiting() == 0);
  }
  // 2,000 each, standard error sqrt(6,000 * 2/9) = 37.
  for (const int times : chosen) REQUIRE(std::abs(times - 2000) < 4 * 37);
}

TEST_CASE("a device that leaves its place leaves only its own") {
  SelectionPhase selection(1, 2, 1, 1.0);
  selection.open();
  std::uint32_t place = 0;
  offer(selection, 5, place);
  const std::uint32_t generation = selection.generation(place);
  REQUIRE(selection.dismiss().size() == 1);
  selection.open();
  std::uint32_t again = 0;
  offer(selection, 6, again);
  REQUIRE(again == place);
  REQUIRE(!selection.leave(place, generation));
  const auto left = selection.leave(place, selection.generation(place));
  REQUIRE(left);
  REQUIRE(left->client == ClientId{6});
  REQUIRE(selection.waiting() == 0);
}

TEST_CASE("a large population's check-ins come at the rate wanted at every hour") {
  // 1.2 check-ins for each of 100 devices a minute: 2 a second by 40,000 devices, of which 0.2 (1 + 0.6 cos) are there.
  Pace pace(steered(), swinging_day(), 40'000, 100, Duration::from_seconds(1));
  pace.want_round_every(Duration::from_seconds(60));
  const DayProfile day = swinging_day();
  std::array<double, 24> seen{};
  constexpr int kDays = 30'000;
  Time at{0};
  Stream stream(9, Purpose::check_in);
  double all = 0;
  while (at.ns < kDays * DayProfile::day().ns) {
    at = pace.next(at, stream);
    if (uniform(stream) >= day.share[DayProfile::slot_of(at)]) continue;
    ++seen[DayProfile::slot_of(at) / 2];
    ++all;
  }
  // One device: 2 / 40,000 a second, 4.32 a day.
  const double expected = kDays * 4.32 / 24;
  REQUIRE(all == Approx(24 * expected).margin(3 * std::sqrt(24 * expected)));
  for (const double hour : seen) REQUIRE(hour == Approx(expected).margin(4 * std::sqrt(expected)));
}

TEST_CASE("the server knows the hours and the speed of its devices") {
  ExperimentConfig config = testing::read_text_experiment(
      testing::kCrowd, {"data.clients=10000", "fleet.availability={model: diurnal, mean: 0.2, swing: 4, peak: 2 h}"});
  const Assembly assembly = assemble(config);
  const DayProfile day = observe_day(*assembly.population, Time{7});
  for (std::size_t s = 0; s < DayProfile::kSlots; ++s) {
    const double hour = (static_cast<double>(s) + 0.5) / 2;
    const double share = 0.2 * (1 + 0.6 * std::cos(2 * std::acos(-1.0) * (hour - 2) / 24));
    INFO("at " << hour << " h");
    REQUIRE(day.share[s] == Approx(share).margin(4 * std::sqrt(share * (1 - share) / 10'000)));
  }
  // Half of the turns take at most 2 s of latency and the median of 8 s; standard error 1.25 * 0.3 * 8 s / sqrt(1,000).
  REQUIRE(expected_turn(*assembly.population, 0.5).seconds() == Approx(10).margin(0.4));
  REQUIRE(expected_turn(*assembly.population, 1).seconds() > 15);
}

TEST_CASE("no device is asked to come more often than it may") {
  // 100,000 a minute are wanted of 1,000 devices: each comes every 60 s on average instead.
  Pace pace(steered(), swinging_day(), 1'000, 100, Duration::from_seconds(1));
  pace.want_round_every(Duration::from_seconds(0.072));
  PaceRule rule = steered();
  rule.small = 0;
  Pace large(rule, swinging_day(), 1'000, 100, Duration::from_seconds(1));
  large.want_round_every(Duration::from_seconds(0.072));
  Stream stream(9, Purpose::check_in);
  Time at{0};
  for (int i = 0; i < 40'000; ++i) at = large.next(at, stream);
  REQUIRE(at.seconds() / 40'000 == Approx(60).epsilon(0.02));
}

TEST_CASE("a small population comes together") {
  // At most 0.32 * 1,000 are there, fewer than 4 * 100.
  const Pace pace(steered(), swinging_day(), 1'000, 100, Duration::from_seconds(300));
  for (std::uint32_t i = 0; i < 200; ++i) {
    Stream stream(1, Purpose::check_in, i);
    REQUIRE(pace.first(stream).seconds() < 10);
    // Whenever they were seen: all at the next whole 300 s.
    const Time now = Time{0} + Duration::from_seconds(300 + i);
    const double at = pace.next(now, stream).seconds();
    REQUIRE((600 <= at && at < 610));
  }
}

TEST_CASE("without steering a device comes after its period, all for the first time at once") {
  PaceRule rule = steered();
  rule.steering = false;
  const Pace pace(rule, swinging_day(), 1'000'000, 100, Duration::from_seconds(300));
  Stream stream(1, Purpose::check_in);
  REQUIRE(pace.first(stream) == Time{0});
  REQUIRE(pace.next(Time{5}, stream) == Time{5} + rule.period);
}

TEST_CASE("spans are shared out to the rows that they cross, and shapes say how far a session got") {
  Traffic traffic(Duration::from_seconds(3600));
  const auto hour = [](double h) { return Time{0} + Duration::from_seconds(3600 * h); };
  traffic.participate(hour(0.5), hour(2.25));
  traffic.wait(hour(1), hour(1));
  traffic.add(TrafficCount::check_ins, hour(2), 3);
  const Sessions& sessions = traffic.sessions();
  REQUIRE(sessions.rows.size() == 3);
  REQUIRE(sessions.rows[0].participating_s == 1800);
  REQUIRE(sessions.rows[1].participating_s == 3600);
  REQUIRE(sessions.rows[2].participating_s == 900);
  REQUIRE(sessions.rows[1].waiting_s == 0);
  REQUIRE(sessions.rows[2].of(TrafficCount::check_ins) == 3);
  REQUIRE(session_shape(ClientPhase::download, '!') == "-!");
  REQUIRE(session_shape(ClientPhase::compute, '!') == "-v[!");
  REQUIRE(session_shape(ClientPhase::upload, '#') == "-v[]+#");
  REQUIRE(session_shape(ClientPhase::done, '^') == "-v[]+^");
}

TEST_CASE("the goal counts products as the whole numbers they are meant to be") {
  CheckInRule rule;
  rule.cohort = 100;
  rule.over_selection = 1.1;
  REQUIRE(rule.goal() == 110);
  rule.minimum_selected = 0.7;
  REQUIRE(rule.fewest_selected() == 77);
  rule.minimum_reported = 0.001;
  REQUIRE(rule.fewest_reported() == 1);
}
