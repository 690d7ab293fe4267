// The click-through world against the factors it was made with.

#include "datasets/synthetic/click_through.h"

#include <algorithm>
#include <cmath>

#include "sim/base/statistics.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/learn/solver.h"
#include "tests/datasets/partitions.h"
#include "tests/datasets/sources.h"

using namespace fedtide;

namespace {

double click_probability(const ClickThroughOptions& o, const Vector<double>& w, std::uint32_t user,
                         std::uint32_t item) {
  return 1 / (1 + std::exp(-click_through_log_odds(o, w, user, item)));
}

}  // namespace

TEST_CASE("click_through: users are the clients, each shown as many items") {
  const DataSource source = source_of("click_through");
  REQUIRE(source.natural_clients->population() == 100);
  CHECK(is_partition(*source.natural_clients, source.train->size()));
  CHECK(is_partition(*source.natural_test, source.test->size()));
  const Batch<double> batch = everything(*source.train);
  for (std::uint32_t user = 0; user < 100; ++user) {
    CHECK(source.natural_clients->size(ClientId{user}) == 100);
    CHECK(source.natural_test->size(ClientId{user}) == 25);
    for (const std::uint32_t row : source.natural_clients->of(ClientId{user})) {
      const auto at = static_cast<std::size_t>(batch.rows[row]);
      CHECK(batch.rows[row + 1] - batch.rows[row] == 2);
      CHECK(batch.columns[at] == static_cast<int>(user));
      CHECK(batch.columns[at + 1] >= 100);
      CHECK(batch.columns[at + 1] < 300);
    }
  }
}

TEST_CASE("click_through: items are shown by Zipf's law") {
  ClickThroughOptions o;
  o.items = 10;
  const DataSource source = generate_click_through(o, 2);
  const Batch<double> batch = everything(*source.train);
  std::vector<double> shown(10);
  for (std::size_t e = 1; e < batch.columns.size() && e < 20000; e += 2)
    ++shown[static_cast<std::size_t>(batch.columns[e]) - 100];
  const double harmonic = 7381 / 2520.0;  // 1 + 1/2 + .. + 1/10
  for (std::size_t r = 0; r < 10; ++r) {
    const double p = 1 / (static_cast<double>(r) + 1) / harmonic;
    INFO(r);
    CHECK(std::abs(shown[r] / 10'000 - p) < 3 * share_error(p, 10'000));
  }
}

TEST_CASE("click_through: clicks come as often as the factors say, and the machine with these weights has their loss") {
  ClickThroughOptions o;
  o.samples = 400;
  const DataSource source = generate_click_through(o, 3);
  const Vector<double> w = click_through_weights(o, 3);
  const Batch<double> batch = everything(*source.train);
  double surprise = 0, variance = 0, loss_variance = 0, entropy = 0;
  for (std::uint32_t row = 0; row < source.train->size(); ++row) {
    const auto at = static_cast<std::size_t>(batch.rows[row]);
    const double p = click_probability(o, w, static_cast<std::uint32_t>(batch.columns[at]),
                                       static_cast<std::uint32_t>(batch.columns[at + 1]) - o.users);
    surprise += source.train->labels()[row] - p;
    variance += p * (1 - p);
    entropy -= p * std::log(p) + (1 - p) * std::log(1 - p);
    loss_variance += p * (1 - p) * std::pow(std::log(p / (1 - p)), 2);
  }
  CHECK(std::abs(surprise) < 3 * std::sqrt(variance));

  Problems problems;
  const Node root = load_yaml_text("factors: 4", "exp.yaml");
  const auto factory = read_config(
      root, problems, [](Section& s) { return Registry<ModelEntry>::instance().at("factorization_machine").read(s); });
  const auto model = factory->make_double(source.train->shape());
  std::vector<std::uint32_t> rows(source.train->size());
  std::iota(rows.begin(), rows.end(), 0u);
  SolverMemory<double> memory;
  REQUIRE(model->size() == w.size());
  const double n = source.train->size();
  const double loss = evaluate_rows(*model, *source.train, rows, w, memory).loss();
  CHECK(std::abs(loss - entropy / n) < 3 * std::sqrt(loss_variance) / n);
}

TEST_CASE("click_through: more samples than 32 bits count are a mistake") {
  Settings settings;
  settings.numbers = {{"users", 1e6}, {"samples", 5000}};
  source_loader("click_through", settings);
  CHECK(settings.mistakes ==
        std::vector<std::string>{"samples: 1000000 users would be shown 5000000000 items together, must be at most "
                                 "4294967295"});
}
