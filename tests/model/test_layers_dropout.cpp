#include "tests/catch.h"
#include "tests/model/layer_cases.h"

using namespace fedtide;

namespace {

/// What one dropout layer makes of ones: samples `begin` to `begin + count` of step `step`, the batch starting at place
/// `first` of the step's.
Matrix<double> masks(double rate, Index first, Index begin, Index count, std::int64_t step = 0,
                     const std::string& name = "dropout1", const Shape& shape = {Shape::Kind::features, 50, 1, 1, 1}) {
  Layout layout;
  const Dropout<double> layer(DropoutSpec{rate}, shape, layout, name);
  Batch<double> batch;
  batch.noise = BatchNoise{Stream(8, Purpose::dropout_mask, 3, 1), step, first};
  Pass<double> pass;
  pass.batch = &batch;
  pass.begin = begin;
  pass.count = count;
  pass.training = true;
  const Vector<double> ones = Vector<double>::Ones(shape.size() * count);
  Matrix<double> y(shape.size(), count);
  const auto space = layer.make_space(count);
  layer.forward(nullptr, ones.data(), y.data(), space.get(), pass);
  return y;
}

}  // namespace

TEST_CASE("dropout's masks do not depend on how a step's batch is cut") {
  const Matrix<double> all = masks(0.4, 0, 0, 12);
  CHECK(masks(0.4, 0, 5, 4) == all.middleCols(5, 4));  // a later block of one batch
  CHECK(masks(0.4, 5, 0, 4) == all.middleCols(5, 4));  // a later piece of a large batch
  CHECK(masks(0.4, 3, 2, 4) == all.middleCols(5, 4));  // both
}

TEST_CASE("dropout's masks differ from sample to sample, step to step and layer to layer") {
  const Matrix<double> all = masks(0.5, 0, 0, 2);
  CHECK(all.col(0) != all.col(1));
  CHECK(masks(0.5, 0, 0, 2, 1) != all);
  CHECK(masks(0.5, 0, 0, 2, 0, "dropout2") != all);
}

TEST_CASE("dropout drops its share and keeps the mean") {
  // 50 * 2000 values: the standard error of the share is sqrt(0.3 * 0.7 / 100000) = 0.00145.
  const Matrix<double> all = masks(0.3, 0, 0, 2000);
  const double dropped = static_cast<double>((all.array() == 0).count()) / 1e5;
  CHECK(std::abs(dropped - 0.3) < 4 * 0.00145);
  CHECK((all.array() == 0 || all.array() == 1 / 0.7).all());
}

TEST_CASE("a sequence's sample has the mask of a sample of as many features") {
  // Memory is [channels, samples, steps]: sample j's step t is column t * 3 + j of 5 channels.
  const Matrix<double> flat = masks(0.4, 0, 0, 3, 0, "dropout1", {Shape::Kind::features, 20, 1, 1, 1});
  const Matrix<double> sequence = masks(0.4, 0, 0, 3, 0, "dropout1", {Shape::Kind::sequence, 5, 1, 1, 4});
  const Eigen::Map<const Matrix<double>> steps(sequence.data(), 5, 12);
  for (Index j = 0; j < 3; ++j) {
    for (Index t = 0; t < 4; ++t) CHECK(steps.col(t * 3 + j) == flat.col(j).segment(t * 5, 5));
  }
}

TEST_CASE("dropout is off in evaluation, without noise, and at rate 0") {
  const auto dropped = classifier_of<double>({std::make_shared<DropoutFactory>(DropoutSpec{0.5})}, case_input());
  const auto plain = classifier_of<double>({}, case_input());
  const Vector<double> w = random_weights<double>(plain->size(), 1);
  auto batch = case_batch<double>(10);
  Vector<double> g(w.size()), h(w.size());
  const auto space = dropped->make_workspace(10), plain_space = plain->make_workspace(10);
  CHECK(dropped->evaluate(w.data(), batch, *space).loss_sum == plain->evaluate(w.data(), batch, *plain_space).loss_sum);
  dropped->gradient(w.data(), batch, 1, *space, g.data());
  plain->gradient(w.data(), batch, 1, *plain_space, h.data());
  CHECK(g != h);
  batch.noise.reset();
  dropped->gradient(w.data(), batch, 1, *space, g.data());
  CHECK(g == h);
  CHECK(masks(0, 0, 0, 3) == Matrix<double>::Ones(50, 3));
}

TEST_CASE("a large batch in blocks has the gradient of its samples one by one, under dropout") {
  const auto model = classifier_of<double>(
      {parts::flatten(), std::make_shared<DropoutFactory>(DropoutSpec{0.5}), parts::dense(5, Init::he)}, case_input());
  const Vector<double> w = random_weights<double>(model->size(), 1);
  const auto batch = case_batch<double>(100);
  Vector<double> all(w.size()), one(w.size()), sum = Vector<double>::Zero(w.size());
  model->gradient(w.data(), batch, 1, *model->make_workspace(100), all.data());
  auto single = case_batch<double>(1);
  const auto workspace = model->make_workspace(1);
  for (Index j = 0; j < 100; ++j) {
    single.dense.col(0) = batch.dense.col(j);
    single.labels[0] = batch.labels[static_cast<std::size_t>(j)];
    single.noise->first = j;
    model->gradient(w.data(), single, 1, *workspace, one.data());
    sum += one;
  }
  CHECK((all - sum).norm() < 1e-12 * sum.norm());
}
