// Models of sparse rows and of graphs: laws that hold for each, and answers by hand.

#include "sim/model/layers/sparse_embedding.h"
#include "sim/model/layers/wide_and_deep.h"
#include "tests/catch.h"
#include "tests/model/networks.h"
#include "tests/model/sparse.h"

using namespace fedtide;

namespace {

Vector<double> numbers(std::initializer_list<double> values) {
  Vector<double> v(static_cast<Index>(values.size()));
  std::copy(values.begin(), values.end(), v.data());
  return v;
}

/// One row.
Batch<double> row_of(std::vector<std::int32_t> columns, std::vector<double> values) {
  Batch<double> batch;
  batch.count = 1;
  batch.rows = {0, static_cast<Index>(columns.size())};
  batch.columns = std::move(columns);
  batch.values = std::move(values);
  batch.labels = {0};
  return batch;
}

std::string mismatch(const std::string& model, const InputShape& input, const std::string& keys = "") {
  return registered_model(model, keys)->mismatch(input);
}

}  // namespace

TEST_CASE("the gradient of a model of sparse rows or of a graph is the slope of its loss") {
  for (const SparseCase& one : sparse_cases()) {
    const auto model = model_of<double>(one);
    for (const Index count : {1, 5, 67}) {
      CAPTURE(one.model, one.keys, count);
      CHECK(slope_error(*model, sparse_batch<double>(one, count), random_weights<double>(model->size(), 3)) < 1e-6);
    }
  }
}

TEMPLATE_TEST_CASE("of sparse rows and graphs a step has the bits of a gradient added afterwards", "", float, double) {
  using T = TestType;
  for (const SparseCase& one : sparse_cases()) {
    const auto model = model_of<T>(one);
    for (const Index count : {1, 2, 64, 65, 300}) {  // 300: more than one product sums
      CAPTURE(one.model, one.keys, count);
      const auto batch = sparse_batch<T>(one, count);
      const auto workspace = model->make_workspace(count);
      Vector<T> fused = model->initial_weights(Stream(1, Purpose::model_init)), added = fused, step(fused.size());
      CHECK(same_bits<T>((fused.array() + T(0)).matrix(), fused));
      for (int k = 0; k < 2; ++k) {
        const T scale = static_cast<T>(-0.05 / static_cast<double>(count));
        const Score one_score = model->step(fused.data(), batch, scale, *workspace);
        const Score other = model->gradient(added.data(), batch, scale, *workspace, step.data());
        added += step;
        REQUIRE(one_score.loss_sum == other.loss_sum);
        REQUIRE(same_bits(fused, added));
      }
      REQUIRE(fused.allFinite());
    }
  }
}

TEST_CASE("float and double agree on sparse rows and graphs") {
  for (const SparseCase& one : sparse_cases()) {
    CAPTURE(one.model, one.keys);
    const auto twice = model_of<double>(one);
    const auto single = model_of<float>(one);
    const Vector<double> w = random_weights<double>(twice->size(), 4);
    const Vector<float> v = w.cast<float>();
    Vector<double> g(w.size());
    Vector<float> h(w.size());
    twice->gradient(w.data(), sparse_batch<double>(one, 20), 1.0, *twice->make_workspace(20), g.data());
    single->gradient(v.data(), sparse_batch<float>(one, 20), 1.0F, *single->make_workspace(20), h.data());
    CHECK((h.cast<double>() - g).norm() < 1e-4 * g.norm());
  }
}

TEST_CASE("weights of columns that no sample has are not changed") {
  const SparseCase one{"softmax", "", sparse_input({1000}, 2)};
  const auto model = model_of<double>(one);
  const auto batch = sparse_batch<double>(one, 30);
  Vector<double> g(model->size());
  const Vector<double> w = random_weights<double>(model->size(), 4);
  model->gradient(w.data(), batch, 1.0, *model->make_workspace(30), g.data());
  Index touched = 0;
  for (Index column = 0; column < 1000; ++column) {
    const bool is_there = std::count(batch.columns.begin(), batch.columns.end(), column) > 0;
    CHECK(g.segment(2 * column, 2).isZero(0) != is_there);
    touched += is_there ? 1 : 0;
  }
  CHECK(touched > 10);
}

TEST_CASE("softmax of sparse rows is softmax of the same rows with their zeros") {
  const SparseCase one{"softmax", "", sparse_input({5, 4, 6}, 3)};
  const auto sparse = model_of<double>(one);
  const auto dense = registered_model("softmax", "")->make_double({InputShape::Kind::dense, {15}, 3});
  REQUIRE(sparse->size() == dense->size());
  auto batch = sparse_batch<double>(one, 70);
  batch.dense.setZero(15, 70);
  for (Index j = 0; j < 70; ++j) {
    for (auto e = batch.rows[std::size_t(j)]; e < batch.rows[std::size_t(j) + 1]; ++e) {
      batch.dense(batch.columns[std::size_t(e)], j) = batch.values[std::size_t(e)];
    }
  }
  // The sparse model has W [in, out], the dense one [out, in].
  const auto transposed = [](const Vector<double>& w, Index rows, Index cols) {
    Vector<double> v = w;
    Eigen::Map<Matrix<double>>(v.data(), rows, cols) =
        Eigen::Map<const Matrix<double>>(w.data(), cols, rows).transpose();
    return v;
  };
  const Vector<double> w = random_weights<double>(sparse->size(), 2), v = transposed(w, 15, 3);
  Vector<double> g(w.size()), h(w.size());
  const Score a = sparse->gradient(w.data(), batch, 1.0, *sparse->make_workspace(70), g.data());
  const Score b = dense->gradient(v.data(), batch, 1.0, *dense->make_workspace(70), h.data());
  CHECK(a.loss_sum == Approx(b.loss_sum).epsilon(1e-13));
  CHECK(a.correct == b.correct);
  CHECK((transposed(g, 15, 3) - h).norm() < 1e-12);
}

TEST_CASE("a factorization machine of two features by hand") {
  // x = (2, 3), w0 = 1/2, w = (1, -1), v = ((1, 2), (3, -1)): y = 1/2 + 2 - 3 + <v1, v2> 6 = 11/2.
  // Label 0: loss = ln(1 + e^y); with p = 1 / (1 + e^-y) dw0 = p, dw = p (2, 3), dv1 = p 6 v2, dv2 = p 6 v1.
  const auto model = registered_model("factorization_machine", "factors: 2")->make_double(sparse_input({2}, 2));
  const Vector<double> w = numbers({0.5, 1, -1, 1, 2, 3, -1});
  const double p = 1 / (1 + std::exp(-5.5));
  Vector<double> g(7);
  const Score score = model->gradient(w.data(), row_of({0, 1}, {2, 3}), 1.0, *model->make_workspace(1), g.data());
  CHECK(score.loss() == Approx(std::log1p(std::exp(5.5))).epsilon(1e-14));
  CHECK((g - p * numbers({1, 2, 3, 18, -6, 6, 12})).norm() < 1e-13);
}

TEST_CASE("a wide and deep model without hidden layers by hand") {
  // Two fields of a column each, x = (2, 3), wide weights (1, 1), embeddings 1/2 and -1, head (10, 100) and 1:
  // 2 + 3 + 10 (2 / 2) + 100 (-3) + 1 = -284. The fields' embeddings stand side by side: they are not added.
  const auto model =
      registered_model("wide_and_deep", "{embedding: 1, hidden: []}")->make_double(sparse_input({1, 1}, 2));
  const Vector<double> w = numbers({1, 1, 0.5, -1, 10, 100, 1});
  REQUIRE(model->size() == w.size());
  double y = 0;
  model->predict(w.data(), row_of({0, 1}, {2, 3}), *model->make_workspace(1), &y);
  CHECK(y == Approx(-284).epsilon(1e-14));
  // 15 wide; 15 * 3 embeddings; (9 + 1) 5 + (5 + 1).
  CHECK(registered_model("wide_and_deep", "{embedding: 3, hidden: [5]}")
            ->make_float(sparse_input({5, 4, 6}, 2))
            ->size() == 15 + 45 + 50 + 6);
}

TEST_CASE("a rating of a matrix factorization by hand") {
  // mu = 3, b_i = -1/4, q = (1/2, -1), b_u = 1/2 and p = (1, 2) of the second user: y = 3 - 1/4 + 1/2 + 1/2 - 2 = 7/4.
  // Rating 2: loss 1/16, dy = 2 (-1/4) = -1/2: dq = dy p, dp = dy q, and dy for mu and the biases.
  const auto model = registered_model("matrix_factorization", "factors: 2")->make_double(sparse_input({2, 1}, 0, 1));
  const Vector<double> w = numbers({3, -0.25, 0.5, -1, 7, 0.5, 8, 9, 1, 2});
  auto batch = row_of({1, 2}, {1, 1});
  batch.targets.setConstant(1, 1, 2.0);
  Vector<double> g(10);
  const Score score = model->gradient(w.data(), batch, 1.0, *model->make_workspace(1), g.data());
  CHECK(score.loss() == Approx(0.0625).epsilon(1e-14));
  CHECK((g - numbers({-0.5, -0.5, -0.5, -1, 0, -0.5, 0, 0, -0.25, 0.5})).norm() < 1e-14);
  std::vector<std::string> personal;
  for (const WeightRange& range : model->layout().ranges()) {
    if (range.part == Part::personal) personal.push_back(range.name);
    CHECK_FALSE(range.statistic);
  }
  CHECK(personal == std::vector<std::string>{"mf1.user_bias", "mf1.user_factors"});
}

TEST_CASE("a graph convolutional network on a path of three nodes by hand") {
  // Degrees with loops 2, 3, 2: A = [[1/2, a, 0], [a, 1/3, a], [0, a, 1/2]], a = 1/sqrt(6). X = (1, 0, 0), W0 = 2:
  // H = relu(A X W0) = (1, 2a, 0); A H = (1/2 + 2 a^2, a + 2a/3, 2 a^2) = (5/6, 5a/3, 1/3). W1 = (1, -3).
  const auto model = registered_model("gcn", "{hidden: 1, dropout: 0}")->make_double(graph_input(1, 2));
  CHECK(model->couples_samples());
  CHECK(model->couples_losses());
  const double a = 1 / std::sqrt(6.0);
  Batch<double> batch;
  batch.reserve(1, 3);
  batch.count = 3;
  batch.dense << 1, 0, 0;
  batch.labels = {0, 1, -1};
  batch.rows = {0, 2, 5, 7};
  batch.columns = {0, 1, 0, 1, 2, 1, 2};
  batch.values = {0.5, a, a, 1.0 / 3, a, a, 0.5};
  const Vector<double> w = numbers({2, 1, -3});
  Matrix<double> logits(2, 3);
  const Score score = model->predict(w.data(), batch, *model->make_workspace(3), logits.data());
  const Vector<double> h = numbers({5.0 / 6, 5 * a / 3, 1.0 / 3});
  CHECK((logits.row(0).transpose() - h).norm() < 1e-14);
  CHECK((logits.row(1).transpose() + 3 * h).norm() < 1e-14);
  CHECK(score.count == 2);
  CHECK(score.correct == 1);
  CHECK(score.loss_sum == Approx(std::log1p(std::exp(-4 * h[0])) + std::log1p(std::exp(4 * h[1]))).epsilon(1e-13));
}

TEST_CASE("models say which data sets they do not take") {
  const InputShape dense{InputShape::Kind::dense, {6}, 2};
  for (const char* model : {"factorization_machine", "wide_and_deep"}) {
    CHECK(mismatch(model, sparse_input({5, 4}, 2)).empty());
    CHECK(mismatch(model, sparse_input({5, 4}, 0, 1)).empty());
    CHECK(mismatch(model, sparse_input({5, 4}, 3)) ==
          "loss binary_cross_entropy needs labels of 2 classes, the data set has 3");
  }
  CHECK(mismatch("factorization_machine", dense) == "layers[0] fm: takes sparse rows, got a 6 features");
  CHECK(mismatch("wide_and_deep", dense) == "layers[0] wide_and_deep: takes sparse rows, got a 6 features");
  CHECK(mismatch("matrix_factorization", sparse_input({5, 4, 3}, 0, 1)) ==
        "layers[0] mf: takes sparse rows of two fields, a user and an item, got a sparse row of 12 features");
  CHECK(mismatch("matrix_factorization", dense) ==
        "layers[0] mf: takes sparse rows of two fields, a user and an item, got a 6 features");
  CHECK(mismatch("matrix_factorization", sparse_input({5, 4}, 2)).empty());
  CHECK(mismatch("gcn", dense) == "layers[0] graph_conv: takes nodes of a graph, got a 6 features");
  CHECK(mismatch("gcn", graph_input(5, 3)).empty());
  CHECK(mismatch("softmax", graph_input(5, 3)) ==
        "layers[0] flatten: takes an image, got a node of a graph with 5 features");
  CHECK(mismatch("softmax", sparse_input({5}, 3)).empty());
  CHECK(mismatch("linear", sparse_input({5}, 0, 2)).empty());
  CHECK(mismatch("layers", dense, "layers: [{layer: sparse_dense, units: 2}]") ==
        "layers[0] sparse_dense: takes sparse rows, got a 6 features");
  CHECK(mismatch("mlp", sparse_input({5}, 3)) == "layers[0] flatten: takes an image, got a sparse row of 5 features");
}

TEST_CASE("layers that read sparse rows say what does not fit") {
  const Shape row = Shape::of(sparse_input({5, 4}, 2));
  CHECK(SparseEmbeddingSpec{3, {5, 5}}.mismatch(row) ==
        "has fields of 10 features together, got a sparse row of 9 features");
  CHECK(SparseEmbeddingSpec{3, {9}}.mismatch(Shape{}) == "takes sparse rows, got a 0 features");
  WideAndDeepSpec both;
  both.wide.units = 2;
  both.deep = {std::make_shared<SparseEmbeddingFactory>(SparseEmbeddingSpec{3, {9}})};
  CHECK(both.mismatch(row) == "adds 2 features of the wide part to 3 features of the deep one");
}

TEST_CASE("floating-point operations of sparse models count the fields") {
  // Forward 2 * 3 fields * 4 outputs, and as many for the weights' gradient.
  CHECK(model_of<float>({"softmax", "", sparse_input({5, 4, 6}, 4)})->training_flops() == 48);
  // Forward 3 (4 * 2 + 2) + 2 * 2 + 3 = 37, backward 3 (4 * 2 + 2) + 1 = 31.
  CHECK(model_of<float>({"factorization_machine", "factors: 2", sparse_input({5, 4, 6}, 2)})->training_flops() == 68);
  CHECK(model_of<float>({"matrix_factorization", "factors: 2", sparse_input({5, 4}, 0, 1)})->training_flops() == 18);
}
