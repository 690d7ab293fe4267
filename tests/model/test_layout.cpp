#include "sim/model/layout.h"

#include "sim/base/error.h"
#include "sim/model/batch.h"
#include "sim/model/model.h"
#include "tests/catch.h"

using namespace fedtide;

TEST_CASE("ranges lie one behind the other and cover the vector") {
  Layout layout;
  CHECK(layout.size() == 0);
  CHECK(layout.add("a", {2, 3}) == 0);
  CHECK(layout.add("b", {4}, Part::norm) == 6);
  CHECK(layout.size() == 10);
  CHECK(layout.ranges()[0].size() == 6);
  CHECK(layout.ranges()[1].part == Part::norm);
  CHECK_THROWS(layout.add("a", {1}));
  CHECK_THROWS(layout.add("empty", {3, 0}));
}

TEST_CASE("an input's features are the product of its dimensions") {
  CHECK(InputShape{InputShape::Kind::dense, {1, 28, 28}, 10}.features() == 784);
  CHECK(InputShape{InputShape::Kind::dense, {13}, 2}.features() == 13);
  CHECK(InputShape{}.features() == 0);
}

TEST_CASE("a batch keeps its memory") {
  Batch<float> batch;
  batch.reserve(3, 10);
  CHECK(batch.dense.cols() == 10);
  CHECK(batch.dense.isZero(0));
  const float* before = batch.dense.data();
  batch.reserve(3, 7);
  batch.reserve(3, 10);
  CHECK(batch.dense.data() == before);
  batch.reserve(3, 13);
  CHECK(batch.dense.cols() == 13);
}

TEST_CASE("an empty score has neither loss nor accuracy, scores add up") {
  Score score;
  CHECK(score.loss() == 0);
  CHECK(score.accuracy() == 0);
  score += Score{3, 1, 4};
  score += Score{1, 1, 4};
  CHECK(score.loss() == 0.5);
  CHECK(score.accuracy() == 0.25);
}

TEST_CASE("running statistics are listed apart") {
  Layout layout;
  layout.add("gamma", {4}, Part::norm);
  CHECK(layout.statistics().empty());
  CHECK(layout.add_statistic("mean", {4}) == 4);
  CHECK(layout.add_statistic("variance", {4}, Part::personal) == 8);
  REQUIRE(layout.statistics().size() == 2);
  CHECK(layout.statistics()[0].part == Part::buffer);
  CHECK(layout.statistics()[1].name == "variance");
  CHECK(layout.statistics()[1].offset == 8);
  CHECK(layout.ranges()[1].statistic);
  CHECK_FALSE(layout.ranges()[0].statistic);
}
