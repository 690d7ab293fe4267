// Changes to what clients hold: laws over every registered kind, and known answers of each.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "datasets/byte_dataset.h"
#include "datasets/dense_dataset.h"
#include "sim/base/statistics.h"
#include "sim/learn/shifted_dataset.h"
#include "tests/catch.h"
#include "tests/datasets/helpers.h"
#include "tests/datasets/partitions.h"
#include "tests/model/count_allocations.h"

namespace fedtide {
namespace {

constexpr Index kFeatures = 9;
constexpr std::uint32_t kSamples = 40;
constexpr int kClasses = 5;

/// Sample s has the features s + f / 10 and the label s mod 5.
std::shared_ptr<const Dataset> counting_samples() {
  Matrix<float> values(kFeatures, kSamples);
  std::vector<std::int32_t> labels;
  for (Index s = 0; s < kSamples; ++s) {
    labels.push_back(static_cast<std::int32_t>(s % kClasses));
    for (Index f = 0; f < kFeatures; ++f) values(f, s) = static_cast<float>(s) + static_cast<float>(f) / 10;
  }
  return std::make_shared<DenseDataset>(InputShape{InputShape::Kind::dense, {kFeatures}, kClasses}, values, labels);
}

std::shared_ptr<const Shift> shift(const std::string& kind, const std::map<std::string, double>& numbers = {},
                                   const std::map<std::string, bool>& flags = {}) {
  Settings settings;
  settings.numbers = numbers;
  settings.flags = flags;
  settings.numbers.emplace("rate", 0.5);
  auto made = Registry<ShiftEntry>::instance().at(kind).read(settings);
  REQUIRE(settings.mistakes.empty());
  return made;
}

/// Clients hold 10, 0, 20 and again 10 samples; sample 5 is held by the first and by the last.
Shards some_shards() {
  Shards shards;
  std::vector<std::uint32_t> rows(40);
  std::iota(rows.begin(), rows.end(), 0u);
  rows[30] = 5;
  const auto piece = [&](std::size_t from, std::size_t count) { shards.append(std::span(rows).subspan(from, count)); };
  piece(0, 10), piece(0, 0), piece(10, 20), piece(30, 10);
  return shards;
}

ShiftedDataset shifted(ShiftedDataset::Shifts shifts, std::uint64_t seed = 7) {
  return {counting_samples(), some_shards(), {0, 1, 2, 3}, 4, std::move(shifts), seed};
}

template <class T = float>
Matrix<T> all_features(const Dataset& dataset) {
  std::vector<std::uint32_t> rows(dataset.size());
  std::iota(rows.begin(), rows.end(), 0u);
  Batch<T> batch;
  dataset.gather(rows, batch);
  return batch.dense.leftCols(batch.count);
}

template <class Run>
void for_each_kind(Run run) {
  for (const About& about : Registry<ShiftEntry>::instance().list()) {
    INFO(about.name);
    run(about.name, shift(about.name));
  }
}

TEST_CASE("the promised kinds of shift are registered") {
  for (const char* name : {"feature_noise", "feature_shift", "label_noise", "label_permutation", "vertical"}) {
    CHECK(Registry<ShiftEntry>::instance().find(name) != nullptr);
  }
}

TEST_CASE("without shifts, position p is the p-th sample of all shards") {
  const ShiftedDataset dataset = shifted({});
  CHECK(dataset.size() == 40);
  const Shards positions = dataset.positions();
  CHECK(positions.begin == some_shards().begin);
  CHECK(positions.of(ClientId{2})[0] == 10);
  const Matrix<float> base = all_features(*counting_samples());
  const Matrix<float> mine = all_features(dataset);
  CHECK(mine.col(12) == base.col(12));
  CHECK(mine.col(30) == base.col(5));
  CHECK(dataset.labels()[30] == 0);
  CHECK(dataset.labels()[31] == 1);
}

TEST_CASE("a sample is the same each time, in any batch, and other clients, seeds and places have other draws") {
  for_each_kind([](const std::string& name, const std::shared_ptr<const Shift>& one) {
    const ShiftedDataset dataset = shifted({one});
    const Matrix<float> all = all_features(dataset);
    CHECK(all == all_features(dataset));
    Batch<float> batch;
    for (const std::uint32_t p : {39u, 0u, 30u, 5u, 15u}) {
      dataset.gather(std::vector<std::uint32_t>{p}, batch);
      CHECK(batch.dense.col(0) == all.col(p));
      CHECK(batch.labels[0] == dataset.labels()[p]);
    }
    const bool draws = name != "vertical";
    const ShiftedDataset other = shifted({one}, 8);
    const ShiftedDataset third = shifted({shift("feature_shift", {{"gain_sd", 0}, {"offset_sd", 0}}), one});
    const auto as_one = [&](const ShiftedDataset& d) {
      const auto labels = d.labels();
      return std::pair(all_features(d), std::vector<std::int32_t>(labels.begin(), labels.end()));
    };
    // Two groups of four clients are the same for an eighth of all seeds; these are not among them.
    CHECK((as_one(dataset) != as_one(other)) == draws);
    CHECK((as_one(dataset) != as_one(third)) == draws);
    if (one->changes_features()) CHECK(all.col(5) != all.col(30));  // one sample of two clients
  });
}

TEST_CASE("rows of the test set have draws of their own, their clients' shifts are the same") {
  const auto of_part = [](const std::shared_ptr<const Shift>& one, std::uint32_t part) {
    return all_features(ShiftedDataset(counting_samples(), some_shards(), {0, 1, 2, 3}, 4, {one}, 7, part));
  };
  CHECK(of_part(shift("feature_noise"), 0) != of_part(shift("feature_noise"), 1));
  CHECK(of_part(shift("feature_shift"), 0) == of_part(shift("feature_shift"), 1));
}

TEST_CASE("features in double are those in float") {
  for_each_kind([](const std::string&, const std::shared_ptr<const Shift>& one) {
    const ShiftedDataset dataset = shifted({one});
    const Matrix<double> wide = all_features<double>(dataset);
    CHECK((all_features(dataset).cast<double>() - wide).cwiseAbs().maxCoeff() < 1e-5);
  });
}

TEST_CASE("gathering changed samples allocates nothing once it has its size") {
  for_each_kind([](const std::string&, const std::shared_ptr<const Shift>& one) {
    const ShiftedDataset dataset = shifted({one});
    const std::vector<std::uint32_t> rows{3, 35, 12, 4, 5};
    Batch<float> batch;
    dataset.gather(rows, batch);
    CHECK(allocations_of([&] { dataset.gather(rows, batch); }) == 0);
  });
}

TEST_CASE("feature noise: client i of N has noise of variance sigma i / N") {
  // 28 x 28 features, 200 samples of each of four clients: the variance of 156,800 normal draws has a relative standard
  // error of sqrt(2 / 156,800) = 0.36 %.
  const Index features = 784;
  const auto base = std::make_shared<DenseDataset>(InputShape{InputShape::Kind::dense, {features}, 0},
                                                   Matrix<float>::Zero(features, 800), std::vector<std::int32_t>{});
  Shards shards;
  for (std::uint32_t i = 0; i < 4; ++i) {
    std::vector<std::uint32_t> rows(200);
    std::iota(rows.begin(), rows.end(), 200 * i);
    shards.append(rows);
  }
  for (const bool graded : {true, false}) {
    const ShiftedDataset dataset(base, shards, {0, 1, 2, 3}, 4,
                                 {shift("feature_noise", {{"variance", 0.1}}, {{"graded", graded}})}, 1);
    const Matrix<float> noise = all_features(dataset);
    for (Index i = 0; i < 4; ++i) {
      Moments moments;
      for (const float x : noise.middleCols(200 * i, 200).reshaped()) moments.add(x);
      const double expected = graded ? 0.1 * static_cast<double>(i + 1) / 4 : 0.1;
      INFO("client " << i << ": " << moments.variance() / expected);
      CHECK(std::abs(moments.variance() - expected) < 3.5 * 0.0036 * expected);
      CHECK(std::abs(moments.mean()) < 3.5 * std::sqrt(expected / 156'800));
    }
    // Features and samples are independent: correlation of neighbors.
    const auto correlation = [](const auto& a, const auto& b) {
      return (a.array() * b.array()).mean() / std::sqrt(a.squaredNorm() * b.squaredNorm()) *
             static_cast<float>(a.size());
    };
    CHECK(std::abs(correlation(noise.topRows(783), noise.bottomRows(783))) < 3.5 / std::sqrt(783.0 * 800));
    CHECK(std::abs(correlation(noise.leftCols(799), noise.rightCols(799))) < 3.5 / std::sqrt(784.0 * 799));
  }
}

TEST_CASE("feature shift: one gain and one offset a client") {
  const ShiftedDataset dataset = shifted({shift("feature_shift", {{"gain_sd", 0.5}, {"offset_sd", 2}})});
  const Matrix<double> changed = all_features<double>(dataset);
  const Matrix<double> plain = all_features<double>(shifted({}));
  std::vector<double> gains;
  for (const Index first : {0, 10, 30}) {
    const double gain = (changed(8, first) - changed(0, first)) / (plain(8, first) - plain(0, first));
    const double offset = changed(0, first) - gain * plain(0, first);
    CHECK(((gain * plain.middleCols(first, 10)).array() + offset - changed.middleCols(first, 10).array())
              .abs()
              .maxCoeff() < 1e-4);
    CHECK(gain > 0);
    gains.push_back(gain);
  }
  CHECK(std::abs(gains[0] - gains[1]) > 1e-3);
  // Over clients: log gain and offset have their standard deviations, 2,000 draws, relative error 1 / sqrt(4000).
  const auto one = shift("feature_shift", {{"gain_sd", 0.5}, {"offset_sd", 2}});
  Moments logs;
  Moments offsets;
  for (std::uint32_t client = 0; client < 2000; ++client) {
    std::vector<double> x{0, 1};
    one->change({3, 0, client, 2000, client}, std::span(x));
    logs.add(std::log(x[1] - x[0]));
    offsets.add(x[0]);
  }
  CHECK(std::abs(std::sqrt(logs.variance()) - 0.5) < 3 * 0.5 / std::sqrt(4000.0));
  CHECK(std::abs(std::sqrt(offsets.variance()) - 2) < 3 * 2 / std::sqrt(4000.0));
  CHECK(std::abs(logs.mean()) < 3 * 0.5 / std::sqrt(2000.0));
}

TEST_CASE("label noise: a share of the labels is wrong, every other class as likely") {
  const auto one = shift("label_noise", {{"rate", 0.3}});
  std::vector<double> became(kClasses);
  for (std::uint32_t row = 0; row < 20'000; ++row) {
    ++became[static_cast<std::size_t>(one->relabel({5, 0, row % 10, 10, row}, 2, kClasses))];
  }
  // Binomial(20,000, 0.7) and (20,000, 0.075).
  CHECK(std::abs(became[2] - 14'000) < 3.5 * std::sqrt(20'000 * 0.7 * 0.3));
  for (const std::size_t k : {0u, 1u, 3u, 4u}) CHECK(std::abs(became[k] - 1500) < 3.5 * std::sqrt(1500 * 0.925));

  const auto graded = shift("label_noise", {{"rate", 1}}, {{"graded", true}});
  std::vector<double> wrong(4);
  for (std::uint32_t row = 0; row < 8000; ++row) {
    wrong[row % 4] += graded->relabel({5, 0, row % 4, 4, row}, 2, kClasses) == 2 ? 0 : 1;
  }
  for (std::size_t i = 0; i < 4; ++i) {
    const double rate = (static_cast<double>(i) + 1) / 4;
    CHECK(std::abs(wrong[i] - 2000 * rate) <= 3.5 * std::sqrt(2000 * rate * (1 - rate)));
  }
}

TEST_CASE("label permutation: a client's renaming is one to one, the groups are even, and group 0 keeps the labels") {
  const auto one = shift("label_permutation", {{"groups", 4}});
  std::map<std::vector<std::int32_t>, int> seen;
  for (std::uint32_t client = 0; client < 2000; ++client) {
    std::vector<std::int32_t> renamed;
    for (std::int32_t k = 0; k < 10; ++k) renamed.push_back(one->relabel({5, 0, client, 2000, client}, k, 10));
    ++seen[renamed];
    std::sort(renamed.begin(), renamed.end());
    for (std::int32_t k = 0; k < 10; ++k) CHECK(renamed[static_cast<std::size_t>(k)] == k);
  }
  CHECK(seen.size() == 4);
  std::vector<std::int32_t> same(10);
  std::iota(same.begin(), same.end(), 0);
  CHECK(seen.count(same) == 1);
  for (const auto& [renamed, clients] : seen) CHECK(std::abs(clients - 500) < 3.5 * std::sqrt(2000 * 0.25 * 0.75));
}

TEST_CASE("vertical: client i keeps piece i mod parts, all pieces together are the sample") {
  const auto one = shift("vertical", {{"parts", 4}});  // 9 features: 3, 2, 2, 2
  std::vector<std::vector<float>> parts;
  for (std::uint32_t client = 0; client < 5; ++client) {
    std::vector<float> x{1, 2, 3, 4, 5, 6, 7, 8, 9};
    one->change({1, 0, client, 5, 0}, std::span(x));
    parts.push_back(x);
  }
  CHECK(parts[0] == std::vector<float>{1, 2, 3, 0, 0, 0, 0, 0, 0});
  CHECK(parts[1] == std::vector<float>{0, 0, 0, 4, 5, 0, 0, 0, 0});
  CHECK(parts[3] == std::vector<float>{0, 0, 0, 0, 0, 0, 0, 8, 9});
  CHECK(parts[4] == parts[0]);
}

TEST_CASE("shifts say what they do not fit") {
  const InputShape dense{InputShape::Kind::dense, {4}, 3};
  const InputShape unlabeled{InputShape::Kind::dense, {4}, 0};
  const InputShape one_class{InputShape::Kind::dense, {4}, 1};
  const InputShape sparse{InputShape::Kind::sparse, {4}, 3};
  InputShape text{InputShape::Kind::sequence, {4}, 3, 3};
  for_each_kind([&](const std::string& name, const std::shared_ptr<const Shift>& one) {
    CHECK(one->mismatch(dense).empty());
    CHECK(one->changes_features() != one->changes_labels());
    if (one->changes_features()) {
      CHECK(one->mismatch(sparse) == "needs dense features, the data set has sparse ones");
      CHECK(one->mismatch(text) == "needs dense features, the data set has tokens");
      CHECK(one->mismatch(unlabeled).empty());
    } else {
      CHECK(one->mismatch(unlabeled) == "needs labels, the data set has none");
      text.label_each_step = false;
      CHECK(one->mismatch(text).empty());
      text.label_each_step = true;
      CHECK(one->mismatch(text) == "needs one label a sample, the data set has one a step");
    }
    if (name == "label_noise") {
      CHECK(one->mismatch(one_class) == "needs at least two classes, the data set has one");
    }
  });
  CHECK(shift("vertical", {{"parts", 5}})->mismatch(dense) == "has 5 parts, the data set has 4 features");
}

}  // namespace
}  // namespace fedtide
