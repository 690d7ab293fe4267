// How many samples clients get: the keys `sizes` and `sharing`.

#include "datasets/partition/sizes.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "sim/base/statistics.h"
#include "sim/learn/skew.h"
#include "tests/catch.h"
#include "tests/datasets/helpers.h"
#include "tests/datasets/partitions.h"

namespace fedtide {
namespace {

using Sizes = std::vector<std::uint32_t>;

Settings sized(const std::string& word, const std::map<std::string, double>& keys = {}) {
  Settings settings;
  settings.words = {{"sizes", word}};
  settings.numbers = keys;
  settings.numbers.emplace("alpha", 1);
  return settings;
}

TEST_CASE("apportioning keeps proportions, raises what is too small, and hands out all") {
  const std::vector<double> weights{1, 2, 3, 4};
  CHECK(apportion(weights, 100, 0) == Sizes{10, 20, 30, 40});
  // 1.1, 2.2, 3.3, 4.4: the one left over goes to the largest remainder.
  CHECK(apportion(weights, 11, 0) == Sizes{1, 2, 3, 5});
  // The first is raised to 25; 75 left for weights 2 : 3 : 4 are 16.7, 25, 33.3, of which 16.7 is raised too; 50 left
  // for 3 : 4 are 21.4, 28.6, of which 21.4 is raised: all have 25.
  CHECK(apportion(weights, 100, 25) == Sizes{25, 25, 25, 25});
  // 15 for the first; 85 left for 2 : 3 : 4 are 18.89, 28.33, 37.78.
  CHECK(apportion(weights, 100, 15) == Sizes{15, 19, 28, 38});
  // Equal remainders: the first ones.
  CHECK(apportion(std::vector<double>(4, 0.1), 6, 1) == Sizes{2, 2, 1, 1});
  CHECK(apportion(std::vector<double>{0, 1e300, 0}, 10, 1) == Sizes{1, 8, 1});
  CHECK(apportion(std::vector<double>{1e-300, 1}, 10, 0) == Sizes{0, 10});

  Stream stream(1, Purpose::partition);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<double> some(1 + uniform_below(stream, 300));
    for (double& w : some) w = lognormal(stream, 0, 4);
    const std::uint32_t minimum = uniform_below(stream, 4);
    const std::uint64_t total = some.size() * minimum + uniform_below(stream, 5000);
    const Sizes sizes = apportion(some, total, minimum);
    CHECK(std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0}) == total);
    CHECK(*std::min_element(sizes.begin(), sizes.end()) >= minimum);
    for (std::size_t i = 1; i < some.size(); ++i) {
      if (some[i - 1] < some[i]) CHECK(sizes[i - 1] <= sizes[i]);
    }
  }
}

TEST_CASE("log-normal sizes: the logarithm's standard deviation is sigma") {
  // 500 clients of 1,000 samples in the mean; rounding and the floor of one sample matter little. The standard
  // deviation of n normal draws has a standard error of sigma / sqrt(2 n), 3.2 % for 500, over 10 seeds 1 %.
  const std::vector<std::int32_t> labels(500'000, 0);
  for (const double sigma : {0.3, 1.0}) {
    Settings settings = sized("lognormal", {{"size_sigma", sigma}});
    const auto iid = scheme("iid", settings);
    CHECK(settings.mistakes.empty());
    Moments sds;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      Moments logs;
      for (const std::uint64_t n : sizes_of(iid->partition(handing_out(labels, 1, 500, seed)))) {
        logs.add(std::log(static_cast<double>(n)));
      }
      sds.add(std::sqrt(logs.variance()));
    }
    INFO(sds.mean());
    CHECK(std::abs(sds.mean() - sigma) < 3 * sigma / std::sqrt(2 * 5000.0) + 0.005 * sigma);
  }
}

TEST_CASE("power-law sizes: the tail has its exponent") {
  // Of Pareto draws x, log x is exponential with mean 1 / exponent, whatever the scale: so is log(n / smallest), but
  // for the smallest itself. The mean of the logarithms has a standard error of 1 / (exponent sqrt(n)).
  const std::vector<std::int32_t> labels(2'000'000, 0);
  Settings settings = sized("power_law", {{"size_exponent", 2}});
  const auto iid = scheme("iid", settings);
  Moments logs;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    auto sizes = sizes_of(iid->partition(handing_out(labels, 1, 1000, seed)));
    const auto smallest = static_cast<double>(*std::min_element(sizes.begin(), sizes.end()));
    for (const std::uint64_t n : sizes) logs.add(std::log(static_cast<double>(n) / smallest));
  }
  CHECK(std::abs(logs.mean() - 0.5) < 3 * 0.5 / std::sqrt(5000.0));
}

TEST_CASE("quantity: shares of Dir(alpha) over the clients, none below min_size, the mix the same for all") {
  // A share of Dir(a, .., a) over n clients has mean 1/n and variance (1/n)(1 - 1/n) / (n a + 1). Its square is
  // heavy-tailed: the standard error over 200 seeds is taken from the draws.
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 2000));
  const std::uint32_t n = 10;
  const auto quantity = scheme("quantity", {{"size_alpha", 0.5}, {"min_size", 1}});
  Moments squares;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    double sum = 0;
    for (const std::uint64_t size : sizes_of(quantity->partition(handing_out(labels, 10, n, seed)))) {
      sum += std::pow(static_cast<double>(size) / 20'000 - 0.1, 2);
    }
    squares.add(sum / n);
  }
  const double expected = 0.1 * 0.9 / (0.5 * n + 1);
  CHECK(std::abs(squares.mean() - expected) < 3 * std::sqrt(squares.variance() / 200));

  const auto by_default = scheme("quantity");
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Shards shards = by_default->partition(handing_out(labels, 10, 200, seed));
    const auto sizes = sizes_of(shards);
    CHECK(*std::min_element(sizes.begin(), sizes.end()) >= 10);
  }
  // Pearson's chi-square of each client's counts, summed: 9 degrees of freedom each, mean 9 (1 - n_i / N).
  const Shards shards = by_default->partition(handing_out(labels, 10, 100, 1));
  const LabelCounts counts = count_labels(shards, labels, 10);
  double chi_square = 0;
  double degrees = 0;
  for (std::uint32_t i = 0; i < 100; ++i) {
    const double expected_count = static_cast<double>(shards.size(ClientId{i})) / 10;
    for (const std::uint32_t c : counts.of(ClientId{i})) chi_square += std::pow(c - expected_count, 2) / expected_count;
    degrees += 9 * (1 - expected_count * 10 / 20'000);
  }
  CHECK(std::abs(chi_square - degrees) < 3 * std::sqrt(2 * degrees) + 3);
}

TEST_CASE("dirichlet with uneven sizes: sizes and mixes are independent") {
  // Correlation of log size and EMD over 1,000 clients, those with fewer than 200 samples left out, whose sampling
  // alone is skew: 0 within 3 / sqrt(clients). The last clients get what is left, so only the first half is looked at.
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 100'000));
  Settings settings = sized("lognormal", {{"size_sigma", 0.3}, {"alpha", 1}});
  const Shards shards = scheme("dirichlet", settings)->partition(handing_out(labels, 10, 1000, 1));
  CHECK(is_partition(shards, labels.size()));
  const Skew skew = measure_skew(count_labels(shards, labels, 10));
  Moments x;
  Moments y;
  Moments sum;
  for (std::uint32_t i = 0; i < 500; ++i) {
    const double size = std::log(static_cast<double>(shards.size(ClientId{i})));
    if (shards.size(ClientId{i}) < 200) continue;
    x.add(size);
    y.add(skew.emd[i]);
    sum.add(size / 0.3 + skew.emd[i] / 0.3);
  }
  const double covariance = (sum.variance() * 0.09 - x.variance() - y.variance()) / 2;
  CHECK(std::abs(covariance / std::sqrt(x.variance() * y.variance())) < 3 / std::sqrt(static_cast<double>(x.count())));
  CHECK(x.variance() == Approx(0.09).epsilon(0.25));
}

TEST_CASE("given sizes are kept") {
  const std::vector<std::int32_t> labels = make_labels({30, 30});
  for (const char* name : {"iid", "quantity", "dirichlet"}) {
    Settings settings = sized("list");
    settings.lists = {{"size_list", {7, 50, 3}}};
    CHECK(sizes_of(scheme(name, settings)->partition(handing_out(labels, 2, 3, 1))) ==
          std::vector<std::uint64_t>{7, 50, 3});
    CHECK(settings.mistakes.empty());
  }
}

TEST_CASE("sizes: every mistake has its message") {
  const std::vector<std::int32_t> labels = make_labels({30, 30});
  const auto said = [&](Settings settings, std::uint32_t clients) {
    return said_by([&] { scheme("iid", settings)->partition(handing_out(labels, 2, clients, 1)); });
  };
  Settings list = sized("list");
  list.lists = {{"size_list", {7, 50, 3}}};
  CHECK(said(list, 4) == Said{ExitCode::usage, "data.partition.size_list: 3 sizes for 4 clients, must be as many"});
  list.lists = {{"size_list", {7, 50}}};
  CHECK(said(list, 2) ==
        Said{ExitCode::usage,
             "data.partition.size_list: the sizes sum to 57, and the data set has 60 samples, must be equal"});
  list.lists = {{"size_list", {7, 61}}};
  list.flags = {{"sharing", true}};
  CHECK(said(list, 2) == Said{ExitCode::usage, "data.partition.size_list: a client cannot hold 61 of 60 samples"});
  CHECK(
      said(sized("lognormal", {{"min_size", 21}}), 3) ==
      Said{ExitCode::usage,
           "data.partition.min_size: 21 samples for each of 3 clients are more than the 60 there are, must be at most "
           "20"});
  Settings none = sized("list");
  scheme("iid", none);
  CHECK(none.mistakes == std::vector<std::string>{"size_list: no sizes are given; write one for each client"});
  Settings alone = sized("equal", {{"samples_per_client", 5}});
  scheme("iid", alone);
  CHECK(alone.mistakes == std::vector<std::string>{
                              "samples_per_client: is for sharing: true; without it, all samples are handed out once"});
}

TEST_CASE("sharing: sizes sum to what is asked for, and no client holds more than all") {
  const std::vector<std::int32_t> labels = make_labels({30, 30});
  Settings settings = sized("equal", {{"samples_per_client", 7}});
  settings.flags = {{"sharing", true}};
  CHECK(sizes_of(scheme("iid", settings)->partition(handing_out(labels, 2, 100, 1))) ==
        std::vector<std::uint64_t>(100, 7));
  settings.numbers["samples_per_client"] = 100;
  CHECK(sizes_of(scheme("dirichlet", settings)->partition(handing_out(labels, 2, 5, 1))) ==
        std::vector<std::uint64_t>(5, 60));
  settings.numbers.erase("samples_per_client");
  CHECK(sizes_of(scheme("iid", settings)->partition(handing_out(labels, 2, 20, 1))) ==
        std::vector<std::uint64_t>(20, 3));
  CHECK(sizes_of(scheme("iid", settings)->partition(handing_out(labels, 2, 100, 1))) ==
        std::vector<std::uint64_t>(100, 1));
}

TEST_CASE("dirichlet with sharing: the variance of a client's share of a class is that of Dir(alpha p)") {
  // As without sharing: V = p (1 - p) / (alpha + 1), and V + (p (1 - p) - V) / n for the counts of n samples. Clients
  // are independent, so the standard error of the mean over clients is that of the draws. Drawing without putting back
  // matters little: 100 of 10,000 of a class.
  const std::vector<std::int32_t> labels = make_labels({50'000, 30'000, 20'000});
  const std::vector<double> p{0.5, 0.3, 0.2};
  for (const double alpha : {0.1, 1.0, 10.0}) {
    Settings settings;
    settings.numbers = {{"alpha", alpha}, {"samples_per_client", 100}};
    settings.flags = {{"sharing", true}};
    const LabelCounts counts =
        count_labels(scheme("dirichlet", settings)->partition(handing_out(labels, 3, 4000, 1)), labels, 3);
    for (std::size_t k = 0; k < 3; ++k) {
      Moments share;
      Moments squares;
      for (std::uint32_t i = 0; i < 4000; ++i) {
        share.add(counts.of(ClientId{i})[k] / 100.0);
        squares.add(std::pow(counts.of(ClientId{i})[k] / 100.0 - p[k], 2));
      }
      const double v = p[k] * (1 - p[k]) / (alpha + 1);
      const double expected = v + (p[k] * (1 - p[k]) - v) / 100;
      INFO("alpha " << alpha << ", class " << k << ": " << squares.mean() / expected);
      CHECK(std::abs(share.mean() - p[k]) < 3.5 * std::sqrt(expected / 4000));
      CHECK(std::abs(squares.mean() - expected) < 3.5 * std::sqrt(squares.variance() / 4000));
    }
  }
}

TEST_CASE("dirichlet with sharing: both ends of alpha, and a client that holds everything") {
  const std::vector<std::int32_t> labels = make_labels({500, 300, 200});
  Settings settings;
  settings.flags = {{"sharing", true}};
  settings.numbers = {{"alpha", 1e-300}, {"samples_per_client", 50}};
  const Skew single =
      measure_skew(count_labels(scheme("dirichlet", settings)->partition(handing_out(labels, 3, 200, 1)), labels, 3));
  CHECK(single.classes == std::vector<std::uint32_t>(200, 1));
  settings.numbers = {{"alpha", 1e300}, {"samples_per_client", 200}};
  const Skew even =
      measure_skew(count_labels(scheme("dirichlet", settings)->partition(handing_out(labels, 3, 200, 1)), labels, 3));
  CHECK(mean(even.emd) < 0.1);
  // A tiny alpha and as many samples as there are: when a class runs out, the others follow.
  settings.numbers = {{"alpha", 1e-300}, {"samples_per_client", 1000}};
  const Shards all = scheme("dirichlet", settings)->partition(handing_out(labels, 3, 3, 1));
  for (std::uint32_t i = 0; i < 3; ++i) CHECK(all.size(ClientId{i}) == 1000);
}

TEST_CASE("a million clients share 60,000 samples in seconds, in little more than their indices") {
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 6000));
  Settings settings;
  settings.flags = {{"sharing", true}};
  settings.numbers = {{"alpha", 0.3}, {"samples_per_client", 20}};
  const auto partitioner = scheme("dirichlet", settings);
  const auto start = std::chrono::steady_clock::now();
  const Shards shards = partitioner->partition(handing_out(labels, 10, 1'000'000, 1));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  CHECK(shards.population() == 1'000'000);
  CHECK(shards.rows.size() == 20'000'000);
  CHECK(shards.rows.capacity() == shards.rows.size());
  CHECK(shards.begin.capacity() == 1'000'001);
  // benchmarks/bench_partition measures it; sanitizers and busy machines are slower.
  CHECK(took.count() < 20);
}

}  // namespace
}  // namespace fedtide
