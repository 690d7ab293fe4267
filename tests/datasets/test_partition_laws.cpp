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

/// Schemes that hand out samples themselves, with the keys that have no default.
template <class Run>
void for_each_scheme(Run run) {
  for (const About& about : Registry<PartitionEntry>::instance().list()) {
    if (about.name == "natural") continue;
    INFO(about.name);
    run(about.name, *scheme(about.name, {{"alpha", 0.5}, {"min_size", 1}}));
  }
}

TEST_CASE("the promised schemes are registered") {
  for (const char* name : {"iid", "shards", "dirichlet", "dirichlet_by_class", "natural"}) {
    CHECK(Registry<PartitionEntry>::instance().find(name) != nullptr);
  }
}

TEST_CASE("every sample goes to exactly one client, and every client gets one, or the scheme says why not") {
  int done = 0;
  for_each_scheme([&](const std::string&, const Partitioner& partitioner) {
    for (const Case& c : kCases) {
      INFO(c.name);
      const std::vector<std::int32_t> labels = make_labels(c.per_class);
      Shards shards;
      const Said said = said_by([&] {
        shards = partitioner.partition(handing_out(labels, static_cast<int>(c.per_class.size()), c.clients, 1));
      });
      if (said.code != ExitCode::done) {
        CHECK(said.code == ExitCode::usage);
        CHECK(c.clients > 1);
        continue;
      }
      ++done;
      CHECK(shards.population() == c.clients);
      CHECK(is_partition(shards, labels.size()));
      const auto sizes = sizes_of(shards);
      CHECK(*std::min_element(sizes.begin(), sizes.end()) > 0);
    }
  });
  CHECK(done >= 17);  // of 20
}

TEST_CASE("a partition is a function of its seed, and different seeds differ") {
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 600));
  for_each_scheme([&](const std::string&, const Partitioner& partitioner) {
    const Shards once = partitioner.partition(handing_out(labels, 10, 20, 7));
    const Shards again = partitioner.partition(handing_out(labels, 10, 20, 7));
    const Shards other = partitioner.partition(handing_out(labels, 10, 20, 8));
    CHECK(once.rows == again.rows);
    CHECK(once.begin == again.begin);
    CHECK(once.rows != other.rows);
    // A seed above 32 bits is another one.
    CHECK(partitioner.partition(handing_out(labels, 10, 20, 7 + (1ull << 32))).rows != once.rows);
  });
}

TEST_CASE("the rows of a shard ascend") {
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(10, 60));
  for_each_scheme([&](const std::string&, const Partitioner& partitioner) {
    const Shards shards = partitioner.partition(handing_out(labels, 10, 20, 7));
    for (std::uint32_t i = 0; i < 20; ++i) {
      const auto mine = shards.of(ClientId{i});
      CHECK(std::is_sorted(mine.begin(), mine.end()));
    }
  });
}

TEST_CASE("more clients than samples, no clients, no labels: each has its message") {
  const std::vector<std::int32_t> labels = make_labels({3, 2});
  for_each_scheme([&](const std::string& name, const Partitioner& partitioner) {
    CHECK(said_by([&] { partitioner.partition(handing_out(labels, 2, 6, 1)); }) ==
          Said{ExitCode::usage, "data.clients: 6 clients cannot share 5 samples, must be at most 5"});
    CHECK(said_by([&] { partitioner.partition(handing_out(labels, 2, 0, 1)); }) ==
          Said{ExitCode::usage, "data.clients: found 0, must be at least 1"});
    const Said unlabeled = said_by([&] { partitioner.partition({5, {}, 0, {}, 1, 1}); });
    CHECK(unlabeled == (partitioner.needs_labels()
                            ? Said{ExitCode::usage, "data.partition: " + name +
                                                        " hands out samples by their labels, and this data set has "
                                                        "none; use iid or natural"}
                            : Said{}));
  });
  CHECK(
      said_by([&] { scheme("natural")->partition(handing_out(labels, 2, 1, 1)); }) ==
      Said{
          ExitCode::usage,
          "data.partition.scheme: natural needs a data set that comes with its own clients, and this one does not; use "
          "iid, shards, dirichlet or dirichlet_by_class"});
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
