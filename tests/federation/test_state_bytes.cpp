// What visit_state() names goes to bytes and comes back, and what is of another program is told.

#include "sim/federation/state_bytes.h"

#include "sim/base/error.h"
#include "sim/federation/aggregator.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

struct Everything {
  bool flag = false;
  std::uint32_t count = 0;
  double real = 0;
  float single = 0;
  Vector<float> floats;
  Vector<double> doubles;
  SharedVector<float> shared, none;
  std::optional<double> maybe, never;
  std::vector<SharedVector<double>> each;
  std::map<std::uint32_t, double> by_client;

  void visit_state(StateVisitor& state) {
    state.visit("flag", flag);
    state.visit("count", count);
    state.visit("real", real);
    state.visit("single", single);
    state.visit("floats", floats);
    state.visit("doubles", doubles);
    state.visit("shared", shared);
    state.visit("none", none);
    state.visit("maybe", maybe);
    state.visit("never", never);
    state.visit("each", each);
    state.visit("by_client", by_client);
  }
};

struct SingleNumber {
  double x = 1;
  void visit_state(StateVisitor& state) { state.visit("x", x); }
};
struct Renamed {
  double y = 1;
  void visit_state(StateVisitor& state) { state.visit("y", y); }
};
struct Whole {
  std::int64_t x = 1;
  void visit_state(StateVisitor& state) { state.visit("x", x); }
};
struct More {
  double x = 1, y = 2;
  void visit_state(StateVisitor& state) { state.visit("x", x), state.visit("y", y); }
};

template <class T>
std::string refusal(const std::string& bytes) {
  T owner;
  try {
    restore_state(owner, bytes, "the owner");
  } catch (const Failure& failure) {
    REQUIRE(failure.code() == ExitCode::data_damaged);
    return failure.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a state comes back as it was, bit for bit") {
  Everything a;
  a.flag = true;
  a.count = 4'000'000'000u;
  a.real = -0.0;
  a.single = 0.1f;
  a.floats = Vector<float>{{1, 2, 3}};
  a.doubles = Vector<double>{{0.1}};
  a.shared = std::make_shared<const Vector<float>>(Vector<float>{{5}});
  a.maybe = 0.3;
  a.each = {nullptr, std::make_shared<const Vector<double>>(Vector<double>{{7, 8}})};
  a.by_client = {{3, 0.5}, {9, 0.25}};
  Everything b;
  b.none = a.shared;  // what was there goes
  b.never = 1;
  b.by_client[4] = 1;
  restore_state(b, state_bytes(a), "everything");
  REQUIRE(state_bytes(b) == state_bytes(a));
  REQUIRE(b.flag);
  REQUIRE(b.count == 4'000'000'000u);
  REQUIRE(std::signbit(b.real));
  REQUIRE(b.single == 0.1f);
  REQUIRE(b.floats == a.floats);
  REQUIRE((*b.shared)[0] == 5);
  REQUIRE(b.none == nullptr);
  REQUIRE(b.maybe == 0.3);
  REQUIRE_FALSE(b.never);
  REQUIRE(b.each.size() == 2);
  REQUIRE(b.each[0] == nullptr);
  REQUIRE((*b.each[1])[1] == 8);
  REQUIRE(b.by_client == a.by_client);
}

TEST_CASE("the state of another program is refused with what differs") {
  SingleNumber number;
  const std::string bytes = state_bytes(number);
  const std::string start = "checkpoint: the owner keeps ";
  const std::string rest = " is there; it was written by another version of the program: continue with that";
  REQUIRE(refusal<SingleNumber>(bytes) == "");
  REQUIRE(refusal<Renamed>(bytes) == start + "a real number \"y\" in this program, and a real number \"x\"" + rest);
  REQUIRE(refusal<Whole>(bytes) == start + "a whole number \"x\" in this program, and a real number \"x\"" + rest);
  REQUIRE(refusal<More>(bytes) == start + "a real number \"y\" in this program, and nothing more" + rest);
  More more;
  REQUIRE(refusal<SingleNumber>(state_bytes(more)) == start + "less in this program, and 19 bytes more" + rest);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) REQUIRE(refusal<SingleNumber>(bytes.substr(0, cut)) != "");
}

TEST_CASE("a mean that is empty keeps no vector") {
  WeightedMean<float> mean(1000);
  REQUIRE(state_bytes(mean).size() < 100);
  mean.absorb(Vector<float>::Constant(1000, 2), 3);
  WeightedMean<float> other(1000);
  restore_state(other, state_bytes(mean), "a mean");
  other.absorb(Vector<float>::Constant(1000, 4), 1);
  REQUIRE(other.finish().mean[999] == 2.5f);  // (3 x 2 + 4) / 4
}
