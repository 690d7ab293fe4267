#include "datasets/synthetic/leaf_clusters.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>

#include "datasets/dense_dataset.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"
#include "sim/base/random.h"
#include "sim/config/section.h"

namespace fedtide {
namespace {

constexpr const char* kSource = "Caldas et al. 2018, arXiv 1812.01097";
constexpr double kLeast = 5;
constexpr double kMost = 1000;

InputShape shape_of(const LeafClustersOptions& o) {
  return {InputShape::Kind::dense, {Index{o.features}}, static_cast<int>(o.classes)};
}

/// One half of the data set while it is filled.
struct Half {
  std::vector<float> values;
  std::vector<std::int32_t> labels;
  std::vector<std::uint32_t> clusters;
  Shards clients;

  void close_client(std::uint32_t cluster) {
    std::vector<std::uint32_t> mine(labels.size() - clients.rows.size());
    std::iota(mine.begin(), mine.end(), static_cast<std::uint32_t>(clients.rows.size()));
    clusters.insert(clusters.end(), mine.size(), cluster);
    clients.append(mine);
  }
  std::shared_ptr<const Dataset> dataset(const InputShape& shape) {
    Matrix<float> matrix =
        Eigen::Map<const Matrix<float>>(values.data(), shape.dims.front(), static_cast<Index>(labels.size()));
    return std::make_shared<DenseDataset>(shape, std::move(matrix), std::move(labels));
  }
};

/// The class with the largest score: W^T (1, x) and noise.
std::int32_t label_of(const LeafClient& client, const std::vector<double>& x, double noise, std::vector<double>& score,
                      Stream& stream) {
  const double* w = client.weights.data();
  for (double& s : score) s = *w++ + noise * normal(stream);
  for (const double value : x) {
    for (double& s : score) s += value * *w++;
  }
  return static_cast<std::int32_t>(std::max_element(score.begin(), score.end()) - score.begin());
}

void fill(const LeafClustersOptions& o, const LeafClient& client, Stream stream, Half& train, Half& test) {
  const auto train_size = static_cast<std::uint32_t>((1 - o.test_fraction) * client.samples);
  std::vector<double> x(o.features), score(o.classes);
  for (std::uint32_t i = 0; i < client.samples; ++i) {
    Half& half = i < train_size ? train : test;
    for (std::size_t j = 0; j < x.size(); ++j) {
      x[j] = client.mean[j] + std::pow(static_cast<double>(j + 1), -0.6) * normal(stream);
      half.values.push_back(static_cast<float>(x[j]));
    }
    half.labels.push_back(label_of(client, x, o.noise, score, stream));
  }
  train.close_client(client.cluster);
  test.close_client(client.cluster);
}

}  // namespace

LeafClusters::LeafClusters(const LeafClustersOptions& options, std::uint64_t seed) : o_(options), seed_(seed) {
  FEDTIDE_REQUIRE(!o_.clusters.empty(), "LEAF's synthetic set has no clusters");
  Stream stream(seed, Purpose::dataset, 0);
  const std::size_t clusters = o_.clusters.size();
  q_.resize((std::size_t{o_.features} + 1) * o_.classes * clusters);
  for (double& q : q_) q = normal(stream);
  means_.assign(clusters, std::vector<double>(clusters));
  for (auto& mean : means_) {
    const double center = normal(stream);
    for (double& m : mean) m = center + normal(stream);
  }
}

LeafClient LeafClusters::client(std::uint32_t client) const {
  Stream stream(seed_, Purpose::dataset, 1 + client, 0);
  LeafClient c;
  c.samples = static_cast<std::uint32_t>(std::min(std::floor(lognormal(stream, 3, 2)) + kLeast, kMost));
  c.cluster = static_cast<std::uint32_t>(categorical(stream, o_.clusters));
  const double b = normal(stream);
  c.mean.resize(o_.features);
  for (double& m : c.mean) m = b + normal(stream);
  c.place = means_[c.cluster];
  for (double& u : c.place) u += o_.spread * normal(stream);
  c.weights.resize((std::size_t{o_.features} + 1) * o_.classes);
  const double* q = q_.data();
  for (double& w : c.weights) {
    w = std::inner_product(c.place.begin(), c.place.end(), q, 0.0);
    q += c.place.size();
  }
  return c;
}

DataSource generate_leaf_clusters(const LeafClustersOptions& o, std::uint64_t seed) {
  const LeafClusters clusters(o, seed);
  Half train, test;
  for (std::uint32_t i = 0; i < o.clients; ++i) {
    fill(o, clusters.client(i), Stream(seed, Purpose::dataset, 1 + i, 1), train, test);
  }
  DataSource source;
  source.natural_clients = std::move(train.clients);
  Column column{"cluster", {}, std::move(train.clusters)};
  for (std::size_t c = 0; c < o.clusters.size(); ++c) column.groups.push_back(fmt::format("cluster {}", c));
  source.columns.push_back(std::move(column));
  source.train = train.dataset(shape_of(o));
  if (!test.labels.empty()) {
    source.natural_test = std::move(test.clients);
    source.test = test.dataset(shape_of(o));
  }
  source.provenance =
      fmt::format("generated: LEAF synthetic, {} clients in {} clusters, seed {}", o.clients, o.clusters.size(), seed);
  return source;
}

namespace {

class LeafSynthetic final : public DataLoader {
 public:
  explicit LeafSynthetic(LeafClustersOptions options) : o_(std::move(options)) {}
  std::optional<InputShape> shape() const override { return shape_of(o_); }
  std::optional<std::uint32_t> clients() const override { return o_.clients; }
  DataSource load(std::uint64_t seed) const override { return generate_leaf_clusters(o_, seed); }

 private:
  LeafClustersOptions o_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  const auto count = [&](const char* key, double fallback, Bounds bounds, const char* help) {
    return static_cast<std::uint32_t>(section.whole(key, {fallback, bounds, help, kSource}));
  };
  LeafClustersOptions o;
  o.clients = count("clients", 1000, between(1, 1e6), "clients, each with its own classifier and features");
  o.features = count("features", 60, between(1, 1e6), "features of a sample");
  o.classes = count("classes", 5, between(2, 1e6), "classes");
  o.clusters = section.reals("clusters", o.clusters,
                             {std::nullopt, positive(), "probability of each cluster of classifiers", kSource});
  o.spread = section.real("spread", {0.1, non_negative(), "how far a client is from its cluster's middle", kSource});
  o.noise = section.real("noise", {0.1, non_negative(), "standard deviation of noise on each class's score", kSource});
  o.test_fraction = section.real(
      "test_fraction", {0.1, Bounds{0, 1, false, true}, "share of each client's samples for testing", kSource});
  if (o.clusters.empty() && !section.describing()) {
    section.reject("clusters", "has no number; there must be at least one cluster, for example [0.5, 0.5]");
  }
  return std::make_unique<LeafSynthetic>(std::move(o));
}

const Registration<DatasetEntry> entry{
    {{"leaf_synthetic", "LEAF's synthetic clusters: classifiers of clients near those of their clusters", kSource},
     read}};

}  // namespace
}  // namespace fedtide
