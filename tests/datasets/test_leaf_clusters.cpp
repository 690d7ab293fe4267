// LEAF's synthetic clusters against their definition.

#include "datasets/synthetic/leaf_clusters.h"

#include <algorithm>
#include <cmath>

#include "sim/base/statistics.h"
#include "tests/datasets/partitions.h"
#include "tests/datasets/sources.h"

using namespace fedtide;

TEST_CASE("leaf_synthetic: sizes are floor(lognormal(3, 2)) + 5, at most 1000") {
  LeafClustersOptions o;
  o.features = 1;
  const LeafClusters clusters(o, 1);
  const int n = 20'000;
  std::vector<double> sizes;
  for (std::uint32_t i = 0; i < n; ++i) sizes.push_back(clusters.client(i).samples);
  CHECK(*std::min_element(sizes.begin(), sizes.end()) == 5);
  CHECK(*std::max_element(sizes.begin(), sizes.end()) == 1000);
  // P(floor(X) + 5 < m) = P(X < m - 5) = Phi((ln(m - 5) - 3) / 2) for whole m up to 1000.
  for (const double m : {6.0, 10.0, 25.0, 100.0, 500.0, 1000.0}) {
    const double p = normal_below((std::log(m - 5) - 3) / 2);
    const auto below = static_cast<double>(std::count_if(sizes.begin(), sizes.end(), [m](double s) { return s < m; }));
    INFO(m);
    CHECK(std::abs(below / n - p) < 3 * share_error(p, n));
  }
}

TEST_CASE("leaf_synthetic: clients are in clusters by their probabilities, near its middle") {
  LeafClustersOptions o;
  o.features = 2;
  o.clusters = {1, 3, 4};
  const LeafClusters clusters(o, 5);
  const int n = 20'000;
  std::vector<double> count(3);
  Moments distance;
  for (std::uint32_t i = 0; i < n; ++i) {
    const LeafClient client = clusters.client(i);
    ++count[client.cluster];
    for (std::size_t k = 0; k < 3; ++k) distance.add(client.place[k] - clusters.mean(client.cluster)[k]);
  }
  for (std::size_t c = 0; c < 3; ++c) {
    const double p = o.clusters[c] / 8;
    CHECK(std::abs(count[c] / n - p) < 3 * share_error(p, n));
  }
  CHECK(std::abs(distance.mean()) < 3 * 0.1 / std::sqrt(3.0 * n));
  CHECK(distance.variance() == Approx(0.01).epsilon(3 * std::sqrt(2 / (3.0 * n))));
}

TEST_CASE("leaf_synthetic: classifiers are linear in the client's place: without spread a cluster has one") {
  LeafClustersOptions o;
  o.spread = 0;
  o.features = 4;
  const LeafClusters clusters(o, 2);
  std::vector<std::vector<double>> weights(2);
  for (std::uint32_t i = 0; i < 50; ++i) {
    const LeafClient client = clusters.client(i);
    auto& first = weights[client.cluster];
    if (first.empty()) first = client.weights;
    CHECK(client.weights == first);
  }
  CHECK(weights[0] != weights[1]);
  CHECK(weights[0].size() == 5u * 5u);
}

TEST_CASE("leaf_synthetic: Q has entries N(0, 1), so that an entry of W has the variance |u|^2") {
  LeafClustersOptions o;
  o.features = 400;
  o.classes = 50;
  const LeafClusters clusters(o, 3);
  const LeafClient client = clusters.client(0);
  Moments w;
  for (const double x : client.weights) w.add(x);
  const double square = client.place[0] * client.place[0] + client.place[1] * client.place[1];
  const double n = 401 * 50;
  CHECK(w.variance() == Approx(square).epsilon(3 * std::sqrt(2 / n)));
  CHECK(std::abs(w.mean()) < 3 * std::sqrt(square / n));
}

TEST_CASE("leaf_synthetic: features spread with variance j^-1.2 around a mean of the client's own") {
  LeafClustersOptions o;
  o.clients = 200;
  o.test_fraction = 0;
  const DataSource source = generate_leaf_clusters(o, 4);
  const LeafClusters clusters(o, 4);
  const Batch<double> batch = everything(*source.train);
  Vector<double> squares = Vector<double>::Zero(60);
  Moments middles;
  for (std::uint32_t i = 0; i < o.clients; ++i) {
    const LeafClient client = clusters.client(i);
    const Eigen::Map<const Vector<double>> mean(client.mean.data(), 60);
    middles.add(mean.mean());
    for (const std::uint32_t row : source.natural_clients->of(ClientId{i})) {
      squares.array() += (batch.dense.col(row) - mean).array().square();
    }
  }
  const double n = source.train->size();
  for (Index j = 0; j < 60; ++j) {
    INFO("feature " << j + 1);
    // 60 comparisons: 4 standard errors.
    CHECK(squares[j] / n == Approx(std::pow(static_cast<double>(j + 1), -1.2)).epsilon(4 * std::sqrt(2 / n)));
  }
  // B has variance 1, a mean of 60 entries around it 1/60 more.
  CHECK(middles.variance() == Approx(1 + 1 / 60.0).epsilon(3 * std::sqrt(2.0 / 200)));
}

TEST_CASE("leaf_synthetic: without noise a label is what the client's classifier says, bias and all") {
  LeafClustersOptions o;
  o.noise = 0;
  o.clients = 40;
  const DataSource source = generate_leaf_clusters(o, 6);
  const LeafClusters clusters(o, 6);
  const Batch<double> batch = everything(*source.train);
  for (std::uint32_t i = 0; i < o.clients; ++i) {
    const LeafClient client = clusters.client(i);
    const auto rows = source.natural_clients->of(ClientId{i});
    CHECK(rows.size() == static_cast<std::size_t>(0.9 * client.samples));
    const Eigen::Map<const Matrix<double>> w(client.weights.data(), 5, 61);
    for (const std::uint32_t row : rows) {
      const Vector<double> score = w.col(0) + w.rightCols(60) * batch.dense.col(row);
      // Features are stored in float32, which may tip a near tie.
      CHECK(score[source.train->labels()[row]] > score.maxCoeff() - 1e-4);
      CHECK(source.columns.front().codes[row] == client.cluster);
    }
  }
}

TEST_CASE("leaf_synthetic: a set without clusters is a mistake") {
  Settings settings;
  settings.lists["clusters"] = {};
  source_loader("leaf_synthetic", settings);
  CHECK(
      settings.mistakes ==
      std::vector<std::string>{"clusters: has no number; there must be at least one cluster, for example [0.5, 0.5]"});
}
