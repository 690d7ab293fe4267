#include "tests/catch.h"
#include "tests/learn/toy.h"

using namespace fedtide;

namespace {

Work of_epochs(std::int64_t epochs, std::optional<std::int64_t> batch, std::uint64_t n) {
  SolverSpec spec;
  spec.epochs = epochs;
  spec.batch_size = batch;
  return work_of(spec, n);
}

Work of_steps(std::int64_t steps, std::optional<std::int64_t> batch, std::uint64_t n) {
  SolverSpec spec;
  spec.epochs = 99;
  spec.steps = steps;
  spec.batch_size = batch;
  return work_of(spec, n);
}

}  // namespace

TEST_CASE("work counts steps and samples, the short batch at an epoch's end included") {
  // 25 samples by 10: batches of 10, 10, 5.
  CHECK(of_epochs(1, 10, 25).steps == 3);
  CHECK(of_epochs(1, 10, 25).samples == 25);
  CHECK(of_epochs(4, 10, 25).steps == 12);
  CHECK(of_epochs(4, 10, 25).samples == 100);
  CHECK(of_epochs(2, 10, 20).steps == 4);
  CHECK(of_epochs(3, std::nullopt, 25).steps == 3);
  CHECK(of_epochs(3, std::nullopt, 25).samples == 75);
  CHECK(of_epochs(3, 100, 25).steps == 3);
  // In steps: 10, 10, 5, 10, 10, 5, ...
  const std::int64_t samples[] = {10, 20, 25, 35, 45, 50, 60};
  for (std::int64_t k = 1; k <= 7; ++k) {
    CHECK(of_steps(k, 10, 25).steps == k);
    CHECK(of_steps(k, 10, 25).samples == samples[k - 1]);
  }
  CHECK(of_steps(5, std::nullopt, 25).samples == 125);
}

TEST_CASE("a client without data has no work") {
  CHECK(of_epochs(3, 10, 0).steps == 0);
  CHECK(of_steps(3, 10, 0).steps == 0);
  CHECK(of_steps(3, std::nullopt, 0).samples == 0);
}

TEST_CASE("the most work that the keys allow does not overflow") {
  CHECK(of_epochs(1000000000, 1, 4000000000ULL).samples == 4000000000000000000LL);
}

TEST_CASE("the learning rate goes down in steps") {
  SolverSpec spec;
  spec.lr = 0.1;
  CHECK(spec.lr_at(0) == 0.1);
  CHECK(spec.lr_at(1000) == 0.1);
  spec.lr_decay = 0.5;
  spec.lr_decay_every = 10;
  CHECK(spec.lr_at(9) == 0.1);
  CHECK(spec.lr_at(10) == 0.05);
  CHECK(spec.lr_at(29) == 0.025);
}

TEST_CASE("shards are appended one client at a time") {
  Shards shards;
  CHECK(shards.population() == 0);
  const std::vector<std::uint32_t> first = {4, 2}, none, third = {9};
  shards.append(first);
  shards.append(none);
  shards.append(third);
  CHECK(shards.population() == 3);
  CHECK(shards.size(ClientId{1}) == 0);
  CHECK(shards.of(ClientId{0})[1] == 2);
  CHECK(shards.of(ClientId{2})[0] == 9);
  CHECK(shards.rows.size() == 3);
}
