// Gaussian mixtures: each knob does what its formula says, and nothing at 0.

#include "datasets/synthetic/gaussian_mixture.h"

#include <algorithm>
#include <cmath>

#include "sim/base/statistics.h"
#include "tests/datasets/helpers.h"
#include "tests/datasets/partitions.h"
#include "tests/datasets/sources.h"

using namespace fedtide;

namespace {

/// Share of samples that the nearest class center names right: with even classes the best of the classifiers that know
/// no client.
double nearest_center_accuracy(const MixtureOptions& o, const Dataset& dataset) {
  const Batch<double> batch = everything(dataset);
  double right = 0;
  for (std::uint32_t row = 0; row < dataset.size(); ++row) {
    // All centers are equally long, so the nearest is that with the largest coordinate.
    Index k = 0;
    batch.dense.col(row).head(static_cast<Index>(o.classes)).maxCoeff(&k);
    right += k == dataset.labels()[row] ? 1 : 0;
  }
  return right / dataset.size();
}

}  // namespace

TEST_CASE("the best accuracy of a Gaussian mixture is that of its closed forms") {
  // Two classes: Phi(s / 2). No separation: 1 / K. Far apart: 1.
  for (const double s : {0.5, 1.0, 3.0, 5.0})
    CHECK(mixture_accuracy(2, s) == Approx(normal_below(s / 2)).epsilon(1e-9));
  for (const std::uint32_t k : {2u, 3u, 10u}) CHECK(mixture_accuracy(k, 0) == Approx(1.0 / k).epsilon(1e-9));
  CHECK(mixture_accuracy(10, 30) == Approx(1).epsilon(1e-9));
  // Small s: dA/ds = 1/sqrt(2) integral of phi'.. = E[largest of K] / (K sqrt(2)); the largest of 3 has mean 3/(2
  // sqrt(pi)).
  const double slope = (mixture_accuracy(3, 1e-4) - mixture_accuracy(3, 0)) / 1e-4;
  CHECK(slope == Approx(3 / (2 * std::sqrt(std::acos(-1.0))) / (3 * std::sqrt(2.0))).epsilon(1e-3));
}

TEST_CASE("gaussian_mixture: with all knobs at 0 clients are alike and the nearest center is as good as can be") {
  MixtureOptions o;
  o.samples = 2000;
  const DataSource source = generate_mixture(o, 1);
  const double n = source.train->size();
  REQUIRE(n == 40'000);
  const double best = mixture_accuracy(10, 3);
  CHECK(std::abs(nearest_center_accuracy(o, *source.train) - best) < 3 * share_error(best, n));
  for (std::uint32_t i = 0; i < 20; ++i) {
    const MixtureClient client = mixture_client(o, 1, i);
    CHECK(client.offset == std::vector<double>(20, 0));
    CHECK(client.shares == std::vector<double>(10, 0.1));
    CHECK(client.rotation == 0);
  }
  // Class k is N(separation / sqrt(2) e_k, I).
  const Batch<double> batch = everything(*source.train);
  std::vector<Moments> feature(20);
  for (std::uint32_t row = 0; row < n; ++row) {
    if (source.train->labels()[row] != 4) continue;
    for (std::size_t f = 0; f < 20; ++f) feature[f].add(batch.dense(static_cast<Index>(f), row));
  }
  const auto of_class = static_cast<double>(feature[0].count());
  for (std::size_t f = 0; f < 20; ++f) {
    CHECK(std::abs(feature[f].mean() - (f == 4 ? 3 / std::sqrt(2.0) : 0)) < 4 / std::sqrt(of_class));
    CHECK(feature[f].variance() == Approx(1).epsilon(4 * std::sqrt(2 / of_class)));
  }
}

TEST_CASE("gaussian_mixture: feature shift widens what a shared classifier sees, and a client's own best stays") {
  MixtureOptions o;
  o.clients = 20'000;
  o.samples = 1;
  o.test_samples = 0;
  o.features = 5;
  o.classes = 5;
  o.separation = 4;
  o.feature_shift = 1.5;
  const DataSource source = generate_mixture(o, 2);
  const double shared = shared_mixture_accuracy(o);
  CHECK(shared == Approx(mixture_accuracy(5, 4 / std::sqrt(3.25))).epsilon(1e-12));
  CHECK(std::abs(nearest_center_accuracy(o, *source.train) - shared) < 3 * share_error(shared, o.clients));
  // A classifier that knows the client's offset takes it away first.
  const Batch<double> batch = everything(*source.train);
  double right = 0;
  Moments offsets;
  for (std::uint32_t i = 0; i < o.clients; ++i) {
    const MixtureClient client = mixture_client(o, 2, i);
    const Vector<double> x = batch.dense.col(i) - Eigen::Map<const Vector<double>>(client.offset.data(), 5);
    Index k = 0;
    x.maxCoeff(&k);
    right += k == source.train->labels()[i] ? 1 : 0;
    for (const double b : client.offset) offsets.add(b);
  }
  const double best = mixture_accuracy(5, 4);
  CHECK(std::abs(right / o.clients - best) < 3 * share_error(best, o.clients));
  CHECK(offsets.variance() == Approx(2.25).epsilon(3 * std::sqrt(2 / 1e5)));
}

TEST_CASE("gaussian_mixture: label shift is the variance of the class shares as a part of the largest") {
  MixtureOptions o;
  const int n = 4000;
  for (const double shift : {0.02, 0.3, 0.9, 1.0}) {
    o.label_shift = shift;
    Moments first, square;
    for (std::uint32_t i = 0; i < n; ++i) {
      const double share = mixture_client(o, 3, i).shares[0];
      first.add(share);
      square.add((share - 0.1) * (share - 0.1));
    }
    INFO(shift);
    CHECK(std::abs(first.mean() - 0.1) < 3 * std::sqrt(first.variance() / n));
    CHECK(std::abs(square.mean() - shift * 0.09) < 3 * std::sqrt(square.variance() / n));
  }
  // At 1 each client has one class.
  const DataSource source = generate_mixture(o, 3);
  for (std::uint32_t i = 0; i < o.clients; ++i) {
    const auto rows = source.natural_clients->of(ClientId{i});
    for (const std::uint32_t row : rows) CHECK(source.train->labels()[row] == source.train->labels()[rows[0]]);
  }
}

TEST_CASE("gaussian_mixture: concept shift turns the labels of a share of clients round, each way alike often") {
  MixtureOptions o;
  o.clients = 8000;
  o.samples = 5;
  o.test_samples = 0;
  o.features = 4;
  o.classes = 4;
  o.concept_shift = 0.6;
  std::vector<double> rotations(4);
  for (std::uint32_t i = 0; i < o.clients; ++i) ++rotations[mixture_client(o, 4, i).rotation];
  for (std::size_t r = 0; r < 4; ++r) {
    const double p = r == 0 ? 0.4 : 0.2;
    CHECK(std::abs(rotations[r] / o.clients - p) < 3 * share_error(p, o.clients));
  }
  const DataSource source = generate_mixture(o, 4);
  const double shared = shared_mixture_accuracy(o);
  // 5 samples of a client share their rotation: their error is at most that of one sample a client.
  CHECK(std::abs(nearest_center_accuracy(o, *source.train) - shared) < 3 * share_error(shared, o.clients));
  const double a = mixture_accuracy(4, 3);
  CHECK(shared == Approx(0.4 * a + 0.6 * (1 - a) / 3).epsilon(1e-12));
}

TEST_CASE("gaussian_mixture: a client's data do not hang on how many clients there are") {
  MixtureOptions o;
  o.feature_shift = o.label_shift = o.concept_shift = 0.5;
  o.clients = 3;
  const DataSource few = generate_mixture(o, 7);
  o.clients = 9;
  const DataSource many = generate_mixture(o, 7);
  CHECK(everything(*few.train).dense == everything(*many.train).dense.leftCols(few.train->size()));
}

TEST_CASE("gaussian_mixture: fewer features than classes are a mistake, too many samples a refusal") {
  Settings settings;
  settings.numbers = {{"features", 4}};
  source_loader("gaussian_mixture", settings);
  CHECK(settings.mistakes ==
        std::vector<std::string>{"features: each of 10 classes has a direction of its own, so there "
                                 "must be at least as many features, got 4"});
  MixtureOptions o;
  o.clients = 1'000'000;
  o.samples = 5000;
  const Said said = said_by([&] { generate_mixture(o, 1); });
  CHECK(said.code == ExitCode::usage);
  CHECK(said.message ==
        "data.samples: 1000000 clients would have 5000000000 samples together, must be at most "
        "4294967295");
}
