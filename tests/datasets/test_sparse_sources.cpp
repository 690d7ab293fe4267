// Generated sparse rows and graphs: models find in them what they were made with.

#include <numeric>

#include "datasets/synthetic/clicks.h"
#include "datasets/synthetic/ratings.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/learn/solver.h"
#include "tests/catch.h"
#include "tests/datasets/settings.h"

using namespace fedtide;

namespace {

using RowList = std::vector<std::uint32_t>;

RowList all_rows(const Dataset& data) {
  RowList rows(data.size());
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

std::unique_ptr<ModelFactory> model_factory(const std::string& name, const std::string& keys) {
  Problems problems;
  const Node root = load_yaml_text(keys, "exp.yaml");
  return read_config(root, problems, [&](Section& s) { return Registry<ModelEntry>::instance().at(name).read(s); });
}

/// Score of a model on `test`, after training on `train` with Adam.
Score trained(const std::string& model_name, const std::string& keys, const Dataset& train, const Dataset& test,
              std::int64_t epochs, double lr, std::optional<std::int64_t> batch_size, double weight_decay = 0) {
  const auto model = model_factory(model_name, keys)->make_float(train.shape());
  SolverSpec spec;
  spec.optimizer = &adam();
  spec.lr = lr;
  spec.epochs = epochs;
  spec.batch_size = batch_size;
  spec.weight_decay = weight_decay;
  SolverMemory<float> memory;
  Vector<float> w = model->initial_weights(Stream(1, Purpose::model_init));
  const RowList rows = all_rows(train);
  local_sgd(*model, ClientData{&train, rows}, spec, 0, Stream(1, Purpose::batches), w, memory);
  return evaluate_rows(*model, test, all_rows(test), w, memory);
}

Score score_at(const std::string& model_name, const std::string& keys, const Dataset& data, const Vector<double>& w) {
  const auto model = model_factory(model_name, keys)->make_double(data.shape());
  SolverMemory<double> memory;
  return evaluate_rows(*model, data, all_rows(data), w, memory);
}

std::unique_ptr<DataLoader> loader(const std::string& name, Settings& settings) {
  return Registry<DatasetEntry>::instance().at(name).read(settings);
}

/// The standard normal distribution function.
double phi(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

}  // namespace

TEST_CASE("clicks have the loss of the machine that drew them, and a trained one comes near") {
  ClicksOptions o;
  o.clients = 20;
  o.samples = 1500;
  o.test_samples = 500;
  o.categories = 10;
  const DataSource source = generate_clicks(o, 3);
  const Vector<double> weights = click_weights(o, 3);
  REQUIRE(source.train->size() == 30000);
  REQUIRE(source.natural_clients->population() == 20);
  REQUIRE(source.natural_test->size(ClientId{7}) == 500);
  // The least loss there is: the mean entropy of each label given its sample.
  double entropy = 0, variance = 0;
  Batch<double> batch;
  source.test->gather(all_rows(*source.test), batch);
  for (std::size_t j = 0; j < source.test->size(); ++j) {
    const auto at = static_cast<std::size_t>(batch.rows[j]);
    const RowList columns(batch.columns.begin() + static_cast<std::ptrdiff_t>(at),
                          batch.columns.begin() + static_cast<std::ptrdiff_t>(at + o.fields));
    const double y = click_log_odds(o, weights, columns), p = 1 / (1 + std::exp(-y));
    entropy += std::log1p(std::exp(y)) - p * y;
    variance += p * (1 - p) * y * y;  // of -ln P(label)
  }
  const Score best = score_at("factorization_machine", "factors: 4", *source.test, weights);
  CHECK(std::abs(best.loss_sum - entropy) < 4 * std::sqrt(variance));
  CHECK(best.loss() < 0.6);
  const Score machine = trained("factorization_machine", "factors: 4", *source.train, *source.test, 12, 0.01, 50, 1e-5);
  const Score linear = trained("softmax", "", *source.train, *source.test, 12, 0.01, 50);
  const Score both =
      trained("wide_and_deep", "{embedding: 8, hidden: [32]}", *source.train, *source.test, 6, 0.003, 50);
  CAPTURE(best.loss(), machine.loss(), both.loss(), linear.loss(), entropy / source.test->size());
  CHECK(machine.loss() < best.loss() + 0.03);
  CHECK(both.loss() < best.loss() + 0.06);
  CHECK(linear.loss() > best.loss() + 0.08);
}

TEST_CASE("clicks from a config give what it says") {
  Settings settings;
  settings.numbers = {{"clients", 3}, {"samples", 7}, {"test_samples", 2}, {"fields", 4}, {"categories", 5}};
  const auto source_loader = loader("clicks", settings);
  REQUIRE(settings.mistakes.empty());
  const InputShape shape = source_loader->shape().value();
  CHECK(shape.dims == std::vector<Index>{5, 5, 5, 5});
  CHECK(shape.features() == 20);
  CHECK(source_loader->clients() == 3);
  const DataSource source = source_loader->load(1);
  CHECK(source.train->size() == 21);
  CHECK(source.test->size() == 6);
  Batch<float> batch;
  source.train->gather(all_rows(*source.train), batch);
  for (std::size_t e = 0; e < 21 * 4; ++e) CHECK(batch.columns[e] / 5 == static_cast<std::int32_t>(e % 4));
}

TEST_CASE("categories follow Zipf's law, and with skew clients have favorites of their own") {
  ClicksOptions o;
  o.clients = 2;
  o.samples = 10000;
  o.fields = 1;
  o.categories = 4;
  o.test_samples = 0;
  const auto shares = [&](std::uint32_t client) {
    const DataSource source = generate_clicks(o, 5);
    CHECK(source.test == nullptr);
    Batch<float> batch;
    source.train->gather(source.natural_clients->of(ClientId{client}), batch);
    Vector<double> share = Vector<double>::Zero(4);
    for (std::size_t j = 0; j < o.samples; ++j) share[batch.columns[j]] += 1.0 / o.samples;
    return share;
  };
  // 1, 1/2, 1/3, 1/4 over their sum 25/12.
  const Vector<double> law = (Vector<double>(4) << 12, 6, 4, 3).finished() / 25;
  CHECK((shares(0) - law).cwiseAbs().maxCoeff() < 4 * 0.5 / 100);
  o.skew = 1;
  Vector<double> a = shares(0), b = shares(1);
  CHECK((a - b).cwiseAbs().maxCoeff() > 0.05);
  std::sort(a.data(), a.data() + 4, std::greater<>());
  CHECK((a - law).cwiseAbs().maxCoeff() < 4 * 0.5 / 100);
}

TEST_CASE("ratings have the error of their noise, and a trained factorization comes near") {
  RatingsOptions o;
  o.users = 200;
  o.items = 60;
  o.factors = 2;
  const DataSource source = generate_ratings(o, 4);
  CHECK(source.train->size() == 8000);
  CHECK(source.train->labels().empty());
  CHECK(source.natural_clients->population() == 200);
  CHECK(source.natural_test->size(ClientId{3}) == 10);
  // A squared normal error has mean s^2 and standard deviation sqrt(2) s^2.
  const Score best = score_at("matrix_factorization", "factors: 2", *source.test, rating_weights(o, 4));
  CHECK(std::abs(best.loss() - 0.09) < 4 * std::sqrt(2.0) * 0.09 / std::sqrt(2000.0));
  const Score found = trained("matrix_factorization", "factors: 2", *source.train, *source.test, 40, 0.01, 50, 1e-5);
  CAPTURE(found.loss());
  CHECK(found.loss() < 0.13);  // 780 weights from 8000 ratings: about a tenth above the noise
}

TEST_CASE("ratings of more items than there are are a mistake of the config") {
  Settings settings;
  settings.numbers = {{"items", 30}, {"samples", 25}};
  loader("ratings", settings);
  CHECK(settings.mistakes ==
        std::vector<std::string>{"samples: a user rates 25 + 10 different items out of 30; items must be as many"});
}

TEST_CASE("the nodes of a block model are told by their neighbors, and hardly by their features") {
  Settings settings;
  const DataSource source = loader("block_model", settings)->load(2);
  REQUIRE(settings.mistakes.empty());
  REQUIRE(source.natural_clients->population() == 10);
  const double n = source.test->size();
  // Of two classes with equal variance the larger feature of the two is the best guess.
  Batch<double> batch;
  source.test->gather(all_rows(*source.test), batch);
  double right = 0, same = 0, edges = 0;
  for (Index j = 0; j < batch.count; ++j) {
    const std::int32_t label = batch.labels[static_cast<std::size_t>(j)];
    right += (batch.dense(1, j) > batch.dense(0, j)) == (label == 1) ? 1 : 0;
    for (auto e = static_cast<std::size_t>(batch.rows[static_cast<std::size_t>(j)]);
         e < static_cast<std::size_t>(batch.rows[static_cast<std::size_t>(j) + 1]); ++e) {
      if (batch.columns[e] == j) continue;
      edges += 1;
      same += batch.labels[static_cast<std::size_t>(batch.columns[e])] == label ? 1 : 0;
    }
  }
  const double best_of_features = phi(0.5 / std::sqrt(2.0));  // 0.638
  CHECK(std::abs(right / n - best_of_features) < 4 * std::sqrt(0.24 / n));
  // A node has 49 * 0.2 neighbors of its class and 50 * 0.02 others. Each edge is counted twice: both ends see it.
  CHECK(std::abs(same / n - 9.8) < 4 * std::sqrt(2 * 9.8 / n));
  CHECK(std::abs((edges - same) / n - 1) < 4 * std::sqrt(2 * 1.0 / n));

  const Score graph = trained("gcn", "", *source.train, *source.test, 100, 0.02, std::nullopt);
  settings.numbers = {{"within", 0}, {"between", 0}};
  const DataSource apart = loader("block_model", settings)->load(2);
  const Score features = trained("gcn", "", *apart.train, *apart.test, 100, 0.02, std::nullopt);
  CAPTURE(features.accuracy(), graph.accuracy());
  CHECK(features.accuracy() < best_of_features + 4 * std::sqrt(0.24 / n));
  CHECK(graph.accuracy() > 0.9);
}

TEST_CASE("a block model has a feature for each class") {
  Settings settings;
  settings.numbers = {{"classes", 9}};
  loader("block_model", settings);
  CHECK(settings.mistakes ==
        std::vector<std::string>{"features: 8 features for 9 classes; there must be at least one for each"});
}
