#include "sim/model/layers/gru.h"
#include "sim/model/layers/lstm.h"
#include "sim/model/losses/cross_entropy.h"
#include "tests/catch.h"
#include "tests/model/sequences.h"

using namespace fedtide;

namespace {

/// Relative distance of the gradient from central differences of the loss.
double slope_error(const Model<double>& model, const Batch<double>& batch, const Vector<double>& at) {
  const auto workspace = model.make_workspace(batch.count);
  Vector<double> g(model.size()), differences(model.size()), w = at;
  model.gradient(w.data(), batch, 1.0, *workspace, g.data());
  const double h = 1e-5;
  for (Index i = 0; i < w.size(); ++i) {
    w[i] = at[i] + h;
    const double up = model.evaluate(w.data(), batch, *workspace).loss_sum;
    w[i] = at[i] - h;
    const double down = model.evaluate(w.data(), batch, *workspace).loss_sum;
    w[i] = at[i];
    differences[i] = (up - down) / (2 * h);
  }
  return (g - differences).norm() / g.norm();
}

struct Case {
  const char* name;
  SequenceModelFactory factory;
};

/// One of each kind; 17 units are a whole panel and one more, 3 are less than one.
std::vector<Case> cases() {
  const EmbeddingSpec five{5, 1, {}}, padded{3, 1, 2};
  std::vector<Case> all;
  all.push_back({"lstm", {five, {lstm(3)}}});
  all.push_back({"lstm over lstm", {five, {lstm(17), lstm(4)}}});
  all.push_back({"lstm with peepholes", {five, {lstm(17, true)}}});
  all.push_back({"gru", {five, {gru(3)}}});
  all.push_back({"gru over gru", {five, {gru(17), gru(4)}}});
  all.push_back({"padding", {padded, {lstm(4)}}});
  all.push_back({"embedding alone", {five, {}}});
  all.push_back({"tied", SequenceModelFactory(tied_of(6, {lstm(6)}))});
  all.push_back({"tied over a projection",
                 SequenceModelFactory(tied_of(4, {gru(7), std::make_shared<DenseFactory>(DenseSpec{4})}))});
  return all;
}

/// One layer on features x[channels, n, steps], at hand-set weights.
template <class L, class Spec>
Vector<double> run(const Spec& spec, Index steps, const Vector<double>& w, const Vector<double>& x) {
  Layout layout;
  const Shape in{Shape::Kind::sequence, x.size() / steps, 1, 1, steps};
  const L layer(spec, in, layout, "layer");
  REQUIRE(layout.size() == w.size());
  Pass<double> pass;
  pass.count = 1;
  Vector<double> y(layer.output().size());
  layer.forward(w.data(), x.data(), y.data(), layer.make_space(1).get(), pass);
  return y;
}

}  // namespace

TEST_CASE("gradients of recurrent networks are the slopes of their losses") {
  for (const Case& c : cases()) {
    for (const bool each_step : {true, false}) {
      for (const Index steps : {1, 2, 5}) {
        for (const Index count : {1, 3}) {
          CAPTURE(c.name, each_step, steps, count);
          const InputShape shape = token_input(steps, 6, each_step);
          const auto model = c.factory.make_double(shape);
          auto batch = random_tokens<double>(shape, count, 11, each_step);
          if (std::string(c.name) == "padding") batch.tokens[0] = 1;  // else it may be all padding: no slope at all
          const Vector<double> w = random_weights<double>(model->size(), 3, 0.7);
          if (std::string(c.name) != "padding") {
            CHECK(slope_error(*model, batch, w) < 1e-6);
            continue;
          }
          Vector<double> g(model->size());
          model->gradient(w.data(), batch, 1, *model->make_workspace(count), g.data());
          CHECK(g.segment(2 * 3, 3).isZero(0));
          for (auto& token : batch.tokens) token = token == 2 ? 1 : token;
          CHECK(slope_error(*model, batch, w) < 1e-6);
        }
      }
    }
  }
}

TEST_CASE("a gradient over several blocks is the slope of the loss") {
  const SequenceModelFactory factory(EmbeddingSpec{2, 1, {}}, {lstm(3), gru(2)});
  const InputShape shape = token_input(3, 4);
  const auto model = factory.make_double(shape);
  CHECK(slope_error(*model, random_tokens<double>(shape, 70, 5), random_weights<double>(model->size(), 2, 0.7)) < 1e-6);
}

TEST_CASE("an LSTM of one unit over two steps by hand") {
  // W = U = 0 but for g, where both are 1; biases 0, ln 3, 0, ln 3: i = 1/2, f = o = 3/4 at all times.
  // x = (ln(3) / 2, 0): g1 = tanh(ln(3) / 2) = (3 - 1) / (3 + 1) = 1/2, c1 = 1/4, h1 = 3/4 tanh(1/4);
  // g2 = tanh(h1), c2 = 3/4 c1 + 1/2 g2, h2 = 3/4 tanh(c2).
  const double ln3 = std::log(3.0);
  Vector<double> w(12), x(2);
  w << 0, 0, 1, 0, 0, 0, 1, 0, 0, ln3, 0, ln3;
  x << ln3 / 2, 0;
  const Vector<double> y = run<Lstm<double>>(LstmSpec{1}, 2, w, x);
  const double h1 = 0.75 * std::tanh(0.25), c2 = 0.1875 + 0.5 * std::tanh(h1);
  CHECK(y[0] == Approx(h1).epsilon(1e-14));
  CHECK(y[1] == Approx(0.75 * std::tanh(c2)).epsilon(1e-14));
}

TEST_CASE("peepholes let the gates see the cells") {
  // As above with p_i = p_f = 4 ln(3) and p_o = 0: c1 = 1/4 makes i2 = sigmoid(ln 3) = 3/4, f2 = sigmoid(2 ln 3) =
  // 9/10. With p_o = -ln(3) / c instead, o = sigmoid(0) = 1/2 at the step whose cell is c.
  const double ln3 = std::log(3.0);
  Vector<double> w(15), x(2);
  w << 0, 0, 1, 0, 0, 0, 1, 0, 0, ln3, 0, ln3, 4 * ln3, 4 * ln3, 0;
  x << ln3 / 2, 0;
  LstmSpec spec{1};
  spec.peephole = true;
  const double h1 = 0.75 * std::tanh(0.25), c2 = 0.9 * 0.25 + 0.75 * std::tanh(h1);
  CHECK(run<Lstm<double>>(spec, 2, w, x)[1] == Approx(0.75 * std::tanh(c2)).epsilon(1e-14));
  w[14] = -4 * ln3;
  CHECK(run<Lstm<double>>(spec, 2, w, x)[0] == Approx(0.5 * std::tanh(0.25)).epsilon(1e-14));
}

TEST_CASE("a GRU of one unit over two steps by hand") {
  // Gates r, u, n. W = (0, 0, 1), U = (0, 0, 2), b = (0, -ln 3, 0), b' = (0, 0, 1): r = 1/2, u = 1/4 at all times.
  // n1 = tanh(x1 + 1/2 (0 + 1)), h1 = 3/4 n1; n2 = tanh(x2 + 1/2 (2 h1 + 1)), h2 = 3/4 n2 + 1/4 h1. With
  // x1 = ln(3) / 2 - 1/2: n1 = 1/2, h1 = 3/8; x2 = -7/8: n2 = 0, h2 = 3/32.
  const double ln3 = std::log(3.0);
  Vector<double> w(12), x(2);
  w << 0, 0, 1, 0, 0, 2, 0, -ln3, 0, 0, 0, 1;
  x << ln3 / 2 - 0.5, -0.875;
  const Vector<double> y = run<Gru<double>>(GruSpec{1}, 2, w, x);
  CHECK(y[0] == Approx(3.0 / 8).epsilon(1e-14));
  CHECK(y[1] == Approx(3.0 / 32).epsilon(1e-14));
}

TEST_CASE("a table that is tied gets the gradients of both of its uses") {
  // One dimension, E = (e0, e1), inner h = v e (dense, weight v, no bias) and no bias: token 0 gives z = (v e0^2,
  // v e0 e1). With v = 1, e0 = 1, e1 = 1 + ln 3: p1 = 3/4. Label 0: dz = (-3/4, 3/4).
  // From the outputs: dE = dz h = (-3/4, 3/4). dh = dz . E = 3/4 ln 3; from the token: dE[0] += v dh; dv = e0 dh.
  TiedSpec spec = tied_of(1, {std::make_shared<DenseFactory>(DenseSpec{1, false})});
  spec.bias = false;
  const InputShape shape = token_input(1, 2);
  const auto model = SequenceModelFactory(spec).make_double(shape);
  REQUIRE(model->size() == 3);
  CHECK(model->layout().ranges()[0].name == "tied1.embedding");
  CHECK(model->layout().ranges()[1].name == "tied1.dense1.weight");
  const double ln3 = std::log(3.0);
  Vector<double> w(3), g(3), expected(3);
  w << 1, 1 + ln3, 1;
  expected << -0.75 + 0.75 * ln3, 0.75, 0.75 * ln3;
  Batch<double> batch;
  batch.count = 1;
  batch.tokens = {0};
  batch.labels = {0};
  const Score score = model->gradient(w.data(), batch, 1, *model->make_workspace(1), g.data());
  CHECK(score.loss() == Approx(std::log(4.0)).epsilon(1e-14));
  CHECK((g - expected).norm() < 1e-14);
}

TEMPLATE_TEST_CASE("a recurrent network's fused step has the bits of a gradient that is added afterwards", "", float,
                   double) {
  using T = TestType;
  for (const Case& c : cases()) {
    for (const Index count : {1, 2, 7, 64, 65, 130}) {
      CAPTURE(c.name, count);
      const InputShape shape = token_input(6, 9);
      std::unique_ptr<const Model<T>> model;
      if constexpr (std::is_same_v<T, float>) {
        model = c.factory.make_float(shape);
      } else {
        model = c.factory.make_double(shape);
      }
      const auto batch = random_tokens<T>(shape, count, 5, true);
      const auto workspace = model->make_workspace(count);
      Vector<T> fused = random_weights<T>(model->size(), 9), added = fused, buffer(model->size());
      for (int k = 0; k < 2; ++k) {
        const T scale = static_cast<T>(-0.1 / static_cast<double>(count));
        const Score one = model->step(fused.data(), batch, scale, *workspace);
        const Score two = model->gradient(added.data(), batch, scale, *workspace, buffer.data());
        added += buffer;
        REQUIRE(one.loss_sum == two.loss_sum);
        REQUIRE(same_bits(fused, added));
      }
    }
  }
}

TEST_CASE("a dense layer over many steps adds each weight's gradient once") {
  // 80 steps of 10 samples are more columns than one product sums; 90 and 9 classes take different kernels.
  for (const Index vocabulary : {9, 90}) {
    const InputShape shape = token_input(80, vocabulary);
    const auto model = SequenceModelFactory(EmbeddingSpec{5, 1, {}}, {gru(4)}).make_float(shape);
    const auto batch = random_tokens<float>(shape, 10, 5);
    const auto workspace = model->make_workspace(10);
    Vector<float> fused = random_weights<float>(model->size(), 9), added = fused, buffer(model->size());
    model->step(fused.data(), batch, -0.01f, *workspace);
    model->gradient(added.data(), batch, -0.01f, *workspace, buffer.data());
    added += buffer;
    CHECK(same_bits(fused, added));
  }
}

TEST_CASE("a recurrent network's bits do not depend on where weights and samples lie") {
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    const InputShape shape = token_input(6, 9);
    const auto model = c.factory.make_float(shape);
    const Vector<float> start = random_weights<float>(model->size(), 2);
    for (const Index count : {1, 5, 11}) {
      const auto batch = random_tokens<float>(shape, count, 4);
      Vector<float> expected = start, room(model->size() + 16);
      model->step(expected.data(), batch, -0.01f, *model->make_workspace(count));
      for (const Index shift : {1, 3, 8}) {
        room.segment(shift, model->size()) = start;
        model->step(room.data() + shift, batch, -0.01f, *model->make_workspace(count + shift * 5));
        REQUIRE(same_bits<float>(room.segment(shift, model->size()), expected));
      }
    }
  }
}

TEST_CASE("a recurrent network predicts each sample as if it were alone") {
  for (const Case& c : cases()) {
    CAPTURE(c.name);
    const InputShape shape = token_input(4, 9);
    const auto model = c.factory.make_float(shape);
    const Vector<float> w = random_weights<float>(model->size(), 2);
    const auto batch = random_tokens<float>(shape, 9, 4);
    const auto workspace = model->make_workspace(9);
    Matrix<float> all(model->outputs(), 9), one(model->outputs(), 1);
    model->predict(w.data(), batch, *workspace, all.data());
    for (Index j = 0; j < 9; ++j) {
      Batch<float> alone;
      alone.count = 1;
      alone.tokens.assign(batch.tokens.begin() + j * 4, batch.tokens.begin() + (j + 1) * 4);
      alone.labels.assign(batch.labels.begin() + j * 4, batch.labels.begin() + (j + 1) * 4);
      model->predict(w.data(), alone, *workspace, one.data());
      CHECK((one.col(0) - all.col(j)).norm() <= 1e-6f * all.col(j).norm());
    }
  }
}

TEST_CASE("five steps of recurrent networks in float32 stay within 3e-5 of those in float64") {
  const EmbeddingSpec eight{8, 1, {}};
  std::vector<Case> networks;
  networks.push_back({"lstm", {eight, {lstm(64), lstm(64)}}});
  networks.push_back({"peepholes", {eight, {lstm(64, true)}}});
  networks.push_back({"gru", {eight, {gru(64), gru(64)}}});
  TiedSpec tied = tied_of(24, {lstm(24)});
  tied.embedding.deviation = 0.1;
  networks.push_back({"tied", SequenceModelFactory(tied)});
  for (const Case& c : networks) {
    const InputShape shape = token_input(40, 50);
    const auto f = c.factory.make_float(shape);
    const auto d = c.factory.make_double(shape);
    const Vector<float> start = f->initial_weights(Stream(1, Purpose::model_init));
    Vector<float> wf = start;
    Vector<double> wd = start.cast<double>();
    const auto space_f = f->make_workspace(10);
    const auto space_d = d->make_workspace(10);
    for (std::uint64_t k = 0; k < 5; ++k) {
      f->step(wf.data(), random_tokens<float>(shape, 10, k), -1.0f / 400, *space_f);
      d->step(wd.data(), random_tokens<double>(shape, 10, k), -1.0 / 400, *space_d);
    }
    const double error = (wf.cast<double>() - wd).norm() / (wd - start.cast<double>()).norm();
    CAPTURE(c.name, error);
    CHECK(error < 3e-5);
    CHECK(error > 0);
  }
}

TEST_CASE("first weights of recurrent layers are PyTorch's, the forget gate's bias is 1") {
  const SequenceModelFactory factory(EmbeddingSpec{8, 1, 3}, {lstm(100), gru(100)});
  const auto model = factory.make_float(token_input(5, 40));
  const Vector<float> w = model->initial_weights(Stream(1, Purpose::model_init));
  for (const WeightRange& range : model->layout().ranges()) {
    const auto part = w.segment(range.offset, range.size());
    CAPTURE(range.name);
    if (range.name == "embedding1.weight") {
      CHECK(part.segment(3 * 8, 8).isZero(0));
      CHECK(part.norm() == Approx(std::sqrt(39.0 * 8)).epsilon(0.16));  // 4 standard errors: 4 / sqrt(2 * 312)
    } else if (range.name == "lstm1.bias") {
      CHECK(part.segment(100, 100) == Vector<float>::Ones(100));
      CHECK(part.sum() == 100);
    } else if (range.shape.size() == 1) {
      CHECK(part.isZero(0));
    } else if (range.name != "dense1.weight") {
      CHECK(part.maxCoeff() < 0.1f);  // 1 / sqrt(100)
      CHECK(part.maxCoeff() > 0.099f);
      CHECK(part.minCoeff() < -0.099f);
    }
  }
  for (Index i = 0; i < w.size(); ++i) REQUIRE_FALSE((w[i] == 0 && std::signbit(w[i])));
}

TEST_CASE("layers for sequences say what they cannot take") {
  const EmbeddingSpec embedding{8, 1, {}};
  const InputShape tokens = token_input(5, 7);
  InputShape image;
  image.dims = {1, 4, 4};
  image.classes = 2;
  CHECK(SequenceModelFactory(embedding, {lstm(3)}).mismatch(tokens).empty());
  CHECK(SequenceModelFactory(embedding, {lstm(3)}).mismatch(image) ==
        "layers[0] embedding: takes tokens, got a 4 x 4 x 1 image");
  CHECK(SequenceModelFactory(EmbeddingSpec{8, 1, 7}, {lstm(3)}).mismatch(tokens) ==
        "layers[0] embedding: has the padding token 7 of 7 tokens");
  CHECK(SequenceModelFactory(tied_of(8, {lstm(3)})).mismatch(tokens) ==
        "layers[0] tied: compares sequence of 5 x 3 features with an embedding of 8 features; both must have as many");
  NetworkSpec bare;
  bare.loss = std::make_shared<CrossEntropyFactory>();
  bare.head = Init::lecun;
  bare.layers = {gru(3)};
  CHECK(NetworkFactory(bare).mismatch(tokens) ==
        "layers[0] gru: takes a sequence of features, got a sequence of 5 tokens out of 7; put embedding before it");
  bare.layers = {lstm(3)};
  CHECK(NetworkFactory(bare).mismatch(image) == "layers[0] lstm: takes a sequence of features, got a 4 x 4 x 1 image");
  image.dims = {16};
  bare.layers = {std::make_shared<LastStepFactory>(LastStepSpec{})};
  CHECK(NetworkFactory(bare).mismatch(image) == "layers[0] last_step: takes a sequence of features, got 16 features");
}

TEST_CASE("a token beyond the vocabulary is refused") {
  const SequenceModelFactory factory(EmbeddingSpec{3, 1, {}}, {lstm(2)});
  const InputShape shape = token_input(2, 5);
  const auto model = factory.make_float(shape);
  auto batch = random_tokens<float>(shape, 1, 1);
  batch.tokens[1] = 5;
  const Vector<float> w = random_weights<float>(model->size(), 1);
  CHECK_THROWS(model->evaluate(w.data(), batch, *model->make_workspace(1)));
}
