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

/// The problem that a method meets with this model.
template <class T>
ProblemSize problem_size(const Method& method, const Model<T>& model, std::size_t population) {
  return {.d = model.size(),
          .population = static_cast<std::uint32_t>(population),
          .statistics = statistic_stretches(model.layout()),
          .kept = method.kept(model.layout()),
          .initial = [&model](std::uint32_t j) -> Vector<double> {
            return model.initial_weights(Stream(1, Purpose::model_init, j)).template cast<double>();
          }};
}

/// What rounds leave behind.
template <class T>
struct Federation {
  Vector<T> x;                          ///< the server's model [d]
  std::vector<SharedVector<T>> states;  ///< the clients'; null: none
  std::vector<Vector<T>> personal;      ///< the models that the clients are scored with, each [d]
};

/// After `rounds` rounds in which every client of `cohort` reports, in that order; `size` is the method's problem.
template <class T>
Federation<T> federate(const Method& method, const Model<T>& model, const Dataset& dataset,
                       const std::vector<TestClient>& clients, int rounds, const std::vector<std::uint32_t>& cohort,
                       const ProblemSize& size) {
  Algorithm<T> algorithm = make<T>(method, size);
  Federation<T> f{model.initial_weights(Stream(1, Purpose::model_init)), {}, {}};
  f.states.resize(clients.size());
  SolverMemory<T> memory;
  WeightedMean<T> aggregator(model.size());
  SharedVector<T> broadcast = algorithm.server->broadcast();
  const auto input = [&](std::uint32_t id, std::uint32_t round) {
    return ClientInput<T>{.model = model,
                          .data = {&dataset, clients[id].rows},
                          .solver = method.solver(clients[id].solver),
                          .round = round,
                          .global = f.x,
                          .broadcast = broadcast.get(),
                          .state = f.states[id].get(),
                          .stream = Stream(1, Purpose::batches, id, round),
                          .memory = memory};
  };
  for (int round = 0; round < rounds; ++round) {
    for (const std::uint32_t id : cohort) {
      ClientOutput<T> output = algorithm.client->train(input(id, static_cast<std::uint32_t>(round)));
      const Report report{ClientId{id}, clients[id].rows.size(), 0};
      aggregator.absorb(output.delta, algorithm.server->weight(report, output));
      algorithm.server->absorb(output, report);
      if (output.state) f.states[id] = output.state;
    }
    algorithm.server->commit(f.x, aggregator.finish());
    broadcast = algorithm.server->broadcast();
  }
  for (std::uint32_t id = 0; id < clients.size(); ++id) {
    f.personal.push_back(algorithm.client->personal_model(input(id, static_cast<std::uint32_t>(rounds))));
  }
  return f;
}

inline std::vector<std::uint32_t> everyone(const std::vector<TestClient>& clients) {
  std::vector<std::uint32_t> all(clients.size());
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

template <class T>
Federation<T> federate(const Method& method, const Model<T>& model, const Dataset& dataset,
                       const std::vector<TestClient>& clients, int rounds) {
  return federate(method, model, dataset, clients, rounds, everyone(clients),
                  problem_size(method, model, clients.size()));
}

/// The server's model after these rounds. [d]
template <class T>
Vector<T> run_rounds(const Method& method, const Model<T>& model, const Dataset& dataset,
                     const std::vector<TestClient>& clients, int rounds, const std::vector<std::uint32_t>& cohort) {
  return federate(method, model, dataset, clients, rounds, cohort, problem_size(method, model, clients.size())).x;
}

template <class T>
Vector<T> run_rounds(const Method& method, const Model<T>& model, const Dataset& dataset,
                     const std::vector<TestClient>& clients, int rounds) {
  return run_rounds(method, model, dataset, clients, rounds, everyone(clients));
}

}  // namespace fedtide::testing
