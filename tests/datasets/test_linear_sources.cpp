// The generators of numbers to predict: what they are made with is what models find in them.

#include "datasets/dense_dataset.h"
#include "datasets/synthetic/coefficients.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/learn/solver.h"
#include "tests/catch.h"
#include "tests/datasets/settings.h"

using namespace fedtide;

namespace {

std::unique_ptr<DataLoader> loader(const std::string& name, Settings& settings) {
  return Registry<DatasetEntry>::instance().at(name).read(settings);
}

/// The weights that gradient descent on all of the data ends at: coefficients, then the constant where there is one.
Vector<double> fitted(const std::string& model_keys, const Dataset& data, double lr, std::int64_t steps) {
  Problems problems;
  const Node root = load_yaml_text(model_keys, "exp.yaml");
  const auto model = read_config(root, problems, [](Section& s) {
                       return Registry<ModelEntry>::instance().at("linear").read(s);
                     })->make_double(data.shape());
  std::vector<std::uint32_t> rows(data.size());
  for (std::uint32_t i = 0; i < data.size(); ++i) rows[i] = i;
  SolverSpec spec;
  spec.batch_size.reset();
  spec.lr = lr;
  spec.steps = steps;
  SolverMemory<double> memory;
  Vector<double> w = model->initial_weights(Stream(1, Purpose::model_init));
  local_sgd(*model, ClientData{&data, rows}, spec, 0, Stream(1, Purpose::batches), w, memory);
  return w;
}

}  // namespace

TEST_CASE("linear regression finds the coefficients that the data were made with") {
  Settings settings;
  settings.numbers = {{"features", 4}, {"samples", 500}, {"noise", 0}, {"intercept", -2}};
  settings.lists["coefficients"] = {1, -0.5, 0, 3};
  const auto source = loader("linear", settings)->load(1);
  REQUIRE(settings.mistakes.empty());
  const Vector<double> w = fitted("", *source.train, 0.3, 200);
  CHECK((w - (Vector<double>(5) << 1, -0.5, 0, 3, -2).finished()).norm() < 1e-6);  // targets are rounded to float
  // With noise s the least-squares estimate has a standard error of s / sqrt(n) for each.
  settings.numbers["noise"] = 0.5;
  settings.numbers["samples"] = 4000;
  settings.lists.clear();
  const auto noisy = loader("linear", settings)->load(7);
  LinearOptions options;
  options.features = 4;
  const Vector<double> known = coefficients_of(options, 7);
  const Vector<double> found = fitted("", *noisy.train, 0.3, 200);
  CHECK((found.head(4) - known).cwiseAbs().maxCoeff() < 4 * 0.5 / std::sqrt(4000.0));
  CHECK((found.head(4) - known).cwiseAbs().maxCoeff() > 1e-4);
  CHECK(known.norm() > 0.1);
}

TEST_CASE("Cox regression finds the log hazard ratios that survival times were made with") {
  Settings settings;
  settings.numbers = {{"features", 3}, {"samples", 4000}, {"censoring", 0.1}};
  settings.lists["coefficients"] = {0.7, -0.4, 0};
  const auto source = loader("survival", settings)->load(3);
  const Vector<double> w = fitted("bias: false", *source.train, 1, 150);
  // Information of a coefficient: about one for each event, of which there are more than 1500: se < 0.026.
  CHECK((w - (Vector<double>(3) << 0.7, -0.4, 0).finished()).cwiseAbs().maxCoeff() < 4 * 0.026);
}

TEST_CASE("survival times have their hazards, and losses their share") {
  Settings settings;
  settings.numbers = {{"features", 1}, {"samples", 20000}, {"hazard", 0.2}, {"censoring", 0.05}, {"test_samples", 0}};
  settings.lists["coefficients"] = {0};
  const auto source = loader("survival", settings)->load(3);
  CHECK(source.test == nullptr);
  CHECK(source.train->shape().survival);
  CHECK(source.train->labels().empty());
  Batch<double> batch;
  std::vector<std::uint32_t> rows(20000);
  for (std::uint32_t i = 0; i < 20000; ++i) rows[i] = i;
  source.train->gather(rows, batch);
  // The first of two exponential events has rate 0.25, and is the death with probability 0.8.
  const double time = batch.targets.row(0).mean(), events = batch.targets.row(1).mean();
  CHECK(std::abs(time - 4) < 4 * 4 / std::sqrt(20000.0));
  CHECK(std::abs(events - 0.8) < 4 * 0.4 / std::sqrt(20000.0));
  CHECK((batch.targets.row(0).array() > 0).all());
  settings.numbers["censoring"] = 0;
  loader("survival", settings)->load(3).train->gather(rows, batch);
  CHECK(batch.targets.row(1).minCoeff() == 1);
}

TEST_CASE("coefficients must be as many as features") {
  for (const char* name : {"linear", "survival"}) {
    Settings settings;
    settings.numbers = {{"features", 3}};
    settings.lists["coefficients"] = {1, 2};
    loader(name, settings);
    CHECK(settings.mistakes ==
          std::vector<std::string>{"coefficients: 2 coefficients for 3 features; give one for each, or none"});
  }
}

TEST_CASE("a batch has the targets of its rows") {
  InputShape shape{InputShape::Kind::dense, {1}};
  shape.targets = 2;
  Matrix<float> values(1, 3), targets(2, 3);
  values << 1, 2, 3;
  targets << 10, 20, 30, 11, 21, 31;
  const DenseDataset data(shape, values, {}, targets);
  CHECK(data.memory().count == 9 * 4);
  Batch<float> batch;
  data.gather(std::vector<std::uint32_t>{2, 0}, batch);
  CHECK(batch.targets.leftCols(2) == (Matrix<float>(2, 2) << 30, 10, 31, 11).finished());
  data.gather(std::vector<std::uint32_t>{1}, batch);
  CHECK(batch.targets.col(0) == (Vector<float>(2) << 20, 21).finished());
  CHECK_THROWS(DenseDataset(shape, values, {}));
  CHECK_THROWS(DenseDataset(InputShape{InputShape::Kind::dense, {1}}, values, {}, targets));
}
