// Laws that hold for every registered way to hand out samples; a new scheme is under them without a test of its own.

#include <algorithm>
#include <cmath>

#include "sim/learn/skew.h"
#include "tests/catch.h"
#include "tests/datasets/helpers.h"
#include "tests/datasets/partitions.h"

namespace fedtide {
namespace {

struct Case {
  std::string name;
  std::vector<int> per_class;
  std::uint32_t clients;
};
const std::vector<Case> kCases{
    {"even", std::vector<int>(10, 600), 20},           {"one client", std::vector<int>(10, 600), 1},
    {"does not divide", {601, 7, 0, 300, 1}, 13},      {"one class", {500}, 50},
    {"as many clients as samples", {30, 20, 50}, 100},
};

/// Schemes that hand out samples to any number of clients, with the keys that have no default or that suit small cases.
template <class Run>
void for_each_scheme(Run run) {
  for (const About& about : Registry<PartitionEntry>::instance().list()) {
    INFO(about.name);
    Settings settings;
    settings.numbers = {
        {"alpha", 0.5}, {"min_size", 1}, {"similarity", 0.3}, {"labels_per_client", 1}, {"first_samples", 1}};
    settings.texts = {{"column", "pair"}, {"path", "none"}};
    const auto partitioner = scheme(about.name, settings);
    REQUIRE(settings.mistakes.empty());
    if (!partitioner->fixes_clients()) run(about.name, *partitioner);
  }
}

/// Labels in pairs: 0 and 1 together, 2 and 3, ...
std::vector<Column> pairs(const std::vector<std::int32_t>& labels, std::size_t classes) {
  Column column{"pair", {}, {}};
  for (std::size_t k = 0; k < classes; k += 2) column.groups.push_back(fmt::format("{}", k));
  for (const std::int32_t label : labels) column.codes.push_back(static_cast<std::uint32_t>(label) / 2);
  return {column};
}

/// What is handed out in these tests: with a column, which some schemes need.
struct Hand {
  std::vector<std::int32_t> labels;
  std::vector<Column> columns;
  int classes;

  explicit Hand(const std::vector<int>& per_class)
      : labels(make_labels(per_class)),
        columns(pairs(labels, per_class.size())),
        classes(static_cast<int>(per_class.size())) {}
  PartitionInput out(std::uint32_t clients, std::uint64_t seed) const {
    PartitionInput in = handing_out(labels, classes, clients, seed);
    in.columns = columns;
    return in;
  }
};

TEST_CASE("the promised schemes are registered") {
  for (const char* name : {"iid", "shards", "dirichlet", "dirichlet_by_class", "label_count", "quantity", "mixed",
                           "pachinko", "power_law", "similarity", "by_column", "from_file", "natural"}) {
    CHECK(Registry<PartitionEntry>::instance().find(name) != nullptr);
  }
}

TEST_CASE("every sample goes to exactly one client, and every client gets one, or the scheme says why not") {
  int done = 0;
  for_each_scheme([&](const std::string&, const Partitioner& partitioner) {
    for (const Case& c : kCases) {
      INFO(c.name);
      const Hand hand(c.per_class);
      Shards shards;
      const Said said = said_by([&] { shards = partitioner.partition(hand.out(c.clients, 1)); });
      if (said.code != ExitCode::done) {
        CHECK(said.code == ExitCode::usage);
        CHECK((c.clients > 1 || said.message.find("without a client") != std::string::npos));
        continue;
      }
      ++done;
      CHECK(shards.population() == c.clients);
      CHECK(is_partition(shards, hand.labels.size()));
      const auto sizes = sizes_of(shards);
      CHECK(*std::min_element(sizes.begin(), sizes.end()) > 0);
    }
  });
  CHECK(done >= 38);  // of 50
}

TEST_CASE("a partition is a function of its seed, and different seeds differ") {
  const Hand hand(std::vector<int>(10, 600));
  for_each_scheme([&](const std::string&, const Partitioner& partitioner) {
    const Shards once = partitioner.partition(hand.out(20, 7));
    const Shards again = partitioner.partition(hand.out(20, 7));
    const Shards other = partitioner.partition(hand.out(20, 8));
    CHECK(once.rows == again.rows);
    CHECK(once.begin == again.begin);
    CHECK(once.rows != other.rows);
    // A seed above 32 bits is another one.
    CHECK(partitioner.partition(hand.out(20, 7 + (1ull << 32))).rows != once.rows);
  });
}

TEST_CASE("the rows of a shard ascend") {
  const Hand hand(std::vector<int>(10, 60));
  for_each_scheme([&](const std::string&, const Partitioner& partitioner) {
    const Shards shards = partitioner.partition(hand.out(20, 7));
    for (std::uint32_t i = 0; i < 20; ++i) {
      const auto mine = shards.of(ClientId{i});
      CHECK(std::is_sorted(mine.begin(), mine.end()));
    }
  });
}

TEST_CASE("more clients than samples, no clients, no samples, no labels: each has its message") {
  const Hand hand({3, 2});
  for_each_scheme([&](const std::string& name, const Partitioner& partitioner) {
    CHECK(said_by([&] { partitioner.partition(hand.out(6, 1)); }) ==
          Said{ExitCode::usage, "data.clients: 6 clients cannot share 5 samples, must be at most 5"});
    CHECK(said_by([&] { partitioner.partition(hand.out(0, 1)); }) ==
          Said{ExitCode::usage, "data.clients: found 0, must be at least 1"});
    const Said unlabeled = said_by([&] { partitioner.partition({5, {}, 0, {}, 1, 1}); });
    CHECK(unlabeled == (partitioner.needs_labels()
                            ? Said{ExitCode::usage, "data.partition: " + name +
                                                        " hands out samples by their labels, and this data set has "
                                                        "none; use iid or natural"}
                            : Said{}));
  });
  CHECK(said_by([&] {
          scheme("iid")->partition({0, {}, 0, {}, 1, 1});
        }) == Said{ExitCode::usage, "data: there are no samples to hand out"});
  CHECK(said_by([&] { scheme("natural")->partition(hand.out(1, 1)); }) ==
        Said{ExitCode::usage,
             "data.partition.scheme: natural needs a data set that comes with its own clients, and this one does not; "
             "use iid, shards, dirichlet or dirichlet_by_class"});
}

TEST_CASE("a scheme that shares samples gives a client no sample twice, and says that it shares") {
  const Hand hand({40, 3, 0, 7});
  for (const char* name : {"iid", "quantity", "dirichlet"}) {
    INFO(name);
    Settings settings;
    settings.numbers = {{"alpha", 0.3}, {"samples_per_client", 20}, {"min_size", 1}};
    settings.flags = {{"sharing", true}};
    const auto partitioner = scheme(name, settings);
    CHECK(settings.mistakes.empty());
    CHECK(partitioner->shares());
    const Shards shards = partitioner->partition(hand.out(500, 3));
    REQUIRE(shards.population() == 500);
    for (std::uint32_t i = 0; i < 500; ++i) {
      const auto mine = shards.of(ClientId{i});
      CHECK_FALSE(mine.empty());
      CHECK(std::adjacent_find(mine.begin(), mine.end(), [](auto a, auto b) { return a >= b; }) == mine.end());
      CHECK(mine.back() < 50);
    }
    CHECK(partitioner->partition(hand.out(500, 3)).rows == shards.rows);
    CHECK(partitioner->partition(hand.out(500, 4)).rows != shards.rows);
    CHECK(said_by([&] { partitioner->partition(hand.out(0, 1)); }) ==
          Said{ExitCode::usage, "data.clients: found 0, must be at least 1"});
  }
}

TEST_CASE("alpha at both ends of the floating-point range still gives a partition") {
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 600));
  for (const char* name : {"dirichlet", "dirichlet_by_class"}) {
    for (const double alpha : {5e-324, 1e-300, 1e-10, 1.0, 1e10, 1e300, 1.7e308}) {
      INFO(name << " " << alpha);
      const Shards shards = scheme(name, {{"alpha", alpha}, {"min_size", 1}})->partition(handing_out(labels, 10, 5, 1));
      CHECK(is_partition(shards, labels.size()));
    }
  }
}

}  // namespace
}  // namespace fedtide
