#include <limits>

#include "tests/catch.h"
#include "tests/model/layer_cases.h"

using namespace fedtide;
using namespace fedtide::parts;

namespace {

/// A layer without weights on one sample: its output, and the gradient of dot(dy, output).
struct Passed {
  Vector<double> y, dx;
};
template <class L, class Spec>
Passed pass_through(const Spec& spec, const Shape& in, const Vector<double>& x, Vector<double> dy) {
  Layout layout;
  const L layer(spec, in, layout, "layer1");
  const Index count = x.size() / in.size();
  Passed out{Vector<double>(layer.output().size() * count), Vector<double>(x.size())};
  Pass<double> pass;
  pass.count = count;
  pass.training = true;
  const auto space = layer.make_space(count);
  layer.forward(nullptr, x.data(), out.y.data(), space.get(), pass);
  layer.backward(nullptr, x.data(), out.y.data(), dy.data(), out.dx.data(), nullptr, space.get(), pass);
  return out;
}

}  // namespace

TEST_CASE("max pooling by hand: the first of equal values wins, what is left over counts for nothing") {
  // 2 x 2 windows of a 2 x 5 image: 3 1 | 7 7 | 9  over  3 2 | 7 0 | 9. Windows: {3, 1, 3, 2} and {7, 7, 7, 0}.
  const Shape in{Shape::Kind::image, 1, 2, 5, 1};
  Vector<double> x(10), dy(2), dx(10);
  x << 3, 1, 7, 7, 9, 3, 2, 7, 0, 9;
  dy << 5, 6;
  dx << 5, 0, 6, 0, 0, 0, 0, 0, 0, 0;
  const Passed out = pass_through<MaxPool<double>>(MaxPoolSpec{2, 2}, in, x, dy);
  CHECK(out.y == (Vector<double>(2) << 3, 7).finished());
  CHECK(out.dx == dx);
}

TEST_CASE("overlapping windows add up, channels stay apart") {
  // Two channels, 1 x 3 is not enough for 2 x 2 windows: 2 x 3, stride 1. Channel 0: 1 9 2 / 0 0 0, both windows take
  // the 9; channel 1 has it negated, -1 -9 -2 / 0 0 0: both take their first 0, one pixel apart.
  const Shape in{Shape::Kind::image, 2, 2, 3, 1};
  Vector<double> x(12), dy(4), dx(12);
  x << 1, -1, 9, -9, 2, -2, 0, 0, 0, 0, 0, 0;
  dy << 1, 10, 100, 1000;
  dx << 0, 0, 101, 0, 0, 0, 0, 10, 0, 1000, 0, 0;
  const Passed out = pass_through<MaxPool<double>>(MaxPoolSpec{2, 1}, in, x, dy);
  CHECK(out.y == (Vector<double>(4) << 9, 0, 9, 0).finished());
  CHECK(out.dx == dx);
}

TEST_CASE("max pooling keeps what is not a number") {
  const Shape in{Shape::Kind::image, 1, 2, 2, 1};
  for (Index at = 0; at < 4; ++at) {
    Vector<double> x(4);
    x << 4, 3, 2, 1;
    x[at] = std::numeric_limits<double>::quiet_NaN();
    const Passed out = pass_through<MaxPool<double>>(MaxPoolSpec{2, 2}, in, x, Vector<double>::Ones(1));
    CHECK(std::isnan(out.y[0]));
    CHECK(out.dx[at] == 1);
  }
}

TEST_CASE("max pooling's gradient is the slope of the loss") {
  for (const auto& [size, stride] : {std::pair<Index, Index>{2, 2}, {3, 2}, {2, 1}, {2, 3}}) {
    for (const Index count : {1, 6, 70}) {
      CAPTURE(size, stride, count);
      const auto model = classifier_of<double>(
          {conv(3, 3, kSame, Init::he), std::make_shared<MaxPoolFactory>(MaxPoolSpec{size, stride})},
          image_input(1, 7, 6, 3));
      const auto batch = random_batch<double>(42, 3, count, 5);
      CHECK(slope_error(*model, batch, random_weights<double>(model->size(), 3)) < 1e-6);
    }
  }
}

TEST_CASE("what pooling cannot take is said") {
  CHECK(MaxPoolSpec{3, 3}.mismatch({Shape::Kind::image, 1, 2, 9, 1}) ==
        "windows of 3 x 3 do not fit a 2 x 9 x 1 image with padding 0");
  CHECK(MaxPoolSpec{3, 3}.mismatch({Shape::Kind::features, 9, 1, 1, 1}) == "takes an image, got a 9 features");
}

TEST_CASE("average pooling by hand") {
  // 2 x 2 windows of 1 2 5 / 3 6 5: one window of mean 3, the last column counts for nothing.
  const Shape in{Shape::Kind::image, 1, 2, 3, 1};
  Vector<double> x(6), dx(6);
  x << 1, 2, 5, 3, 6, 5;
  dx << 2, 2, 0, 2, 2, 0;
  const Passed out = pass_through<AveragePool<double>>(AveragePoolSpec{2, 2}, in, x, Vector<double>::Constant(1, 8));
  CHECK(out.y == Vector<double>::Constant(1, 3));
  CHECK(out.dx == dx);
  CHECK(AveragePoolSpec{2, 2}.output(in) == Shape{Shape::Kind::image, 1, 1, 1, 1});
}

TEST_CASE("a global mean gives features, one a channel") {
  const Shape in{Shape::Kind::image, 2, 2, 3, 1};
  Vector<double> x(12);
  x << 1, 60, 2, 50, 3, 40, 4, 30, 5, 20, 6, 10;
  const AveragePoolSpec spec{{}, 1};
  const Passed out = pass_through<AveragePool<double>>(spec, in, x, (Vector<double>(2) << 6, 12).finished());
  CHECK(out.y[0] == Approx(3.5).epsilon(1e-15));
  CHECK(out.y[1] == Approx(35).epsilon(1e-15));
  CHECK(out.dx[4] == Approx(1).epsilon(1e-15));
  CHECK(out.dx[5] == Approx(2).epsilon(1e-15));
  CHECK(spec.output(in) == Shape{Shape::Kind::features, 2, 1, 1, 1});
}

TEST_CASE("gelu is x times the normal distribution function") {
  // Phi(1) = 0.841344746068542948585..., Phi(-3) = 0.001349898031630094526... (tables of the normal distribution);
  // the slope at 0 is Phi(0) = 1/2, and at 1 Phi(1) + exp(-1/2) / sqrt(2 pi) = 0.8413447460685429 + 0.2419707245191434.
  const Shape in{Shape::Kind::features, 4, 1, 1, 1};
  Vector<double> x(4);
  x << 0, 1, -3, 40;
  const Passed out = pass_through<Gelu<double>>(GeluSpec{}, in, x, Vector<double>::Ones(4));
  CHECK(out.y[0] == 0);
  CHECK(out.y[1] == Approx(0.841344746068542948585).epsilon(1e-15));
  CHECK(out.y[2] == Approx(-3 * 0.001349898031630094526).epsilon(1e-14));
  CHECK(out.y[3] == 40);
  CHECK(out.dx[0] == 0.5);
  CHECK(out.dx[1] == Approx(1.0833154705876863).epsilon(1e-15));
  CHECK(out.dx[3] == 1);
}
