#include "sim/base/text.h"

#include <string>
#include <vector>

#include "tests/catch.h"

using namespace fedtide;

TEST_CASE("the distance of two words is the number of edits", "[text]") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("alpha", "alpha") == 0);
  CHECK(edit_distance("alpha", "alpah") == 1);   // swapped
  CHECK(edit_distance("alpha", "alhpa") == 1);   // swapped
  CHECK(edit_distance("alpha", "lpha") == 1);    // deleted
  CHECK(edit_distance("alpha", "alphas") == 1);  // inserted
  CHECK(edit_distance("alpha", "alphs") == 1);   // replaced
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("ca", "abc") == 3);  // optimal string alignment: 2 would edit a swapped pair again
}

TEST_CASE("the distance ignores ASCII case and nothing else", "[text]") {
  CHECK(edit_distance("FedAvg", "fedavg") == 0);
  CHECK(edit_distance("AZ", "az") == 0);
  CHECK(edit_distance("@[", "`{") == 2);  // just outside of A .. Z
}

TEST_CASE("the distance is symmetric and keeps the triangle's inequality for these", "[text]") {
  const std::vector<std::string> words = {"", "fedavg", "fedprox", "fedavgm", "scaffold", "prox", "vagfed"};
  for (const auto& a : words) {
    for (const auto& b : words) {
      CHECK(edit_distance(a, b) == edit_distance(b, a));
      for (const auto& c : words) CHECK(edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c));
    }
  }
}

TEST_CASE("the nearest word is at most a third of the letters away", "[text]") {
  const std::vector<std::string> names = {"clients", "cohort", "rounds"};
  CHECK(nearest("client", names) == "clients");
  CHECK(nearest("cleints", names) == "clients");
  CHECK(nearest("rnds", names).empty());        // 2 of 4 letters
  CHECK(nearest("ruonsd", names) == "rounds");  // 2 of 6
  CHECK(nearest("COHORT", names) == "cohort");
  CHECK(nearest("deadline", names).empty());
  CHECK(nearest("", names).empty());
  CHECK(nearest("clients", {}).empty());
}

TEST_CASE("the first of equally near words is taken, a nearer one preferred", "[text]") {
  CHECK(nearest("bat", {"cat", "hat", "bar"}) == "cat");
  CHECK(nearest("bat", {"cat", "BAT"}) == "BAT");
}

TEST_CASE("a word of which nothing is left is not near", "[text]") {
  CHECK(nearest("x", {"y", "z"}).empty());
  CHECK(nearest("X", {"y", "x"}) == "x");
}

TEST_CASE("a suggestion names the near word or lists what is valid", "[text]") {
  CHECK(suggestion("fedvag", {"fedavg", "fedprox"}) == "; did you mean \"fedavg\"?");
  CHECK(suggestion("nonsense", {"fedavg", "fedprox"}) == "; valid here: fedavg, fedprox");
  CHECK(suggestion("anything", {}).empty());
}

TEST_CASE("words are joined by their separator", "[text]") {
  CHECK(join({}) == "");
  CHECK(join({"a"}) == "a");
  CHECK(join({"a", "b", "c"}) == "a, b, c");
  CHECK(join({"a", "", "c"}, "\n") == "a\n\nc");
}
