#include "tests/catch.h"
#include "tests/model/layer_cases.h"

using namespace fedtide;

TEST_CASE("every layer's gradient is the slope of the training loss") {
  for (const LayerCase& one : layer_cases()) {
    const auto model = classifier_of<double>(one.layers, case_input());
    for (const Index count : {2, 5, 67}) {
      CAPTURE(one.name, count);
      CHECK(slope_error(*model, case_batch<double>(count), random_weights<double>(model->size(), 3)) < 1e-6);
    }
  }
}

TEMPLATE_TEST_CASE("with every layer a fused step has the bits of a gradient that is added afterwards", "", float,
                   double) {
  using T = TestType;
  for (const LayerCase& one : layer_cases()) {
    const auto model = classifier_of<T>(one.layers, case_input());
    for (const Index count : {1, 2, 7, 64, 65, 130}) {
      CAPTURE(one.name, count);
      const auto batch = case_batch<T>(count);
      const auto workspace = model->make_workspace(count);
      Vector<T> fused = model->initial_weights(Stream(1, Purpose::model_init)), added = fused, step(fused.size());
      for (int k = 0; k < 2; ++k) {
        const Score one_score = model->step(fused.data(), batch, T(-0.05), *workspace);
        const Score other = model->gradient(added.data(), batch, T(-0.05), *workspace, step.data());
        added += step;
        REQUIRE(one_score.loss_sum == other.loss_sum);
        REQUIRE(same_bits(fused, added));
      }
      REQUIRE(fused.allFinite());
    }
  }
}

TEST_CASE("no layer starts with a negative zero") {
  for (const LayerCase& one : layer_cases()) {
    CAPTURE(one.name);
    const auto model = classifier_of<float>(one.layers, case_input());
    const Vector<float> w = model->initial_weights(Stream(1, Purpose::model_init));
    CHECK(same_bits<float>((w.array() + 0.0F).matrix(), w));
  }
}

TEST_CASE("with every layer a step's bits do not depend on where the weights lie") {
  for (const LayerCase& one : layer_cases()) {
    const auto model = classifier_of<float>(one.layers, case_input());
    const Vector<float> start = random_weights<float>(model->size(), 2);
    const auto batch = case_batch<float>(9);
    Vector<float> expected = start, room(model->size() + 8);
    model->step(expected.data(), batch, -0.01F, *model->make_workspace(9));
    for (const Index shift : {1, 3, 8}) {
      CAPTURE(one.name, shift);
      room.segment(shift, model->size()) = start;
      model->step(room.data() + shift, batch, -0.01F, *model->make_workspace(9));
      CHECK(same_bits<float>(room.segment(shift, model->size()), expected));
    }
  }
}

TEST_CASE("float and double agree in every layer") {
  for (const LayerCase& one : layer_cases()) {
    CAPTURE(one.name);
    const auto single = classifier_of<float>(one.layers, case_input());
    const auto twice = classifier_of<double>(one.layers, case_input());
    const Vector<double> w = random_weights<double>(twice->size(), 4);
    const Vector<float> v = w.cast<float>();
    Vector<double> g(w.size());
    Vector<float> h(w.size());
    twice->gradient(w.data(), case_batch<double>(20), 1.0, *twice->make_workspace(20), g.data());
    single->gradient(v.data(), case_batch<float>(20), 1.0F, *single->make_workspace(20), h.data());
    CHECK((h.cast<double>() - g).norm() < 1e-4 * g.norm());
  }
}

TEST_CASE("a sample's output is its own, but where samples are coupled") {
  for (const LayerCase& one : layer_cases()) {
    const auto model = classifier_of<double>(one.layers, case_input());
    if (model->couples_samples()) continue;
    CAPTURE(one.name);
    const Vector<double> w = random_weights<double>(model->size(), 4);
    const auto batch = case_batch<double>(9);
    auto alone = case_batch<double>(1);
    alone.dense.col(0) = batch.dense.col(6);
    alone.labels[0] = batch.labels[6];
    Matrix<double> all(3, 9), only(3, 1);
    model->predict(w.data(), batch, *model->make_workspace(9), all.data());
    model->predict(w.data(), alone, *model->make_workspace(1), only.data());
    CHECK((all.col(6) - only.col(0)).norm() < 1e-12);
  }
}
