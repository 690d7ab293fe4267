#include <algorithm>
#include <vector>

#include "sim/base/distributions.h"
#include "sim/base/error.h"
#include "sim/engine/event_queue.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

Event at(std::int64_t ns, EventPhase phase = EventPhase::arrive, std::uint64_t tie = 0) {
  Event e;
  e.at = Time{ns};
  e.phase = phase;
  e.tie = tie;
  return e;
}

}  // namespace

TEST_CASE("events come out as a stable sort by time, phase and tie has them") {
  Stream stream(7, Purpose::ties);
  EventQueue queue;
  std::vector<Event> expected;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    // Few different times, phases and ties, so that every kind of equality occurs.
    Event e = at(uniform_below(stream, 50) * 1'000'000'007LL, static_cast<EventPhase>(uniform_below(stream, 6)),
                 uniform_below(stream, 3));
    e.slot = static_cast<std::uint32_t>(i);
    queue.push(e);
    e.sequence = i;
    expected.push_back(e);
  }
  std::stable_sort(expected.begin(), expected.end(), before);
  for (const Event& e : expected) REQUIRE(queue.pop().slot == e.slot);
  REQUIRE(queue.empty());
}

TEST_CASE("pushes between pops keep the order (hold model)") {
  Stream stream(8, Purpose::ties);
  EventQueue queue;
  for (int i = 0; i < 1000; ++i) queue.push(at(uniform_below(stream, 1000)));
  Event last = queue.pop();
  for (int i = 0; i < 20000; ++i) {
    // A quarter of the increments are zero: events of the instant that is being played.
    const std::int64_t gap = uniform_below(stream, 4) == 0 ? 0 : uniform_below(stream, 1u << 20);
    queue.push(at(queue.now().ns + gap, EventPhase::deadline, stream.next64()));
    const Event e = queue.pop();
    REQUIRE(e.at >= last.at);
    REQUIRE(queue.now() == e.at);
    last = e;
  }
  REQUIRE(queue.size() == 999);
}

TEST_CASE("a report on the dot of the deadline counts") {
  EventQueue queue;
  queue.push(at(90, EventPhase::deadline));
  queue.push(at(90, EventPhase::dispatch));
  queue.push(at(90, EventPhase::arrive, ~0ull));
  queue.push(at(90, EventPhase::evaluate));
  queue.push(at(90, EventPhase::lose));
  queue.push(at(90, EventPhase::transit, ~0ull));
  REQUIRE(queue.pop().phase == EventPhase::transit);
  REQUIRE(queue.pop().phase == EventPhase::arrive);
  REQUIRE(queue.pop().phase == EventPhase::lose);
  REQUIRE(queue.pop().phase == EventPhase::deadline);
  REQUIRE(queue.pop().phase == EventPhase::dispatch);
  REQUIRE(queue.pop().phase == EventPhase::evaluate);
}

TEST_CASE("a million events at one time come out in the order of their ties") {
  Stream stream(9, Purpose::ties);
  EventQueue queue;
  for (int i = 0; i < 1'000'000; ++i) queue.push(at(5, EventPhase::arrive, stream.next64()));
  std::uint64_t last = 0;
  while (!queue.empty()) {
    const Event e = queue.pop();
    REQUIRE(e.tie >= last);
    last = e.tie;
  }
}

TEST_CASE("the last nanosecond of time is an event's time like any other") {
  EventQueue queue;
  queue.push(at(Time::never().ns));
  queue.push(at(1));
  REQUIRE(queue.pop().at == Time{1});
  REQUIRE(queue.pop().at == Time::never());
}

TEST_CASE("an event before the clock is our mistake, and said so") {
  EventQueue queue;
  queue.push(at(10));
  queue.pop();
  REQUIRE_THROWS_WITH(queue.push(at(9)), Catch::Contains("event at 9 ns is before the clock's 10 ns"));
  REQUIRE_THROWS_WITH(queue.pop(), Catch::Contains("pop from an empty event queue"));
}
