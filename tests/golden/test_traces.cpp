// Golden traces: the whole timeline of a small stormy world as text, so that a reviewer can read what a change does to
// it. FEDTIDE_UPDATE_GOLDEN=1 writes the files anew; results change only in a commit that says why.

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/catch.h"
#include "tests/support/experiment.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

std::string as_text(const Played& played) {
  std::string text = "# t_dispatched_ns t_ended_ns round client turn version phase outcome bytes_down bytes_up\n";
  std::size_t next_turn = 0;
  for (const RoundRecord& round : played.memory.rounds) {
    for (; next_turn < played.memory.turns.size() && played.memory.turns[next_turn].round <= round.round; ++next_turn) {
      const ClientTrace& t = played.memory.turns[next_turn];
      text += fmt::format("{} {} {} {} {} {} {} {} {} {}\n", t.dispatched.ns, t.ended.ns, t.round, raw(t.client),
                          t.turn, t.version, name(t.phase), name(t.outcome), t.spent.bytes_down, t.spent.bytes_up);
    }
    text += fmt::format("commit {} at {} reports {} abandoned {}\n", round.round, round.committed.ns, round.outcomes[0],
                        round.abandoned_rounds);
  }
  return text + played.result.stopped.text + "\n";
}

void compare_with_golden(const std::string& name, const std::string& text) {
  const std::string path = FEDTIDE_SOURCE_DIR "/tests/golden/" + name + ".txt";
  if (std::getenv("FEDTIDE_UPDATE_GOLDEN")) {
    std::ofstream(path) << text;
    return;
  }
  std::stringstream golden;
  golden << std::ifstream(path).rdbuf();
  // Line by line, so that a failure shows the first difference and not two whole files.
  std::istringstream ours(text);
  std::string a;
  std::string b;
  for (int line = 1; std::getline(golden, a); ++line) {
    REQUIRE(std::getline(ours, b));
    INFO(path << ":" << line);
    REQUIRE(b == a);
  }
  REQUIRE_FALSE(std::getline(ours, b));
  REQUIRE_FALSE(golden.str().empty());
}

}  // namespace

TEST_CASE("the stormy world's timeline is as it was") {
  compare_with_golden("stormy", as_text(play_text(kStormy, {"stop.rounds=4"})));
}

TEST_CASE("a Poisson-sampled timeline is as it was") {
  compare_with_golden(
      "stormy-poisson",
      as_text(play_text(kStormy, {"selection.name=poisson", "stop.rounds=3", "timing=only", "evaluate.per_client=0"})));
}
