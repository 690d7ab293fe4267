// Known answers of the single schemes.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <set>

#include "datasets/formats/idx.h"
#include "datasets/partition/common.h"
#include "sim/base/statistics.h"
#include "sim/learn/skew.h"
#include "tests/catch.h"
#include "tests/datasets/helpers.h"
#include "tests/datasets/partitions.h"

namespace fedtide {
namespace {

TEST_CASE("where samples do not divide, the first clients hold one more") {
  CHECK(equal_sizes(11, 4) == std::vector<std::uint32_t>{3, 3, 3, 2});
  CHECK(equal_sizes(12, 4) == std::vector<std::uint32_t>{3, 3, 3, 3});
  const std::vector<std::int32_t> labels = make_labels({20, 22, 4});  // 46 = 4 * 11 + 2
  for (const char* name : {"iid", "shards", "dirichlet"}) {
    INFO(name);
    CHECK(sizes_of(scheme(name, {{"alpha", 1}})->partition(handing_out(labels, 3, 4, 3))) ==
          std::vector<std::uint64_t>{12, 12, 11, 11});
  }
}

TEST_CASE("iid gives every client the global mix, up to sampling") {
  // A class count is hypergeometric: variance n p (1 - p) (N - n) / (N - 1). Mean over 10 classes and 100 clients.
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 2000));
  const LabelCounts counts = count_labels(scheme("iid")->partition(handing_out(labels, 10, 100, 5)), labels, 10);
  Moments squares;
  for (const std::uint32_t c : counts.counts) squares.add((c - 20.0) * (c - 20.0));
  const double expected = 200 * 0.1 * 0.9 * (20'000.0 - 200) / (20'000 - 1);
  // The square of a normal deviate has variance 2 sigma^4; 1,000 of them, 891 free.
  CHECK(std::abs(squares.mean() - expected) < 4 * expected * std::sqrt(2 / 891.0));
}

TEST_CASE("shards on sorted labels: at most two shards, at most four classes, as many as chance says") {
  const std::vector<int> mnist{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949};
  const std::vector<std::int32_t> labels = make_labels(mnist);
  // The classes of shard s of 300 sorted samples; then the mean over all pairs of shards is the exact expectation.
  std::vector<std::int32_t> sorted = labels;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::set<std::int32_t>> classes(200);
  for (std::size_t j = 0; j < sorted.size(); ++j) classes[j / 300].insert(sorted[j]);
  Moments pairs;
  for (std::size_t a = 0; a < 200; ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      std::set<std::int32_t> both = classes[a];
      both.insert(classes[b].begin(), classes[b].end());
      pairs.add(static_cast<double>(both.size()));
    }
  }
  CHECK(pairs.mean() == Approx(1.99).margin(0.01));  // 1.9 without the shards across a border

  Moments found;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Shards shards = scheme("shards")->partition(handing_out(labels, 10, 100, seed));
    CHECK(sizes_of(shards) == std::vector<std::uint64_t>(100, 600));
    for (const std::uint32_t n : measure_skew(count_labels(shards, labels, 10)).classes) {
      CHECK(n <= 4);
      found.add(n);
    }
  }
  CHECK(std::abs(found.mean() - pairs.mean()) < 4 * std::sqrt(pairs.variance() / 2000));
}

TEST_CASE("shards: one shard a client with clients as many as classes is one class each") {
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 50));
  const Shards shards = scheme("shards", {{"shards_per_client", 1}})->partition(handing_out(labels, 10, 10, 3));
  const Skew skew = measure_skew(count_labels(shards, labels, 10));
  CHECK(skew.classes == std::vector<std::uint32_t>(10, 1));
}

TEST_CASE("shards: more shards than samples is refused") {
  const std::vector<std::int32_t> labels = make_labels({10, 5});
  CHECK(
      said_by([&] {
        scheme("shards", {{"shards_per_client", 4}})->partition(handing_out(labels, 2, 5, 1));
      }) ==
      Said{ExitCode::usage,
           "data.partition.shards_per_client: 4 for each of 5 clients are 20 shards of 15 samples, must be at most 3"});
}

TEST_CASE("dirichlet: the variance of a client's share of a class is p (1 - p) / (alpha + 1)") {
  // 2,000 clients of 500 samples; the first 1,000 are looked at, for whom no class runs out. Their samples add the
  // variance of a multinomial draw, E[q (1 - q)] / n = (p (1 - p) - V) / n. Over five seeds the standard error is
  // below 1.5 %.
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 100'000));
  for (const double alpha : {1.0, 10.0}) {
    Moments squares;
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const Shards shards = scheme("dirichlet", {{"alpha", alpha}})->partition(handing_out(labels, 10, 2000, seed));
      const LabelCounts counts = count_labels(shards, labels, 10);
      for (std::uint32_t i = 0; i < 1000; ++i) {
        for (const std::uint32_t c : counts.of(ClientId{i})) squares.add(std::pow(c / 500.0 - 0.1, 2));
      }
    }
    const double v = 0.09 / (alpha + 1);
    const double expected = v + (0.09 - v) / 500;
    INFO("alpha " << alpha << ": " << squares.mean() / expected);
    CHECK(squares.mean() == Approx(expected).epsilon(0.05));
  }
}

TEST_CASE("dirichlet follows an uneven global mix") {
  // Var(q_k) = p_k (1 - p_k) / (alpha + 1) for each class by itself; only with alpha p does the mean stay p.
  const std::vector<std::int32_t> labels = make_labels({500'000, 300'000, 200'000});
  const Shards shards = scheme("dirichlet", {{"alpha", 4}})->partition(handing_out(labels, 3, 2000, 1));
  const LabelCounts counts = count_labels(shards, labels, 3);
  const std::vector<double> p{0.5, 0.3, 0.2};
  for (std::size_t k = 0; k < 3; ++k) {
    Moments share;
    for (std::uint32_t i = 0; i < 1000; ++i) share.add(counts.of(ClientId{i})[k] / 500.0);
    const double v = p[k] * (1 - p[k]) / 5;
    CHECK(std::abs(share.mean() - p[k]) < 4 * std::sqrt(v / 1000));
    CHECK(share.variance() == Approx(v).epsilon(0.15));  // a standard error of about 4 %
  }
}

TEST_CASE("dirichlet: alpha to infinity is the global mix, alpha to 0 one class a client") {
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 6000));
  const auto mean_emd = [&](const std::map<std::string, double>& keys, const std::string& name) {
    return mean(
        measure_skew(count_labels(scheme(name, keys)->partition(handing_out(labels, 10, 100, 2)), labels, 10)).emd);
  };
  // Draws of 600 samples from an even mix: 10 E|c / 600 - 0.1| = 10 sqrt(2 / pi) sqrt(0.09 / 600) = 0.0977.
  CHECK(mean_emd({{"alpha", 1e300}}, "dirichlet") == Approx(0.0977).epsilon(0.15));
  CHECK(mean_emd({}, "iid") == Approx(0.0977).epsilon(0.15));
  // One class only: |1 - 0.1| + 9 * 0.1 = 1.8; clients that come when their class has run out have two.
  const Shards single = scheme("dirichlet", {{"alpha", 1e-300}})->partition(handing_out(labels, 10, 100, 2));
  const Skew skew = measure_skew(count_labels(single, labels, 10));
  const auto& classes = skew.classes;
  CHECK(mean(skew.emd) > 1.75);
  CHECK(std::count(classes.begin(), classes.end(), 1u) >= 90);
  // In between, skew falls as alpha rises.
  double before = 2;
  for (const double alpha : {0.01, 0.1, 1.0, 10.0, 100.0}) {
    const double emd = mean_emd({{"alpha", alpha}}, "dirichlet");
    CHECK(emd < before);
    before = emd;
  }
}

TEST_CASE("dirichlet by class: both ends of alpha are exact") {
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 600));
  // alpha to infinity: every class is cut into equal parts.
  const Shards even = scheme("dirichlet_by_class", {{"alpha", 1e300}})->partition(handing_out(labels, 10, 5, 1));
  for (const std::uint32_t c : count_labels(even, labels, 10).counts) CHECK(std::abs(static_cast<int>(c) - 120) <= 1);
  // alpha to 0: a class goes to one client as a whole; whoever has two of ten has his N / clients = 1,200 and gets no
  // more, so that each of five clients ends with exactly two.
  const Shards whole = scheme("dirichlet_by_class", {{"alpha", 1e-300}})->partition(handing_out(labels, 10, 5, 1));
  const Skew skew = measure_skew(count_labels(whole, labels, 10));
  CHECK(skew.classes == std::vector<std::uint32_t>(5, 2));
  CHECK(sizes_of(whole) == std::vector<std::uint64_t>(5, 1200));
}

TEST_CASE("dirichlet by class: the first class is shared by Dir(alpha, .., alpha)") {
  // While nobody holds anything, the rule for balance says nothing: a share of the first class has variance
  // (1/n)(1 - 1/n) / (n alpha + 1). With min_size 1 hardly any draw is taken back. The standard error over 400 seeds is
  // that of the draws.
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 1000));
  for (const double alpha : {0.5, 5.0}) {
    const auto partitioner = scheme("dirichlet_by_class", {{"alpha", alpha}, {"min_size", 1}});
    Moments squares;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
      const LabelCounts counts = count_labels(partitioner->partition(handing_out(labels, 10, 10, seed)), labels, 10);
      double sum = 0;
      for (std::uint32_t i = 0; i < 10; ++i) sum += std::pow(counts.of(ClientId{i})[0] / 1000.0 - 0.1, 2) / 10;
      squares.add(sum);
    }
    const double expected = 0.09 / (10 * alpha + 1);
    INFO("alpha " << alpha << ": " << squares.mean() / expected);
    CHECK(std::abs(squares.mean() - expected) < 3 * std::sqrt(squares.variance() / 400));
  }
}

TEST_CASE(
    "dirichlet by class: sizes differ, none below min_size, and a client that has its share gets no more classes") {
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 6000));
  const Shards shards = scheme("dirichlet_by_class", {{"alpha", 0.5}})->partition(handing_out(labels, 10, 10, 4));
  const auto sizes = sizes_of(shards);
  CHECK(*std::min_element(sizes.begin(), sizes.end()) >= 10);
  CHECK(*std::max_element(sizes.begin(), sizes.end()) < 6000 + 6000);  // below the mean before its last class
  CHECK(measure_skew(count_labels(shards, labels, 10)).size_gini > 0.02);
  const LabelCounts counts = count_labels(shards, labels, 10);
  for (std::uint32_t i = 0; i < 10; ++i) {
    std::uint32_t held = 0;
    for (const std::uint32_t c : counts.of(ClientId{i})) {
      if (held >= 6000) CHECK(c == 0);
      held += c;
    }
  }
}

TEST_CASE("dirichlet by class: what cannot be is refused, at once or after a bounded number of tries") {
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 60));
  CHECK(
      said_by([&] {
        scheme("dirichlet_by_class", {{"alpha", 1}})->partition(handing_out(labels, 10, 61, 1));
      }) ==
      Said{
          ExitCode::usage,
          "data.partition.min_size: 10 samples for each of 61 clients are more than the 600 there are, must be at most "
          "9"});
  // With alpha to 0 each class is one client's: ten classes are not enough for 20.
  CHECK(said_by([&] {
          scheme("dirichlet_by_class", {{"alpha", 1e-300}})->partition(handing_out(labels, 10, 20, 1));
        }) ==
        Said{ExitCode::usage,
             "data.partition.min_size: in 1000 tries not all of 20 clients got at least 10 samples, at best 0; lower "
             "min_size, raise alpha, or have fewer clients"});
}

TEST_CASE("60,000 samples for 1,000 clients take well under a second") {
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 6000));
  const auto partitioner = scheme("dirichlet", {{"alpha", 0.3}});
  const auto start = std::chrono::steady_clock::now();
  const Shards shards = partitioner->partition(handing_out(labels, 10, 1000, 1));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  CHECK(shards.population() == 1000);
  // 0.01 s on an idle machine; sanitizers and busy machines are slower.
  CHECK(took.count() < 1);
}

}  // namespace
}  // namespace fedtide
