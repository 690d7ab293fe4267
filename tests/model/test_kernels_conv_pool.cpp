#include <random>

#include "sim/model/kernels/conv_pool.h"
#include "sim/model/layers/conv_pool.h"
#include "tests/catch.h"
#include "tests/model/samples.h"

using namespace fedtide;

namespace {

struct Sizes {
  Index height, width, in, kernel, padding, out;
};

/// Odd ones: lanes that are not full, windows that the pool does not use, Winograd's with and without a last group of
/// tiles, lines cut in two.
const std::vector<Sizes> kSizes{{21, 37, 1, 3, 1, 5},   {9, 40, 1, 4, 0, 3},    {30, 18, 1, 5, 2, 15},
                                {28, 28, 1, 5, 2, 6},   {28, 28, 1, 5, 2, 32},  {14, 14, 6, 5, 0, 16},
                                {14, 14, 32, 5, 2, 64}, {9, 11, 3, 3, 1, 10},   {8, 8, 7, 3, 0, 40},
                                {7, 6, 16, 5, 2, 8},    {30, 12, 24, 5, 0, 16}, {5, 5, 2, 1, 0, 3},
                                {12, 6, 20, 5, 2, 72},  {6, 6, 40, 3, 1, 256},  {70, 8, 16, 5, 2, 16}};

/// The same block by a plain sum over every window, in double.
struct Plain {
  Sizes s;
  Index oh, ow, ph, pw;

  explicit Plain(const Sizes& sizes)
      : s(sizes),
        oh(s.height + 2 * s.padding - s.kernel + 1),
        ow(s.width + 2 * s.padding - s.kernel + 1),
        ph(oh / 2),
        pw(ow / 2) {}

  template <class F>
  void window(Index y, Index x, const F& f) const {
    for (Index ky = 0; ky < s.kernel; ++ky) {
      for (Index kx = 0; kx < s.kernel; ++kx) {
        const Index iy = y + ky - s.padding, ix = x + kx - s.padding;
        if (iy < 0 || ix < 0 || iy >= s.height || ix >= s.width) continue;
        for (Index i = 0; i < s.in; ++i) f((ky * s.kernel + kx) * s.in + i, (iy * s.width + ix) * s.in + i);
      }
    }
  }
  /// Calls f(pooled index, channel, y, x, value) for the largest of each window.
  template <class F>
  void largest(const float* w, const float* bias, const float* image, const F& f) const {
    const Index taps = s.kernel * s.kernel * s.in;
    for (Index q = 0; q < ph * pw; ++q) {
      for (Index c = 0; c < s.out; ++c) {
        double best = -1e30;
        Index at_y = 0, at_x = 0;
        for (Index a = 0; a < 4; ++a) {
          const Index y = 2 * (q / pw) + a / 2, x = 2 * (q % pw) + a % 2;
          double sum = static_cast<double>(bias[c]);
          window(y, x, [&](Index tap, Index pixel) {
            sum += static_cast<double>(w[c * taps + tap]) * static_cast<double>(image[pixel]);
          });
          if (sum > best) best = sum, at_y = y, at_x = x;
        }
        f(q, c, at_y, at_x, best);
      }
    }
  }
};

}  // namespace

TEST_CASE("the fused convolution, ReLU and pool equal a plain sum over windows, forward and backward") {
  for (const Sizes& s : kSizes) {
    const Plain plain(s);
    const Shape in{Shape::Kind::image, s.in, s.height, s.width, 1};
    Layout layout;
    Conv2dSpec conv;
    conv.channels = s.out;
    conv.kernel = s.kernel;
    conv.padding = s.padding;
    conv.activation = Activation::relu;
    const ConvPool<float> layer(ConvPoolSpec{conv, MaxPoolSpec{}}, in, layout, "conv2d1");
    const Index samples = 3;
    const Vector<float> w = random_weights<float>(layout.size(), 1, 0.2);
    const Vector<float> x = random_weights<float>(in.size() * samples, 2, 1.0);
    const Vector<float> dy0 = random_weights<float>(layer.output().size() * samples, 3, 1.0);
    Vector<float> y(dy0.size()), dy = dy0, dx(x.size()), target = Vector<float>::Zero(w.size());
    ProductSpace<float> product;
    const auto space = layer.make_space(samples);
    const Pass<float> pass{nullptr, 0, samples, true, &product};
    layer.forward(w.data(), x.data(), y.data(), space.get(), pass);
    layer.backward(w.data(), x.data(), y.data(), dy.data(), dx.data(), target.data(), space.get(), pass);

    Vector<double> expected_y = Vector<double>::Zero(y.size()), expected_dx = Vector<double>::Zero(x.size());
    Vector<double> expected_dw = Vector<double>::Zero(w.size());
    const Index taps = s.kernel * s.kernel * s.in, bias = s.out * taps;
    for (Index j = 0; j < samples; ++j) {
      const float* image = x.data() + j * in.size();
      plain.largest(w.data(), w.data() + bias, image, [&](Index q, Index c, Index py, Index px, double value) {
        const Index at = (j * plain.ph * plain.pw + q) * s.out + c;
        expected_y[at] = std::max(0.0, value);
        if (y[at] <= 0) return;  // a near tie with 0 may fall on either side
        const auto delta = static_cast<double>(dy0[at]);
        expected_dw[bias + c] += delta;
        plain.window(py, px, [&](Index tap, Index pixel) {
          expected_dw[c * taps + tap] += delta * static_cast<double>(image[pixel]);
          expected_dx[j * in.size() + pixel] += delta * static_cast<double>(w[c * taps + tap]);
        });
      });
    }
    CAPTURE(s.height, s.width, s.in, s.kernel, s.padding, s.out);
    CHECK((y.cast<double>() - expected_y).cwiseAbs().maxCoeff() < 2e-5 * expected_y.cwiseAbs().maxCoeff());
    CHECK((target.cast<double>() - expected_dw).norm() < 1e-5 * expected_dw.norm());
    CHECK((dx.cast<double>() - expected_dx).norm() < 1e-5 * expected_dx.norm());
    // As the first layer, whose input's gradient no one wants.
    target.setZero();
    dy = dy0;
    layer.backward(w.data(), x.data(), y.data(), dy.data(), nullptr, target.data(), space.get(), pass);
    CHECK((target.cast<double>() - expected_dw).norm() < 1e-5 * expected_dw.norm());
  }
}

TEST_CASE("of equal values in a window the first carries the gradient, and none where the output is 0") {
  // One pixel, one channel, weight 1: outputs are the inputs. Windows: {1, 1, 0, 1} ties; {-1, -2, -3, -4} is below 0;
  // {0, 0, 0, 0} is not above 0; {1, 2, 3, 4} has its largest last.
  const Shape in{Shape::Kind::image, 1, 4, 4, 1};
  Layout layout;
  Conv2dSpec conv;
  conv.channels = 1;
  conv.kernel = 1;
  conv.activation = Activation::relu;
  const ConvPool<float> layer(ConvPoolSpec{conv, MaxPoolSpec{}}, in, layout, "conv2d1");
  Vector<float> w(2), x(16), y(4), dy(4), dx(16), target = Vector<float>::Zero(2);
  w << 1, 0;
  x << 1, 1, -1, -2,  //
      0, 1, -3, -4,   //
      0, 0, 1, 2,     //
      0, 0, 3, 4;
  dy << 1, 2, 3, 4;
  ProductSpace<float> product;
  const auto space = layer.make_space(1);
  const Pass<float> pass{nullptr, 0, 1, true, &product};
  layer.forward(w.data(), x.data(), y.data(), space.get(), pass);
  CHECK(y == Vector<float>{{1, 0, 0, 4}});
  layer.backward(w.data(), x.data(), y.data(), dy.data(), dx.data(), target.data(), space.get(), pass);
  Vector<float> expected = Vector<float>::Zero(16);
  expected[0] = 1;
  expected[15] = 4;
  CHECK(dx == expected);
  CHECK(target == Vector<float>{{1 * 1 + 4 * 4, 5}});
}
