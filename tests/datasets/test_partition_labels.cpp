// Known answers of the schemes that say which labels a client has.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/base/statistics.h"
#include "sim/learn/skew.h"
#include "tests/catch.h"
#include "tests/datasets/helpers.h"
#include "tests/datasets/partitions.h"

namespace fedtide {
namespace {

const std::vector<int> kMnist{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949};

TEST_CASE("label_count: exactly k labels at each client, one of them its number modulo the classes, cut equally") {
  const std::vector<std::int32_t> labels = make_labels(kMnist);
  for (const std::uint32_t k : {1u, 2u, 3u, 10u}) {
    INFO(k);
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const auto partitioner = scheme("label_count", {{"labels_per_client", k}});
      const Shards shards = partitioner->partition(handing_out(labels, 10, 30, seed));
      CHECK(is_partition(shards, labels.size()));
      const LabelCounts counts = count_labels(shards, labels, 10);
      CHECK(measure_skew(counts).classes == std::vector<std::uint32_t>(30, k));
      for (std::uint32_t i = 0; i < 30; ++i) CHECK(counts.of(ClientId{i})[i % 10] > 0);
      for (std::uint32_t c = 0; c < 10; ++c) {
        std::vector<std::uint32_t> parts;
        for (std::uint32_t i = 0; i < 30; ++i) {
          if (counts.of(ClientId{i})[c] > 0) parts.push_back(counts.of(ClientId{i})[c]);
        }
        const auto [low, high] = std::minmax_element(parts.begin(), parts.end());
        CHECK(*high - *low <= 1);
      }
    }
  }
}

TEST_CASE("label_count: the other labels are drawn evenly") {
  // 50 clients of each own class hold one of nine others: Binomial(50, 1/9) each over 40 seeds, 90 pairs. Chi-square
  // with 10 x 8 degrees of freedom.
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 2000));
  std::vector<double> pairs(100);
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const LabelCounts counts = count_labels(
        scheme("label_count", {{"labels_per_client", 2}})->partition(handing_out(labels, 10, 500, seed)), labels, 10);
    for (std::uint32_t i = 0; i < 500; ++i) {
      for (std::uint32_t c = 0; c < 10; ++c) pairs[i % 10 * 10 + c] += counts.of(ClientId{i})[c] > 0 ? 1 : 0;
    }
  }
  double chi_square = 0;
  const double expected = 50.0 * 40 / 9;
  for (std::size_t own = 0; own < 10; ++own) {
    CHECK(pairs[own * 11] == 2000);
    for (std::size_t c = 0; c < 10; ++c) {
      if (c != own) chi_square += std::pow(pairs[own * 10 + c] - expected, 2) / expected;
    }
  }
  CHECK(std::abs(chi_square - 80) < 3 * std::sqrt(160.0));
}

TEST_CASE("mixed: k labels at each client and Dirichlet shares of a class among its holders") {
  // Three holders of each class for certain: ten classes, 30 clients of one label. A share of Dir(a, a, a) has variance
  // (1/3)(2/3) / (3 a + 1); 10 classes x 100 seeds. Each holder has at least one of 600.
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 600));
  for (const double alpha : {0.5, 2.0}) {
    Moments squares;
    const auto partitioner = scheme("mixed", {{"alpha", alpha}, {"labels_per_client", 1}});
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      const LabelCounts counts = count_labels(partitioner->partition(handing_out(labels, 10, 30, seed)), labels, 10);
      CHECK(measure_skew(counts).classes == std::vector<std::uint32_t>(30, 1));
      for (std::uint32_t c = 0; c < 10; ++c) {
        double sum = 0;
        for (std::uint32_t i = c; i < 30; i += 10) sum += std::pow(counts.of(ClientId{i})[c] / 600.0 - 1.0 / 3, 2) / 3;
        squares.add(sum);
      }
    }
    const double expected = 2.0 / 9 / (3 * alpha + 1);
    INFO(squares.mean() / expected);
    CHECK(std::abs(squares.mean() - expected) < 3 * std::sqrt(squares.variance() / 1000) + 0.005 * expected);
  }
  const Shards two = scheme("mixed")->partition(handing_out(labels, 10, 30, 1));
  CHECK(is_partition(two, labels.size()));
  CHECK(measure_skew(count_labels(two, labels, 10)).classes == std::vector<std::uint32_t>(30, 2));
}

TEST_CASE("power_law: FedProx's 1,000 clients of MNIST") {
  // User u holds the digits u mod 10 and (u + 1) mod 10, five samples of each at least. The shares of each digit have a
  // heavy tail: the mean size is 60, most clients have far fewer.
  const std::vector<std::int32_t> labels = make_labels(kMnist);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Shards shards = scheme("power_law")->partition(handing_out(labels, 10, 1000, seed));
    CHECK(is_partition(shards, labels.size()));
    const LabelCounts counts = count_labels(shards, labels, 10);
    CHECK(measure_skew(counts).classes == std::vector<std::uint32_t>(1000, 2));
    for (std::uint32_t i = 0; i < 1000; ++i) {
      CHECK(counts.of(ClientId{i})[i % 10] >= 5);
      CHECK(counts.of(ClientId{i})[(i + 1) % 10] >= 5);
    }
    const Skew skew = measure_skew(counts);
    CHECK(skew.size_gini > 0.6);  // a log-normal variable with sigma 2 has 2 Phi(2 / sqrt(2)) - 1 = 0.84
    CHECK(skew.size_gini < 0.84);
  }
}

TEST_CASE("power_law: beyond the first samples, sizes are log-normal with sigma 2") {
  // One class of 500,000 samples and 200 clients: rounding to whole samples matters little. The standard deviation
  // of n normal draws has a standard error of sigma / sqrt(2 n).
  const std::vector<std::int32_t> labels(500'000, 0);
  const auto partitioner = scheme("power_law", {{"labels_per_client", 1}});
  Moments sds;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Moments logs;
    for (const std::uint64_t n : sizes_of(partitioner->partition(handing_out(labels, 1, 200, seed)))) {
      logs.add(std::log(static_cast<double>(n) - 5 + 0.5));
    }
    sds.add(std::sqrt(logs.variance()));
  }
  INFO(sds.mean());
  CHECK(std::abs(sds.mean() - 2) < 3 * 2 / std::sqrt(2.0 * 2000));
}

TEST_CASE("similarity: s of each client's samples is IID, the rest comes from sorted ones") {
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 600));
  const auto counted = [&](double similarity, std::uint64_t seed) {
    const Shards shards =
        scheme("similarity", {{"similarity", similarity}})->partition(handing_out(labels, 10, 20, seed));
    CHECK(is_partition(shards, labels.size()));
    CHECK(sizes_of(shards) == std::vector<std::uint64_t>(20, 300));
    return count_labels(shards, labels, 10);
  };
  // s = 0: 300 sorted samples of classes of 600 are of one class.
  CHECK(measure_skew(counted(0, 1)).classes == std::vector<std::uint32_t>(20, 1));
  // s in between: a client of 300 holds 300 (1 - s) of its own class (of two where the rest of a class ends), and of
  // each class 30 s in the mean; the EMD's mean is 1.8 (1 - s) up to sampling: sum of |p - 0.1| is largest with one
  // class.
  for (const double s : {0.1, 0.5}) {
    Moments other;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const LabelCounts counts = counted(s, seed);
      for (std::uint32_t i = 0; i < 20; ++i) {
        std::vector<std::uint32_t> sorted(counts.of(ClientId{i}).begin(), counts.of(ClientId{i}).end());
        std::sort(sorted.begin(), sorted.end());
        // The eight smallest are of the IID part alone: at most two classes come from the sorted part.
        other.add(std::accumulate(sorted.begin(), sorted.begin() + 8, 0.0) / 8);
      }
    }
    // Each of 300 s samples is of a given class with probability 0.1; leaving out the two with most takes some of them
    // when these are not of the sorted part, at most what sampling spreads: a standard deviation of sqrt(27 s).
    CHECK(other.mean() < 30 * s + 0.5);
    CHECK(other.mean() > 30 * s - std::sqrt(27 * s));
  }
  // s = 1 is IID: a class count is hypergeometric, variance n p (1 - p) (N - n) / (N - 1).
  Moments squares;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const std::uint32_t c : counted(1, seed).counts) squares.add((c - 30.0) * (c - 30.0));
  }
  const double expected = 300 * 0.1 * 0.9 * 5700 / 5999;
  CHECK(std::abs(squares.mean() - expected) < 3 * expected * std::sqrt(2 / (20.0 * 19 * 9)));
}

TEST_CASE("schemes of labels: what cannot be has its message") {
  const std::vector<std::int32_t> labels = make_labels({40, 0, 40, 3});
  const auto said = [&](const char* name, const std::map<std::string, double>& keys, std::uint32_t clients) {
    return said_by([&] { scheme(name, keys)->partition(handing_out(labels, 4, clients, 1)); });
  };
  for (const char* name : {"label_count", "mixed", "power_law"}) {
    INFO(name);
    CHECK(said(name, {{"labels_per_client", 4}}, 10) ==
          Said{ExitCode::usage,
               "data.partition.labels_per_client: a client cannot hold 4 labels of the 3 that have samples, must be at "
               "most 3"});
    CHECK(
        said(name, {{"labels_per_client", 1}}, 2) ==
        Said{ExitCode::usage, "data.partition: " + std::string(name) +
                                  " leaves the 3 samples of label 3 without a client; have at least 3 clients or more "
                                  "labels_per_client"});
    CHECK(
        said(name, {{"labels_per_client", 1}, {"first_samples", 1}}, 12) ==
        Said{ExitCode::usage, "data.partition: " + std::string(name) +
                                  " gives label 3 to 4 clients, 1 samples or more to each, and there are 3; have fewer "
                                  "clients"});
  }
}

}  // namespace
}  // namespace fedtide
