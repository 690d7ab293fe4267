#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "datasets/synthetic/fedprox.h"
#include "sim/base/statistics.h"
#include "tests/catch.h"
#include "tests/datasets/helpers.h"
#include "tests/datasets/partitions.h"

namespace fedtide {
namespace {

std::unique_ptr<DataLoader> loader(const std::string& name, Settings& settings) {
  auto read = Registry<DatasetEntry>::instance().at(name).read(settings);
  return read;
}

DataSource load(const std::string& name, const std::map<std::string, double>& keys = {}, std::uint64_t seed = 1) {
  Settings settings;
  settings.numbers = keys;
  const auto read = loader(name, settings);
  REQUIRE(settings.mistakes.empty());
  return read->load(seed);
}

/// Features of one sample as they are stored.
Vector<double> sample(const Dataset& dataset, std::uint32_t row) {
  Batch<double> batch;
  dataset.gather(std::vector{row}, batch);
  return batch.dense.col(0);
}

TEST_CASE("synthetic: sizes are floor(lognormal(4, 2)) + 50") {
  FedproxOptions options;
  options.features = 1;
  options.classes = 2;
  const int clients = 20'000;
  std::vector<double> sizes;
  for (int i = 0; i < clients; ++i) {
    sizes.push_back(fedprox_client(options, 1, ClientId{static_cast<std::uint32_t>(i)}).samples - 50.0);
  }
  CHECK(*std::min_element(sizes.begin(), sizes.end()) == 0);
  // P(floor(X) < m) = P(X < m) = Phi((ln m - 4) / 2) for whole m.
  for (const double m : {1.0, 10.0, 55.0, 400.0, 3000.0}) {
    const double p = 0.5 * std::erfc(-(std::log(m) - 4) / 2 / std::sqrt(2.0));
    const auto below = static_cast<double>(std::count_if(sizes.begin(), sizes.end(), [m](double n) { return n < m; }));
    INFO(m);
    CHECK(std::abs(below / clients - p) < 4 * std::sqrt(p * (1 - p) / clients));
  }
}

TEST_CASE("synthetic: classifiers and means have the spreads alpha and beta among clients, and 1 within") {
  FedproxOptions options;
  options.alpha = 0.5;
  options.beta = 2;
  options.features = 12;
  options.classes = 5;
  Moments u;
  Moments b;
  Moments within;
  const int clients = 4000;
  for (int i = 0; i < clients; ++i) {
    const FedproxClient client = fedprox_client(options, 2, ClientId{static_cast<std::uint32_t>(i)});
    std::vector<double> all = client.weights;
    all.insert(all.end(), client.bias.begin(), client.bias.end());
    Moments own;
    for (const double w : all) own.add(w);
    u.add(own.mean());
    within.add(own.variance());
    b.add(mean(client.mean));
  }
  // Mean of 65 entries: alpha^2 + 1/65; of 12 features: beta^2 + 1/12. A variance of n values has the relative error
  // sqrt(2 / n).
  CHECK(u.variance() == Approx(0.25 + 1 / 65.0).epsilon(4 * std::sqrt(2.0 / clients)));
  CHECK(b.variance() == Approx(4 + 1 / 12.0).epsilon(4 * std::sqrt(2.0 / clients)));
  CHECK(within.mean() == Approx(1).epsilon(4 * std::sqrt(2.0 / (64.0 * clients))));
  CHECK(std::abs(u.mean()) < 4 * std::sqrt(u.variance() / clients));
}

TEST_CASE("synthetic: features spread around the client's mean with variance j^-1.2") {
  const DataSource source = load("synthetic");
  REQUIRE(source.natural_clients);
  std::vector<double> squares(60);
  double n = 0;
  for (std::uint32_t i = 0; i < 30; ++i) {
    const FedproxClient client = fedprox_client({}, 1, ClientId{i});
    for (const std::uint32_t row : source.natural_clients->of(ClientId{i})) {
      const Vector<double> x = sample(*source.train, row);
      for (std::size_t j = 0; j < 60; ++j) squares[j] += std::pow(x[static_cast<Index>(j)] - client.mean[j], 2);
      ++n;
    }
  }
  for (std::size_t j = 0; j < 60; ++j) {
    INFO("feature " << j + 1);
    CHECK(squares[j] / n == Approx(std::pow(static_cast<double>(j + 1), -1.2)).epsilon(4.5 * std::sqrt(2 / n)));
  }
}

TEST_CASE("synthetic: a label is what the client's own classifier says") {
  for (const bool iid : {false, true}) {
    FedproxOptions options;
    options.iid = iid;
    const DataSource source = generate_fedprox(options, 3);
    for (const std::uint32_t i : {0u, 7u, 29u}) {
      const FedproxClient client = fedprox_client(options, 3, ClientId{i});
      for (const std::uint32_t row : source.natural_clients->of(ClientId{i})) {
        const Vector<double> x = sample(*source.train, row);
        std::vector<double> score = client.bias;
        for (std::size_t f = 0; f < 60; ++f) {
          for (std::size_t k = 0; k < 10; ++k) score[k] += x[static_cast<Index>(f)] * client.weights[f * 10 + k];
        }
        const auto label = static_cast<std::size_t>(source.train->labels()[row]);
        // Features are stored in float32, which may tip a near tie.
        CHECK(score[label] > *std::max_element(score.begin(), score.end()) - 1e-4);
      }
    }
  }
}

TEST_CASE("synthetic: the IID variant has one classifier and one mean for all") {
  FedproxOptions options;
  options.iid = true;
  const FedproxClient a = fedprox_client(options, 1, ClientId{0});
  const FedproxClient b = fedprox_client(options, 1, ClientId{17});
  CHECK(a.weights == b.weights);
  CHECK(a.bias == b.bias);
  CHECK(a.mean == std::vector<double>(60, 0));
  CHECK(b.mean == a.mean);
  options.iid = false;
  CHECK(fedprox_client(options, 1, ClientId{0}).weights != fedprox_client(options, 1, ClientId{17}).weights);
}

TEST_CASE("synthetic: 30 users, nine tenths of each for training, all samples someone's") {
  const DataSource source = load("synthetic");
  REQUIRE(source.natural_clients);
  REQUIRE(source.natural_test);
  CHECK(source.natural_clients->population() == 30);
  CHECK(is_partition(*source.natural_clients, source.train->size()));
  CHECK(is_partition(*source.natural_test, source.test->size()));
  for (std::uint32_t i = 0; i < 30; ++i) {
    const std::uint64_t n = fedprox_client({}, 1, ClientId{i}).samples;
    CHECK(source.natural_clients->size(ClientId{i}) == 9 * n / 10);
    CHECK(source.natural_test->size(ClientId{i}) == n - 9 * n / 10);
  }
  CHECK(source.provenance == "generated: synthetic(1, 1), 30 clients, seed 1");
  CHECK(sample(*load("synthetic", {}, 2).train, 0) != sample(*source.train, 0));
  CHECK(sample(*load("synthetic", {}, 1).train, 0) == sample(*source.train, 0));
}

TEST_CASE("synthetic: a client's samples do not hang on how many clients there are") {
  const DataSource few = load("synthetic", {{"clients", 2}});
  const DataSource many = load("synthetic", {{"clients", 5}});
  const std::uint32_t last = few.train->size() - 1;
  CHECK(sample(*few.train, last) == sample(*many.train, last));
}

TEST_CASE("synthetic: no test set where none is asked for, and iid excludes alpha and beta") {
  const DataSource source = load("synthetic", {{"test_fraction", 0}});
  CHECK(source.test == nullptr);
  CHECK_FALSE(source.natural_test.has_value());
  Settings settings;
  settings.flags["iid"] = true;
  settings.numbers["beta"] = 0.5;
  loader("synthetic", settings);
  CHECK(settings.mistakes ==
        std::vector<std::string>{
            "beta: has no effect with iid: true, where all clients are alike; remove one of the two"});
}

TEST_CASE("synthetic: more samples than 32 bits count are refused before they are made") {
  // Mean size 50 + e^6 = 453, and the clients' sizes are all there is to draw for the sum: 2^32 / 453 = 9.5 million
  // clients.
  FedproxOptions options;
  options.clients = 15'000'000;
  const Said said = said_by([&] { generate_fedprox(options, 1); });
  CHECK(said.code == ExitCode::usage);
  CHECK(said.message.find("data.clients: 15000000 clients would have ") == 0);
  CHECK(said.message.find(" samples together, must be fewer than 4294967296; have fewer clients") != std::string::npos);
}

TEST_CASE("blobs: even classes around centers of their own") {
  const DataSource source =
      load("blobs", {{"samples", 10'000}, {"test_samples", 100}, {"features", 3}, {"classes", 4}, {"spread", 0.25}});
  CHECK(source.train->size() == 10'000);
  CHECK(source.test->size() == 100);
  CHECK(source.train->shape().classes == 4);
  const auto labels = source.train->labels();
  for (std::int32_t k = 0; k < 4; ++k) CHECK(std::count(labels.begin(), labels.end(), k) == 2500);
  // Within a class the variance is 0.0625 in each of 3 features.
  for (std::int32_t k = 0; k < 4; ++k) {
    std::vector<Moments> feature(3);
    for (std::uint32_t row = 0; row < 10'000; ++row) {
      if (labels[row] != k) continue;
      const Vector<double> x = sample(*source.train, row);
      for (std::size_t f = 0; f < 3; ++f) feature[f].add(x[static_cast<Index>(f)]);
    }
    for (const Moments& m : feature) CHECK(m.variance() == Approx(0.0625).epsilon(4 * std::sqrt(2 / 2500.0)));
  }
  // Train and test have the same centers and different samples: with no spread a class is one point in both.
  const DataSource points = load("blobs", {{"spread", 0}, {"classes", 4}});
  CHECK(sample(*points.train, 2) == sample(*points.test, 6));
  CHECK(sample(*points.train, 2) != sample(*points.test, 7));
  CHECK(sample(*source.train, 0) != sample(*source.test, 0));
  CHECK(load("blobs", {{"test_samples", 0}}).test == nullptr);
}

TEST_CASE("quadratic: given points are the clients, unlabeled") {
  Settings settings;
  settings.lists["points"] = {0, 0.5, 4, -2, 1, 1};
  settings.numbers["dims"] = 2;
  const auto quadratic = loader("quadratic", settings);
  REQUIRE(settings.mistakes.empty());
  CHECK(quadratic->clients() == 3u);
  const DataSource source = quadratic->load(1);
  CHECK(source.train->size() == 3);
  CHECK(source.train->labels().empty());
  CHECK(source.train->shape().dims == std::vector<Index>{2});
  CHECK(source.train->shape().classes == 0);
  CHECK(sample(*source.train, 1) == Vector<double>{{4, -2}});
  REQUIRE(source.natural_clients);
  CHECK(sizes_of(*source.natural_clients) == std::vector<std::uint64_t>{1, 1, 1});
  CHECK(source.natural_clients->of(ClientId{2})[0] == 2);
  CHECK(source.test == nullptr);
}

TEST_CASE("quadratic: drawn points have the asked spread") {
  const DataSource source = load("quadratic", {{"count", 5000}, {"dims", 3}, {"spread", 2}});
  Moments all;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    for (const double x : sample(*source.train, i)) all.add(x);
  }
  CHECK(all.variance() == Approx(4).epsilon(4 * std::sqrt(2 / 15'000.0)));
  CHECK(source.natural_clients->population() == 5000);
}

TEST_CASE("quadratic: contradictions among its keys are mistakes") {
  Settings settings;
  settings.lists["points"] = {1, 2, 3};
  settings.numbers = {{"dims", 2}, {"count", 4}, {"spread", 1}};
  loader("quadratic", settings);
  CHECK(settings.mistakes ==
        std::vector<std::string>{"count: has no effect when points are given; remove one of the two",
                                 "spread: has no effect when points are given; remove one of the two",
                                 "points: 3 numbers are no whole number of points with 2 coordinates"});
}

TEST_CASE("sizes: each distribution has its mean, rounded, at least 1") {
  const auto drawn = [](const Draw& draw) {
    Settings settings;
    settings.numbers["clients"] = 50'000;
    settings.draws["samples"] = draw;
    const DataSource source = loader("sizes", settings)->load(1);
    REQUIRE(source.train == nullptr);
    REQUIRE(source.sizes_only.size() == 50'000);
    return source.sizes_only;
  };
  const auto mean_of = [](const std::vector<std::uint32_t>& sizes) {
    return std::accumulate(sizes.begin(), sizes.end(), 0.0) / static_cast<double>(sizes.size());
  };
  CHECK(drawn({Draw::Kind::constant, 37.4, 0}) == std::vector<std::uint32_t>(50'000, 37));
  CHECK(drawn({Draw::Kind::constant, 0, 0}) == std::vector<std::uint32_t>(50'000, 1));
  const auto in_range = drawn({Draw::Kind::uniform, 10, 30});
  CHECK(*std::min_element(in_range.begin(), in_range.end()) == 10);
  CHECK(*std::max_element(in_range.begin(), in_range.end()) == 30);
  // Standard errors over sqrt(50000) = 224: 20 / sqrt(12) / 224 = 0.026; 50 / 224 = 0.22; exp(1/8) 100 sqrt(e^(1/4) -
  // 1) / 224.
  CHECK(std::abs(mean_of(in_range) - 20) < 4 * 0.026);
  CHECK(std::abs(mean_of(drawn({Draw::Kind::normal, 500, 50})) - 500) < 4 * 0.22);
  CHECK(std::abs(mean_of(drawn({Draw::Kind::lognormal, 100, 0.5})) - 100 * std::exp(0.125)) < 4 * 0.27);
  CHECK(std::abs(mean_of(drawn({Draw::Kind::exponential, 200, 0})) - 200) < 4 * 0.9);
}

TEST_CASE("sizes: a million clients take well under a second") {
  Settings settings;
  settings.numbers["clients"] = 1e6;
  settings.draws["samples"] = {Draw::Kind::lognormal, 100, 1.5};
  const auto sizes = loader("sizes", settings);
  CHECK(sizes->clients() == 1'000'000u);
  CHECK(sizes->shape()->features() == 784);
  const auto start = std::chrono::steady_clock::now();
  CHECK(sizes->load(1).sizes_only.size() == 1'000'000);
  CHECK(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < 1);
}

}  // namespace
}  // namespace fedtide
