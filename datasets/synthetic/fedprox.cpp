#include "datasets/synthetic/fedprox.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>

#include "datasets/dense_dataset.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"
#include "sim/base/random.h"

namespace fedtide {
namespace {

constexpr std::uint32_t kClientTurn = 0;
constexpr std::uint32_t kSamplesTurn = 1;
constexpr std::uint32_t kSharedTurn = 2;

std::uint32_t draw_size(Stream& stream) {
  const double drawn = std::floor(lognormal(stream, 4, 2)) + 50;
  return static_cast<std::uint32_t>(std::min(drawn, 4294967295.0));
}

void draw_classifier(Stream& stream, double mean, FedproxClient& client) {
  for (double& w : client.weights) w = mean + normal(stream);
  for (double& b : client.bias) b = mean + normal(stream);
}

/// One half of the data set while it is filled.
struct Half {
  Matrix<float> values;
  std::vector<std::int32_t> labels;
  Shards clients;

  Half(Index features, std::uint64_t samples) : values(features, static_cast<Index>(samples)) {
    labels.reserve(samples);
  }
  float* next() { return values.data() + values.rows() * static_cast<Index>(labels.size()); }
  /// Everything since the last client is the next one's.
  void close_client() {
    std::vector<std::uint32_t> mine(labels.size() - clients.rows.size());
    std::iota(mine.begin(), mine.end(), static_cast<std::uint32_t>(clients.rows.size()));
    clients.append(mine);
  }
};

class Generator {
 public:
  Generator(const FedproxOptions& options, std::uint64_t seed)
      : options_(options), seed_(seed), x_(options.features), sd_(options.features), score_(options.classes) {
    for (std::size_t j = 0; j < sd_.size(); ++j) sd_[j] = std::sqrt(std::pow(static_cast<double>(j + 1), -1.2));
  }

  void fill(ClientId id, std::uint32_t train_size, Half& train, Half& test) {
    const FedproxClient client = fedprox_client(options_, seed_, id);
    Stream stream(seed_, Purpose::dataset, raw(id), kSamplesTurn);
    for (std::uint32_t j = 0; j < client.samples; ++j) {
      Half& half = j < train_size ? train : test;
      for (std::size_t f = 0; f < x_.size(); ++f) x_[f] = client.mean[f] + sd_[f] * normal(stream);
      std::transform(x_.begin(), x_.end(), half.next(), [](double x) { return static_cast<float>(x); });
      half.labels.push_back(label(client));
    }
    train.close_client();
    test.close_client();
  }

 private:
  std::int32_t label(const FedproxClient& client) {
    score_ = client.bias;
    const double* w = client.weights.data();
    for (const double x : x_) {
      for (std::size_t k = 0; k < score_.size(); ++k) score_[k] += x * w[k];
      w += score_.size();
    }
    return static_cast<std::int32_t>(std::max_element(score_.begin(), score_.end()) - score_.begin());
  }

  const FedproxOptions& options_;
  std::uint64_t seed_;
  std::vector<double> x_;
  std::vector<double> sd_;
  std::vector<double> score_;
};

}  // namespace

FedproxClient fedprox_client(const FedproxOptions& options, std::uint64_t seed, ClientId id) {
  Stream stream(seed, Purpose::dataset, raw(id), kClientTurn);
  FedproxClient client;
  client.samples = draw_size(stream);
  client.mean.assign(options.features, 0);
  client.weights.resize(std::size_t{options.features} * options.classes);
  client.bias.resize(options.classes);
  if (options.iid) {
    Stream shared(seed, Purpose::dataset, 0, kSharedTurn);
    draw_classifier(shared, 0, client);
    return client;
  }
  const double u = options.alpha * normal(stream);
  const double b = options.beta * normal(stream);
  for (double& m : client.mean) m = b + normal(stream);
  draw_classifier(stream, u, client);
  return client;
}

DataSource generate_fedprox(const FedproxOptions& options, std::uint64_t seed) {
  FEDTIDE_REQUIRE(options.test_fraction >= 0 && options.test_fraction < 1, "the share of test samples is {}",
                  options.test_fraction);
  std::vector<std::uint32_t> train_sizes;
  std::uint64_t all = 0;
  std::uint64_t all_train = 0;
  for (std::uint32_t i = 0; i < options.clients; ++i) {
    Stream stream(seed, Purpose::dataset, i, kClientTurn);
    const std::uint32_t samples = draw_size(stream);
    train_sizes.push_back(static_cast<std::uint32_t>((1 - options.test_fraction) * samples));
    all += samples;
    all_train += train_sizes.back();
  }
  if (all > std::numeric_limits<std::uint32_t>::max()) {
    throw Failure(ExitCode::usage,
                  fmt::format("data.clients: {} clients would have {} samples together, must be fewer than "
                              "4294967296; have fewer clients",
                              options.clients, all));
  }
  Half train(options.features, all_train);
  Half test(options.features, all - all_train);
  Generator generator(options, seed);
  for (std::uint32_t i = 0; i < options.clients; ++i) generator.fill(ClientId{i}, train_sizes[i], train, test);

  const InputShape shape{InputShape::Kind::dense, {options.features}, static_cast<int>(options.classes)};
  DataSource source;
  source.train = std::make_shared<DenseDataset>(shape, std::move(train.values), std::move(train.labels));
  source.natural_clients = std::move(train.clients);
  if (all > all_train) {
    source.test = std::make_shared<DenseDataset>(shape, std::move(test.values), std::move(test.labels));
    source.natural_test = std::move(test.clients);
  }
  source.provenance = options.iid ? fmt::format("generated: synthetic iid, {} clients, seed {}", options.clients, seed)
                                  : fmt::format("generated: synthetic({}, {}), {} clients, seed {}", options.alpha,
                                                options.beta, options.clients, seed);
  return source;
}

}  // namespace fedtide
