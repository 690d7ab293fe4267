// A method that forgets a part of its state in visit_state() fails here, before its author writes a test.

#include "tests/catch.h"
#include "tests/support/interruption.h"

using namespace fedtide;
using namespace fedtide::testing;

TEST_CASE("law: a run that is taken up again has the same bits as one in one go") {
  for (const About& about : Registry<AlgorithmEntry>::instance().list()) {
    INFO(about.name);
    // In the middle of rounds, when the server's half holds a part of the coming version's reports, and between them.
    const auto some = [](std::uint64_t entries, bool round) { return round ? entries % 3 == 0 : entries % 23 == 11; };
    const std::vector<std::string> words = {"algorithm.name=" + about.name, "stop.rounds=6"};
    REQUIRE(require_same_bits_after_resuming(kStormy, words, some) >= 2);
  }
}
