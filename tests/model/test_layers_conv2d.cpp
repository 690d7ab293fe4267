#include "tests/catch.h"
#include "tests/model/networks.h"

using namespace fedtide;
using namespace fedtide::parts;

namespace {

Conv2dSpec spec_of(Index channels, Index kernel, std::optional<Index> padding, Index stride = 1) {
  Conv2dSpec spec;
  spec.channels = channels;
  spec.kernel = kernel;
  spec.padding = padding;
  spec.stride = stride;
  return spec;
}

/// The definition, sample by sample and tap by tap, for the layer's first `count` samples.
Vector<double> by_definition(const Conv2dSpec& spec, const Shape& in, const Vector<double>& w, const Vector<double>& x,
                             Index count) {
  const Shape out = spec.output(in);
  const WindowSpan rows = window_span(in.height, spec.kernel, spec.stride, spec.padding);
  const WindowSpan cols = window_span(in.width, spec.kernel, spec.stride, spec.padding);
  const Index taps = spec.kernel * spec.kernel * in.channels;
  Vector<double> y(out.size() * count);
  for (Index n = 0; n < count; ++n)
    for (Index oy = 0; oy < out.height; ++oy)
      for (Index ox = 0; ox < out.width; ++ox)
        for (Index o = 0; o < out.channels; ++o) {
          double sum = w[out.channels * taps + o];
          for (Index ky = 0; ky < spec.kernel; ++ky)
            for (Index kx = 0; kx < spec.kernel; ++kx)
              for (Index c = 0; c < in.channels; ++c) {
                const Index row = oy * spec.stride + ky - rows.before, col = ox * spec.stride + kx - cols.before;
                if (row < 0 || row >= in.height || col < 0 || col >= in.width) continue;
                sum += w[o * taps + (ky * spec.kernel + kx) * in.channels + c] *
                       x[n * in.size() + (row * in.width + col) * in.channels + c];
              }
          y[n * out.size() + (oy * out.width + ox) * out.channels + o] = sum;
        }
  return y;
}

}  // namespace

TEST_CASE("a convolution by hand") {
  // Image of 2 x 2, one channel: 1 2 / 3 4. Kernel of 2 x 2: 1 0 / 0 10, bias 100. Padding 1 gives 3 x 3 outputs:
  // the last tap alone sees the image in the first row and column, the first alone in the last ones, and in the middle
  // 1 * 1 + 10 * 4. Right column of the first row and bottom of the first column: both see zeros.
  const Shape in{Shape::Kind::image, 1, 2, 2, 1};
  Layout layout;
  const Conv2d<double> layer(spec_of(1, 2, 1), in, layout, "conv2d1");
  CHECK(layout.ranges()[0].name == "conv2d1.weight");
  CHECK(layout.ranges()[0].shape == std::vector<Index>{1, 2, 2, 1});
  CHECK(layout.ranges()[1].shape == std::vector<Index>{1});
  CHECK(layer.flops() == 2 * 4 * 9);
  Vector<double> w(5), x(4), y(9), expected(9);
  w << 1, 0, 0, 10, 100;
  x << 1, 2, 3, 4;
  expected << 110, 120, 100, 130, 141, 102, 100, 103, 104;
  ProductSpace<double> product;
  Pass<double> pass;
  pass.count = 1;
  pass.product = &product;
  const auto space = layer.make_space(1);
  layer.forward(w.data(), x.data(), y.data(), space.get(), pass);
  CHECK(y == expected);
}

TEST_CASE("a convolution is its definition, for every kernel, stride and padding") {
  const Shape in{Shape::Kind::image, 3, 7, 6, 1};
  ProductSpace<double> product;
  for (const Index kernel : {1, 2, 3, 5}) {
    for (const Index stride : {1, 2, 3}) {
      for (const std::optional<Index> padding : {std::optional<Index>{}, {0}, {1}, {2}}) {
        if (padding && *padding >= kernel) continue;
        CAPTURE(kernel, stride, padding.value_or(-1));
        const Conv2dSpec spec = spec_of(4, kernel, padding, stride);
        REQUIRE(spec.mismatch(in).empty());
        Layout layout;
        const Conv2d<double> layer(spec, in, layout, "conv2d1");
        const Index count = 29;  // more than one chunk of samples
        const Vector<double> w = random_weights<double>(layout.size(), 1);
        const Vector<double> x = random_weights<double>(in.size() * count, 2);
        Vector<double> y(layer.output().size() * count);
        Pass<double> pass;
        pass.count = count;
        pass.product = &product;
        const auto space = layer.make_space(count);
        layer.forward(w.data(), x.data(), y.data(), space.get(), pass);
        CHECK((y - by_definition(spec, in, w, x, count)).norm() < 1e-13 * y.norm());
      }
    }
  }
}

TEST_CASE("`same` keeps an image's size, and divides it by the stride rounded up") {
  const Shape in{Shape::Kind::image, 1, 28, 27, 1};
  CHECK(spec_of(8, 5, std::nullopt).output(in) == Shape{Shape::Kind::image, 8, 28, 27, 1});
  CHECK(spec_of(8, 4, std::nullopt).output(in) == Shape{Shape::Kind::image, 8, 28, 27, 1});
  CHECK(spec_of(8, 3, std::nullopt, 2).output(in) == Shape{Shape::Kind::image, 8, 14, 14, 1});
  // 28 pixels, windows of 3 every 2: 14 windows span 13 * 2 + 3 = 29, so one pixel of padding: behind.
  CHECK(window_span(28, 3, 2, std::nullopt).before == 0);
  CHECK(window_span(28, 5, 1, std::nullopt).before == 2);
  CHECK(window_span(28, 5, 1, 0).outputs == 24);
  CHECK(window_span(28, 3, 2, 1).outputs == 14);
}

TEST_CASE("a convolution's gradient is the slope of the loss") {
  for (const Index kernel : {1, 2, 3}) {
    for (const Index stride : {1, 2}) {
      for (const std::optional<Index> padding : {std::optional<Index>{}, {0}}) {
        for (const Index count : {1, 5, 70}) {
          CAPTURE(kernel, stride, padding.value_or(-1), count);
          const auto model = classifier_of<double>(
              {conv(3, kernel, padding, Init::he, stride), tanh(), conv(2, 2, 1, Init::he)}, image_input(2, 5, 4, 3));
          const auto batch = random_batch<double>(40, 3, count, 5);
          CHECK(slope_error(*model, batch, random_weights<double>(model->size(), 3)) < 1e-6);
        }
      }
    }
  }
}

TEST_CASE("an activation behind a convolution is part of it, with the same numbers") {
  for (const Activation activation : {Activation::relu, Activation::tanh, Activation::sigmoid}) {
    const auto after = std::make_shared<ActivationFactory>(ActivationSpec{activation});
    const auto fused = conv(3, 3, kSame, Init::he)->fused_with(*after);
    REQUIRE(fused);
    CHECK_FALSE(fused->fused_with(*after));
    const auto model = classifier_of<double>({conv(3, 3, kSame, Init::he), after}, image_input(1, 5, 5, 3));
    const auto batch = random_batch<double>(25, 3, 4, 5);
    CHECK(slope_error(*model, batch, random_weights<double>(model->size(), 3)) < 1e-6);
  }
  CHECK_FALSE(conv(3, 3, kSame, Init::he)->fused_with(*flatten()));
}

TEST_CASE("a convolution without a bias has none") {
  const auto model = classifier_of<double>({conv(3, 3, kSame, Init::he, 1, false), tanh()}, image_input(1, 4, 4, 3));
  CHECK(model->layout().ranges()[1].name == "dense1.weight");
  CHECK(slope_error(*model, random_batch<double>(16, 3, 4, 5), random_weights<double>(model->size(), 3)) < 1e-6);
}

TEST_CASE("first weights of a convolution are bounded by its fan-in") {
  // He: sqrt(6 / (3 * 3 * 4)); Glorot: sqrt(6 / (3 * 3 * 4 + 3 * 3 * 200)). 7200 weights come within 1 % of it.
  for (const auto& [init, bound] : {std::pair{Init::he, std::sqrt(6.0 / 36)}, {Init::glorot, std::sqrt(6.0 / 1836)}}) {
    const Shape in{Shape::Kind::image, 4, 5, 5, 1};
    Layout layout;
    Conv2dSpec spec = spec_of(200, 3, 0);
    spec.init = init;
    const Conv2d<double> layer(spec, in, layout, "conv2d1");
    Vector<double> w = Vector<double>::Zero(layout.size());
    Stream stream(1, Purpose::model_init);
    layer.initialize(w.data(), stream);
    CHECK(w.cwiseAbs().maxCoeff() == Approx(bound).epsilon(0.01));
    CHECK(w.cwiseAbs().maxCoeff() <= bound);
    CHECK(w.tail(200).isZero(0));
  }
}

TEST_CASE("what a convolution cannot take is said") {
  const Shape small{Shape::Kind::image, 1, 4, 9, 1};
  CHECK(spec_of(1, 5, 0).mismatch(small) == "windows of 5 x 5 do not fit a 4 x 9 x 1 image with padding 0");
  CHECK(spec_of(1, 5, 1).mismatch(small).empty());
  CHECK(spec_of(1, 5, std::nullopt).mismatch(small).empty());
  CHECK(spec_of(1, 2, 2).mismatch(small) == "padding of 2 for windows of 2 x 2; must be less");
  CHECK(spec_of(1, 5, 0).mismatch({Shape::Kind::features, 7, 1, 1, 1}) == "takes an image, got a 7 features");
}
