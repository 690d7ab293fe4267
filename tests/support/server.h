#pragma once
// A method's server half alone, fed with updates in one dimension: for rules that can be followed by hand.

#include <vector>

#include "tests/support/read.h"

namespace fedtide::testing {

/// One client's update as the server gets it.
struct Update1 {
  double delta = 0;
  std::uint64_t samples = 1;
  std::uint32_t staleness = 0;
  Vector<double> extra = {};
};

/// The model of one weight after each round of updates, from `start`; of `population` clients.
inline std::vector<double> served(const std::string& method, double start,
                                  const std::vector<std::vector<Update1>>& rounds, std::uint32_t population = 2) {
  const Algorithm<double> algorithm = read_method(method)->make_double({1, population});
  WeightedMean<double> aggregator(1);
  Vector<double> x = Vector<double>::Constant(1, start);
  std::vector<double> models;
  for (const std::vector<Update1>& round : rounds) {
    std::uint32_t client = 0;
    for (const Update1& update : round) {
      const Report report{ClientId{client++}, update.samples, update.staleness};
      ClientOutput<double> output;
      output.delta = Vector<double>::Constant(1, update.delta);
      output.extra = update.extra;
      aggregator.absorb(output.delta, algorithm.server->weight(report, output));
      algorithm.server->absorb(output, report);
    }
    algorithm.server->commit(x, aggregator.finish());
    models.push_back(x[0]);
  }
  return models;
}

}  // namespace fedtide::testing
