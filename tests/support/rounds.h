#pragma once
// Rounds of a method without engine and fleet: all clients, in order, in either scalar. For what the mathematics alone
// must obey.

#include <memory>
#include <vector>

#include "datasets/dense_dataset.h"
#include "sim/federation/algorithm.h"

namespace fedtide::testing {

/// One client of a test: its rows and how it trains.
struct TestClient {
  std::vector<std::uint32_t> rows;
  SolverSpec solver;
};

template <class T>
Algorithm<T> make(const Method& method, const ProblemSize& size) {
  if constexpr (std::is_same_v<T, float>) {
    return method.make_float(size);
  } else {
    return method.make_double(size);
  }
}

/// The model after `rounds` rounds in which every client of `cohort` reports, in that order. [d]
template <class T>
Vector<T> run_rounds(const Method& method, const Model<T>& model, const Dataset& dataset,
                     const std::vector<TestClient>& clients, int rounds, const std::vector<std::uint32_t>& cohort) {
  Algorithm<T> algorithm =
      make<T>(method, {model.size(), static_cast<std::uint32_t>(clients.size()), statistic_stretches(model.layout())});
  Vector<T> x = model.initial_weights(Stream(1, Purpose::model_init));
  std::vector<SharedVector<T>> states(clients.size());
  SolverMemory<T> memory;
  WeightedMean<T> aggregator(model.size());
  for (int round = 0; round < rounds; ++round) {
    const SharedVector<T> broadcast = algorithm.server->broadcast();
    for (const std::uint32_t id : cohort) {
      const TestClient& client = clients[id];
      const ClientInput<T> input{.model = model,
                                 .data = {&dataset, client.rows},
                                 .solver = method.solver(client.solver),
                                 .round = round,
                                 .global = x,
                                 .broadcast = broadcast.get(),
                                 .state = states[id].get(),
                                 .stream = Stream(1, Purpose::batches, id, static_cast<std::uint32_t>(round)),
                                 .memory = memory};
      ClientOutput<T> output = algorithm.client->train(input);
      const Report report{ClientId{id}, client.rows.size(), 0};
      aggregator.absorb(output.delta, algorithm.server->weight(report, output));
      algorithm.server->absorb(output, report);
      if (output.state) states[id] = output.state;
    }
    algorithm.server->commit(x, aggregator.finish());
  }
  return x;
}

template <class T>
Vector<T> run_rounds(const Method& method, const Model<T>& model, const Dataset& dataset,
                     const std::vector<TestClient>& clients, int rounds) {
  std::vector<std::uint32_t> everyone(clients.size());
  for (std::uint32_t i = 0; i < everyone.size(); ++i) everyone[i] = i;
  return run_rounds(method, model, dataset, clients, rounds, everyone);
}

}  // namespace fedtide::testing
