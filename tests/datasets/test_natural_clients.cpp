#include "datasets/natural_clients.h"

#include <numeric>
#include <set>

#include "datasets/dense_dataset.h"
#include "tests/datasets/helpers.h"
#include "tests/datasets/settings.h"

namespace fedtide {
namespace {

/// n samples of one feature, which is the row's number, with label row % 3.
std::shared_ptr<const Dataset> numbered(std::uint32_t n) {
  Matrix<float> values(1, n);
  std::vector<std::int32_t> labels;
  for (std::uint32_t i = 0; i < n; ++i) {
    values(0, i) = static_cast<float>(i);
    labels.push_back(static_cast<std::int32_t>(i % 3));
  }
  return std::make_shared<DenseDataset>(InputShape{InputShape::Kind::dense, {1}, 3}, values, labels);
}

/// Client c holds c + 1 samples for training and one for testing; the last sample for testing is nobody's.
DataSource source_of(std::uint32_t clients) {
  DataSource source;
  source.natural_clients.emplace();
  source.natural_test.emplace();
  source.columns.push_back({"parity", {"even", "odd"}, {}});
  std::uint32_t row = 0;
  for (std::uint32_t c = 0; c < clients; ++c) {
    std::vector<std::uint32_t> rows(c + 1);
    std::iota(rows.begin(), rows.end(), row);
    row += c + 1;
    source.natural_clients->append(rows);
    source.natural_test->append(std::vector<std::uint32_t>{c});
    source.client_names.push_back("c" + std::to_string(c));
    for (std::uint32_t i = 0; i <= c; ++i) source.columns[0].codes.push_back(c % 2);
  }
  source.train = numbered(row);
  source.test = numbered(clients + 1);
  source.provenance = "somewhere";
  return source;
}

std::vector<float> values_of(const Dataset& data, std::span<const std::uint32_t> rows) {
  Batch<float> batch;
  data.gather(rows, batch);
  return {batch.dense.data(), batch.dense.data() + rows.size()};
}

TEST_CASE("rows are grouped by their codes, in order, and a group may be empty") {
  const Shards shards = rows_by_group(std::vector<std::uint32_t>{2, 0, 2, 3, 0}, 4);
  CHECK(shards.begin == std::vector<std::uint64_t>{0, 2, 2, 4, 5});
  CHECK(shards.rows == std::vector<std::uint32_t>{1, 4, 0, 2, 3});
  CHECK_THROWS(rows_by_group(std::vector<std::uint32_t>{1}, 1));
}

TEST_CASE("clients with fewer samples are left out, with all that is theirs") {
  DataSource source = source_of(4);
  choose_clients(source, {3, 1}, 1, "D");
  // Clients 2 and 3 stay, with rows 3 4 5 and 6 7 8 9 for training, 2 and 3 for testing; test row 4 is nobody's.
  CHECK(source.client_names == std::vector<std::string>{"c2", "c3"});
  CHECK(source.natural_clients->begin == std::vector<std::uint64_t>{0, 3, 7});
  CHECK(source.train->size() == 7);
  CHECK(values_of(*source.train, source.natural_clients->of(ClientId{0})) == std::vector<float>{3, 4, 5});
  CHECK(values_of(*source.train, source.natural_clients->of(ClientId{1})) == std::vector<float>{6, 7, 8, 9});
  CHECK(source.train->labels()[3] == 0);
  CHECK(source.test->size() == 3);
  CHECK(values_of(*source.test, source.natural_test->rows) == std::vector<float>{2, 3});
  CHECK(values_of(*source.test, std::vector<std::uint32_t>{2}) == std::vector<float>{4});
  CHECK(source.columns[0].codes == std::vector<std::uint32_t>{0, 0, 0, 1, 1, 1, 1});
  CHECK(source.provenance == "somewhere; 2 of 4 clients take part");
}

TEST_CASE("without a choice nothing changes") {
  DataSource source = source_of(3);
  const Dataset* before = source.train.get();
  choose_clients(source, {}, 1, "D");
  CHECK(source.train.get() == before);
  CHECK(source.provenance == "somewhere");
  DataSource none;
  choose_clients(none, {5, 0.1}, 1, "D");
  CHECK_FALSE(none.natural_clients);
}

TEST_CASE("a fraction of the clients is drawn anew with each seed, each client equally often") {
  std::vector<int> times(10, 0);
  std::set<std::vector<std::string>> seen;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    DataSource source = source_of(10);
    choose_clients(source, {1, 0.3}, seed, "D");
    REQUIRE(source.client_names.size() == 3);
    CHECK(std::is_sorted(source.client_names.begin(), source.client_names.end()));
    seen.insert(source.client_names);
    for (const std::string& name : source.client_names) ++times[static_cast<std::size_t>(name[1] - '0')];
  }
  CHECK(seen.size() == 120);  // all of 10 over 3
  // Each is drawn with probability 0.3: standard error sqrt(1000 x 0.3 x 0.7) = 14.5.
  for (const int n : times) CHECK(std::abs(n - 300) < 4.5 * 14.5);
}

TEST_CASE("at least one client is drawn, and nobody left is an error") {
  DataSource source = source_of(4);
  choose_clients(source, {1, 0.001}, 1, "D");
  CHECK(source.natural_clients->population() == 1);
  DataSource few = source_of(4);
  CHECK(said_by([&] {
          choose_clients(few, {5, 1}, 1, "D");
        }) ==
        Said{ExitCode::data_damaged, "D: none of the 4 clients has the 5 samples that data.min_samples asks for"});
}

TEST_CASE("the choice is read from data's keys") {
  Settings settings;
  CHECK(read_client_choice(settings).min_samples == 1);
  CHECK(read_client_choice(settings).fraction == 1);
  settings.numbers = {{"min_samples", 10}, {"client_fraction", 0.25}};
  CHECK(read_client_choice(settings).min_samples == 10);
  CHECK(read_client_choice(settings).fraction == 0.25);
  settings.numbers = {{"min_samples", 0}, {"client_fraction", 0}};
  read_client_choice(settings);
  CHECK(settings.mistakes ==
        std::vector<std::string>{"min_samples: is out of bounds", "client_fraction: is out of bounds"});
}

}  // namespace
}  // namespace fedtide
