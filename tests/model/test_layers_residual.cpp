#include "sim/model/layers/residual.h"

#include "tests/catch.h"
#include "tests/model/layer_cases.h"

using namespace fedtide;
using namespace fedtide::parts;

namespace {

Conv2dSpec without_bias(Index channels, Index kernel, Index stride) {
  Conv2dSpec spec;
  spec.channels = channels;
  spec.kernel = kernel;
  spec.stride = stride;
  spec.bias = false;
  return spec;
}
Piece one_by_one(Index channels, Index stride = 1) {
  return std::make_shared<Conv2dFactory>(without_bias(channels, 1, stride));
}

std::string mismatch_of(LayerList layers, LayerList shortcut, const Shape& in) {
  return ResidualSpec{std::move(layers), std::move(shortcut)}.mismatch(in);
}

}  // namespace

TEST_CASE("a residual by hand") {
  // One channel, one row of three pixels, 1 -2 3. Layers: times 2, relu: 2 0 6. Shortcut: the input itself, then times
  // -1 every second pixel.
  const Shape in{Shape::Kind::image, 1, 1, 3, 1};
  Layout layout;
  const Residual<double> plain(ResidualSpec{{one_by_one(1), relu()}, {}}, in, layout, "residual1");
  CHECK(layout.ranges()[0].name == "residual1.conv2d1.weight");
  CHECK(plain.flops() == 2 * 3 + 3);
  CHECK(plain.backward_flops(true) == 2 * 2 * 3 + 3);
  CHECK(plain.backward_flops(false) == 2 * 3);
  Vector<double> w(1), x(3), y(3), dy(3), dx(3), step = Vector<double>::Zero(1);
  w << 2;
  x << 1, -2, 3;
  dy << 10, 100, 1000;
  ProductSpace<double> product;
  Pass<double> pass;
  pass.count = 1;
  pass.training = true;
  pass.product = &product;
  auto space = plain.make_space(1);
  plain.forward(w.data(), x.data(), y.data(), space.get(), pass);
  CHECK(y == (Vector<double>(3) << 3, -2, 9).finished());
  // Behind the relu only pixels 0 and 2 count: dw = 10 * 1 + 1000 * 3; dx = dy + 2 * (10, 0, 1000).
  plain.backward(w.data(), x.data(), y.data(), dy.data(), dx.data(), step.data(), space.get(), pass);
  CHECK(step[0] == 3010);
  CHECK(dx == (Vector<double>(3) << 30, 100, 3000).finished());

  Layout both;
  const Residual<double> around(ResidualSpec{{one_by_one(1, 2), relu()}, {one_by_one(1, 2)}}, in, both, "residual2");
  CHECK(both.ranges()[1].name == "residual2.shortcut.conv2d1.weight");
  Vector<double> v(2), z(2), dz(2), steps = Vector<double>::Zero(2);
  v << 2, -1;
  dz << 10, 1000;
  space = around.make_space(1);
  around.forward(v.data(), x.data(), z.data(), space.get(), pass);
  CHECK(z == (Vector<double>(2) << 1, 3).finished());
  around.backward(v.data(), x.data(), z.data(), dz.data(), dx.data(), steps.data(), space.get(), pass);
  CHECK(steps == (Vector<double>(2) << 3010, 3010).finished());
  CHECK(dx == (Vector<double>(3) << 10, 0, 1000).finished());
}

TEST_CASE("a residual whose ways do not meet is refused, with the layer at fault") {
  const Shape in{Shape::Kind::image, 3, 4, 4, 1};
  CHECK(mismatch_of({one_by_one(3)}, {}, in).empty());
  CHECK(mismatch_of({one_by_one(5, 2)}, {}, in) ==
        "layers give a 2 x 2 x 5 image, but the shortcut a 4 x 4 x 3 image; a shortcut of its own can match them "
        "(conv2d with kernel 1)");
  CHECK(mismatch_of({one_by_one(5, 2)}, {one_by_one(5)}, in) ==
        "layers give a 2 x 2 x 5 image, but the shortcut a 4 x 4 x 5 image");
  CHECK(mismatch_of({one_by_one(5, 2)}, {one_by_one(5, 2)}, in).empty());
  CHECK(mismatch_of({relu(), conv(3, 5, 0, Init::he)}, {}, in) ==
        "layers[1] conv2d: windows of 5 x 5 do not fit a 4 x 4 x 3 image with padding 0");
  CHECK(mismatch_of({relu()}, {relu(), dense(3, Init::he)}, in) ==
        "shortcut: layers[1] dense: takes features, got a 4 x 4 x 3 image; put flatten before it");
  CHECK(mismatch_of({flatten()}, {}, in) == "has no layers that compute anything");
  CHECK(mismatch_of({relu()}, {flatten()}, in) == "has a shortcut that computes nothing; leave it out");
}

TEST_CASE("residuals nest, and their layers' names tell where") {
  const auto inner = std::make_shared<ResidualFactory>(ResidualSpec{{one_by_one(2), relu()}, {}});
  const auto outer = std::make_shared<ResidualFactory>(ResidualSpec{{inner, inner, one_by_one(2)}, {}});
  const auto model = classifier_of<double>({outer}, image_input(2, 3, 3, 2));
  std::vector<std::string> names;
  for (const WeightRange& range : model->layout().ranges()) names.push_back(range.name);
  CHECK(names == std::vector<std::string>{"residual1.residual1.conv2d1.weight", "residual1.residual2.conv2d1.weight",
                                          "residual1.conv2d1.weight", "dense1.weight", "dense1.bias"});
  CHECK(slope_error(*model, random_batch<double>(18, 2, 4, 5), random_weights<double>(model->size(), 3)) < 1e-6);
}
