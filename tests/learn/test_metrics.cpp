#include "sim/learn/metrics/metric.h"

#include <algorithm>
#include <cmath>

#include "tests/catch.h"
#include "tests/learn/toy.h"
#include "tests/model/samples.h"

using namespace fedtide;

namespace {

InputShape classes_of(int classes) { return InputShape{InputShape::Kind::dense, {4}, classes}; }
InputShape targets_of(Index targets, bool survival = false) {
  InputShape shape{InputShape::Kind::dense, {4}};
  shape.targets = targets;
  shape.survival = survival;
  return shape;
}

/// Some predictions with memory of their own.
struct Said {
  std::vector<float> outputs;
  std::vector<std::int32_t> labels;
  std::vector<float> targets;
  Score score;

  Predictions of(Index channels, std::size_t begin, std::size_t end) const {
    Predictions p;
    p.score = score;
    p.channels = channels;
    const auto each = static_cast<std::size_t>(channels);
    p.outputs = std::span(outputs).subspan(begin * each, (end - begin) * each);
    p.labels = std::span(labels).subspan(begin, end - begin);
    const std::size_t wide = labels.empty() ? 0 : targets.size() / labels.size();
    p.targets_each = static_cast<Index>(wide);
    p.targets = std::span(targets).subspan(begin * wide, (end - begin) * wide);
    return p;
  }
};

double value_of(const char* name, const InputShape& shape, Index channels, const Said& said) {
  const auto tally = metric(name).make(shape);
  tally->add(said.of(channels, 0, said.labels.size()));
  return tally->value();
}

/// Small whole numbers, so that there are ties.
Said random_labels(Stream& stream, Index channels, int classes, std::size_t n, std::uint32_t levels) {
  Said said;
  for (std::size_t j = 0; j < n; ++j) {
    for (Index c = 0; c < channels; ++c) {
      said.outputs.push_back(static_cast<float>(uniform_below(stream, levels)) - 2.0f);
    }
    said.labels.push_back(static_cast<std::int32_t>(uniform_below(stream, static_cast<std::uint32_t>(classes))));
  }
  return said;
}

Said random_subjects(Stream& stream, std::size_t n) {
  Said said = random_labels(stream, 1, 2, n, 6);
  for (std::size_t j = 0; j < n; ++j) {
    said.targets.push_back(static_cast<float>(uniform_below(stream, 7)));
    said.targets.push_back(uniform(stream) < 0.6 ? 1.0f : 0.0f);
  }
  return said;
}

double brute_auc(const Said& said) {
  double pairs = 0, right = 0;
  for (std::size_t i = 0; i < said.labels.size(); ++i) {
    for (std::size_t j = 0; j < said.labels.size(); ++j) {
      if (said.labels[i] != 1 || said.labels[j] != 0) continue;
      pairs += 1;
      right += said.outputs[i] > said.outputs[j] ? 1 : said.outputs[i] == said.outputs[j] ? 0.5 : 0;
    }
  }
  return right / pairs;
}

double brute_c_index(const Said& said) {
  double pairs = 0, right = 0;
  for (std::size_t i = 0; i < said.labels.size(); ++i) {
    for (std::size_t j = 0; j < said.labels.size(); ++j) {
      const float ti = said.targets[2 * i], tj = said.targets[2 * j];
      const bool died_i = said.targets[2 * i + 1] == 1, died_j = said.targets[2 * j + 1] == 1;
      if (!died_i || !(ti < tj || (ti == tj && !died_j))) continue;
      pairs += 1;
      right += said.outputs[i] > said.outputs[j] ? 1 : said.outputs[i] == said.outputs[j] ? 0.5 : 0;
    }
  }
  return right / pairs;
}

}  // namespace

TEST_CASE("the area under the curve is the share of ordered pairs, ties counting half") {
  // Scores 1 2 2 3 of labels 0 0 1 1: of four pairs three are right and one is a tie: 3.5 / 4.
  CHECK(value_of("auc", classes_of(2), 1, {{1, 2, 2, 3}, {0, 0, 1, 1}, {}, {}}) == 0.875);
  Stream stream(3, Purpose::dataset);
  for (int trial = 0; trial < 50; ++trial) {
    const Said said = random_labels(stream, 1, 2, 30, 8);
    CHECK(value_of("auc", classes_of(2), 1, said) == Approx(brute_auc(said)).epsilon(1e-14));
    // Two outputs stand for their difference.
    Said two = said;
    two.outputs.clear();
    for (const float z : said.outputs) two.outputs.push_back(0.5f), two.outputs.push_back(z + 0.5f);
    CHECK(value_of("auc", classes_of(2), 2, two) == value_of("auc", classes_of(2), 1, said));
  }
  CHECK(std::isnan(value_of("auc", classes_of(2), 1, {{1, 2}, {1, 1}, {}, {}})));
  CHECK(std::isnan(value_of("auc", classes_of(2), 1, {{1, std::nanf("")}, {1, 0}, {}, {}})));
  CHECK(value_of("auc", classes_of(2), 1, {{1, 2, 9}, {0, 1, -1}, {}, {}}) == 1);
}

TEST_CASE("the concordance index is the share of comparable pairs in order, ties counting half") {
  // Times 1 2 3 with events 1 0 1 and risks 5 7 5: comparable are (1, 2): wrong, and (1, 3): a tie.
  CHECK(value_of("c_index", targets_of(2, true), 1, {{5, 7, 5}, {0, 0, 0}, {1, 1, 2, 0, 3, 1}, {}}) == 0.25);
  Stream stream(4, Purpose::dataset);
  for (int trial = 0; trial < 50; ++trial) {
    const Said said = random_subjects(stream, 40);
    CHECK(value_of("c_index", targets_of(2, true), 1, said) == Approx(brute_c_index(said)).epsilon(1e-14));
  }
  // Nobody died, or nobody outlived anyone.
  CHECK(std::isnan(value_of("c_index", targets_of(2, true), 1, {{5, 7}, {0, 0}, {1, 0, 2, 0}, {}})));
  CHECK(std::isnan(value_of("c_index", targets_of(2, true), 1, {{5, 7}, {0, 0}, {2, 1, 2, 1}, {}})));
}

TEST_CASE("top-k and F1 scores of a table by hand") {
  // Four classes; predictions (largest first) against labels:
  //   outputs 9 5 7 1 -> 0, label 2: rank 2;   1 8 3 2 -> 1, label 1: rank 1;   4 4 4 4 -> 0, label 2: rank 3 (ties);
  //   0 1 2 3 -> 3, label 0: rank 4.
  const Said said{{9, 5, 7, 1, 1, 8, 3, 2, 4, 4, 4, 4, 0, 1, 2, 3}, {2, 1, 2, 0}, {}, {}};
  CHECK(value_of("top_2", classes_of(4), 4, said) == 0.5);
  CHECK(value_of("top_3", classes_of(4), 4, said) == 0.75);
  // F1: class 0: TP 0; class 1: TP 1, FP 0, FN 0: 1; class 2: 0; class 3: 0 (it occurs as a prediction). Mean 1/4.
  CHECK(value_of("f1", classes_of(4), 4, said) == 0.25);
  CHECK(value_of("f1", classes_of(5), 4, said) == 0.25);  // the fifth class does not occur
  CHECK(value_of("f1_micro", classes_of(4), 4, said) == 0.25);
  const auto table = metric("confusion").make(classes_of(4));
  table->add(said.of(4, 0, 4));
  CHECK(table->table() == std::vector<double>{0, 0, 0, 1,  //
                                              0, 1, 0, 0,  //
                                              2, 0, 0, 0,  //
                                              0, 0, 0, 0});
  // One output: class 1 where it is above 0. TP 2, FP 1, FN 1 for class 1; TP 0, FP 1, FN 1 for class 0.
  const Said one{{1, 2, 0, 0.5f}, {1, 1, 1, 0}, {}, {}};
  CHECK(value_of("f1", classes_of(2), 1, one) == Approx((4.0 / 6 + 0) / 2).epsilon(1e-15));
  // What is not a number is missed, and is no prediction of any class.
  const Said broken{{std::nanf(""), 1, 0, 1}, {1, 1}, {}, {}};
  CHECK(value_of("f1", classes_of(2), 2, broken) == Approx(2.0 / 3).epsilon(1e-15));
  CHECK(value_of("f1_micro", classes_of(2), 2, broken) == Approx(2.0 / 3).epsilon(1e-15));
  CHECK(value_of("top_2", classes_of(3), 2, {{std::nanf(""), 1}, {1}, {}, {}}) == 0);
  CHECK(std::isnan(value_of("f1", classes_of(4), 4, {})));
  CHECK(std::isnan(value_of("top_2", classes_of(4), 4, {})));
}

TEST_CASE("the micro F1 score is the accuracy, top-k counts sorted ranks") {
  Stream stream(5, Purpose::dataset);
  const Said said = random_labels(stream, 6, 6, 400, 5);
  double right = 0, top = 0;
  for (std::size_t j = 0; j < 400; ++j) {
    const float* z = said.outputs.data() + 6 * j;
    std::vector<Index> order = {0, 1, 2, 3, 4, 5};
    std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return z[a] > z[b]; });
    right += order[0] == said.labels[j] ? 1 : 0;
    for (int k = 0; k < 3; ++k) top += order[static_cast<std::size_t>(k)] == said.labels[j] ? 1 : 0;
  }
  CHECK(value_of("f1_micro", classes_of(6), 6, said) == Approx(right / 400).epsilon(1e-15));
  CHECK(value_of("top_3", classes_of(6), 6, said) == top / 400);
}

TEST_CASE("errors of numbers by hand, far from zero too") {
  // z - y = 1, -2, 0, 1 around targets 1, 2, 3, 6 (mean 3, squares 4 + 1 + 0 + 9 = 14): sum of squares 6.
  for (const float shift : {0.0f, 1.0e6f}) {
    Said said{{2, 0, 3, 7}, {0, 0, 0, 0}, {1, 2, 3, 6}, {}};
    for (float& z : said.outputs) z += shift;
    for (float& y : said.targets) y += shift;
    CHECK(value_of("mae", targets_of(1), 1, said) == 1);
    CHECK(value_of("rmse", targets_of(1), 1, said) == Approx(std::sqrt(1.5)).epsilon(1e-15));
    CHECK(value_of("r2", targets_of(1), 1, said) == Approx(1 - 6.0 / 14).epsilon(1e-10));
  }
  CHECK(std::isnan(value_of("r2", targets_of(1), 1, {{1, 2}, {0, 0}, {3, 3}, {}})));
  CHECK(std::isnan(value_of("mae", targets_of(1), 1, {})));
}

TEST_CASE("perplexity is exp of the mean loss") {
  Score score;
  score.loss_sum = 4 * std::log(10.0);
  score.count = 4;
  CHECK(value_of("perplexity", classes_of(10), 1, {{1}, {0}, {}, score}) == Approx(10).epsilon(1e-15));
  CHECK(std::isnan(value_of("perplexity", classes_of(10), 1, {})));
}

TEST_CASE("blocks merged in order are the whole") {
  Stream stream(6, Purpose::dataset);
  const Said subjects = random_subjects(stream, 60);
  const Said labels = random_labels(stream, 12, 12, 60, 6), binary = random_labels(stream, 1, 2, 60, 6);
  for (const Metric& each : metrics()) {
    CAPTURE(each.about.name);
    const bool survives = each.about.name == "c_index", two = each.about.name == "auc";
    const bool numbers = each.about.name == "mae" || each.about.name == "rmse" || each.about.name == "r2";
    const InputShape shape = survives ? targets_of(2, true) : numbers ? targets_of(2) : classes_of(two ? 2 : 12);
    CHECK(each.mismatch(shape).empty());
    Said said = survives ? subjects : numbers ? subjects : two ? binary : labels;
    if (numbers) said.outputs = labels.outputs;
    const Index channels = survives || two ? 1 : numbers ? 2 : 12;
    if (numbers) said.outputs.resize(120);
    const auto whole = each.make(shape), merged = each.make(shape);
    for (const auto& [begin, end] :
         std::vector<std::pair<std::size_t, std::size_t>>{{0, 7}, {7, 7}, {7, 48}, {48, 60}}) {
      Said part = said;
      part.score.loss_sum = static_cast<double>(end - begin) * 0.7;
      part.score.count = static_cast<double>(end - begin);
      const auto tally = each.make(shape);
      tally->add(part.of(channels, begin, end));
      whole->add(part.of(channels, begin, end));
      merged->merge(*tally);
    }
    if (!each.is_table) {
      CHECK(std::isfinite(whole->value()));
      CHECK(merged->value() == Approx(whole->value()).epsilon(1e-14));
    }
    CHECK(merged->table() == whole->table());
    CHECK(merged->table().empty() != each.is_table);
  }
}

TEST_CASE("a metric that does not fit the data says why") {
  CHECK(metric("auc").mismatch(classes_of(10)) == "needs 2 classes, the data set has 10; f1 takes any number");
  CHECK(metric("auc").mismatch(targets_of(1)) == "needs labels, the data set has numbers to predict");
  CHECK(metric("f1").mismatch(targets_of(1)) == "needs labels, the data set has numbers to predict");
  CHECK(metric("confusion").mismatch(InputShape{}) == "needs labels, the data set has none");
  CHECK(metric("perplexity").mismatch(targets_of(2, true)) == "needs labels, the data set has numbers to predict");
  CHECK(metric("top_5").mismatch(classes_of(5)) == "is always 1 with 5 classes; it needs more than 5");
  CHECK(metric("top_5").mismatch(classes_of(6)).empty());
  CHECK(metric("c_index").mismatch(targets_of(2)) == "needs survival times, the data set has none");
  CHECK(metric("rmse").mismatch(classes_of(3)) == "needs numbers to predict, the data set has none");
  CHECK(metric("r2").mismatch(targets_of(2, true)) ==
        "needs numbers to predict, the data set has survival times; c_index takes these");
}

TEST_CASE("an evaluation with metrics has the bits of one without") {
  const ToyDataset data(12, 6, 900);
  const auto model = toy_network<float>(12, 6, {10});
  const Vector<float> w = random_weights<float>(model.size(), 4);
  SolverMemory<float> memory;
  const auto rows = all_rows(900);
  std::vector<std::unique_ptr<Tally>> tallies;
  tallies.push_back(metric("f1_micro").make(data.shape()));
  tallies.push_back(metric("perplexity").make(data.shape()));
  tallies.push_back(metric("confusion").make(data.shape()));
  const Score plain = evaluate_rows(model, data, rows, w, memory);
  const Score score = evaluate_rows(model, data, rows, w, memory, tallies);
  CHECK(score.loss_sum == plain.loss_sum);
  CHECK(score.correct == plain.correct);
  CHECK(tallies[0]->value() == Approx(plain.accuracy()).epsilon(1e-15));
  CHECK(tallies[1]->value() == std::exp(plain.loss()));
  double all = 0, diagonal = 0;
  const std::vector<double> table = tallies[2]->table();
  for (std::size_t i = 0; i < table.size(); ++i) {
    all += table[i];
    if (i % 7 == 0) diagonal += table[i];
  }
  CHECK(all == 900);
  CHECK(diagonal == plain.correct);
}
