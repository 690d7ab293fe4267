#include "sim/experiment/verify.h"

#include "tests/catch.h"
#include "tests/support/lawful.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

std::vector<std::string> timing(std::uint64_t seed, const std::string& protocol) {
  return {"seed=" + std::to_string(seed), "timing=only", "evaluate.per_client=0", "protocol=" + protocol};
}

}  // namespace

TEST_CASE("runs of every protocol obey every law, whatever the storm") {
  const std::string protocols[] = {
      "{name: synchronous, cohort: 10, over_selection: 1.5, deadline: 4 s, minimum_reports: 4, retry: 20 s}",
      "{name: synchronous, cohort: 20, pause: 3 s}",
      "{name: synchronous, cohort: 8, over_selection: 3, deadline: 1 s, minimum_reports: 3, retry: 1 s}",
      "{name: buffered, concurrency: 20, buffer: 6}",
      "{name: buffered, concurrency: 30, buffer: 1, maximum_staleness: 4, retry: 1 s}",
  };
  for (const std::string& protocol : protocols) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      CAPTURE(protocol, seed);
      const Played played = play_text(kStormy, timing(seed, protocol));
      REQUIRE(played.memory.turns.size() > 40);
      REQUIRE(broken_laws(played.memory).empty());
    }
  }
}

TEST_CASE("a run that is learned obeys the laws too, and so does one that time ends") {
  REQUIRE(broken_laws(play_text(kStormy).memory).empty());
  REQUIRE(broken_laws(play_text(kStormy, {"stop={time: 20 s}"}).memory).empty());
}

TEST_CASE("a law that is broken says where, and no other speaks") {
  Memory memory = play_text(kStormy, timing(3, "{name: buffered, concurrency: 20, buffer: 6}")).memory;
  memory.rounds[3].total_bytes_up += 1;
  REQUIRE(broken_laws(memory).starts_with("totals grow by what is spent: round 4: the totals are "));
  memory.rounds[3].total_bytes_up -= 1;
  REQUIRE(broken_laws(memory).empty());
  memory.rest.front().wasted.bytes_down = -5;
  const std::string text = broken_laws(memory);
  REQUIRE(text.starts_with("waste is a part of what is spent: rest: wasted -5 bytes down"));
}

TEST_CASE("counts below nothing and spending of no size are broken laws") {
  Memory memory = play_text(kStormy, timing(3, "{name: synchronous, cohort: 10}")).memory;
  const Memory whole = memory;
  memory.rounds[1].outcomes[0] += 3;
  memory.rounds[1].outcomes[1] -= 3;
  memory.rounds[1].outcomes[1] = -1;
  REQUIRE(broken_laws(memory).find("every dispatch has exactly one end: round 2: ") != std::string::npos);
  memory = whole;
  memory.rounds[1].spent.compute_s = kMissing;
  REQUIRE(broken_laws(memory).find("totals grow by what is spent: round 2: spent ") != std::string::npos);
  memory = whole;
  memory.turns[4].spent.bytes_up = -1;
  REQUIRE(broken_laws(memory).find("a partial transfer is less than the whole: round ") != std::string::npos);
}
