#pragma once
// A federated algorithm is two halves, because that is what papers change: what a client computes, and what the server
// makes of the updates. Templates on the scalar: float runs, double is held against closed forms.
//
// A worker only ever holds a const ClientHalf and values; it cannot reach server state. The ServerHalf lives on the
// engine's thread and is called in event order, so it needs no locks.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/registry.h"
#include "sim/federation/aggregator.h"
#include "sim/learn/solver.h"

namespace fedtide {

/// All that a client's training may read: values, or const. `memory` is the worker's own scratch.
template <class T>
struct ClientInput {
  const Model<T>& model;
  ClientData data;
  SolverSpec solver;
  std::int64_t round = 0;      ///< version of `global`
  const Vector<T>& global;     ///< x, the model it was sent [d]
  const Vector<T>* broadcast;  ///< the server's addition [broadcast_size]; null when there is none
  const Vector<T>* state;      ///< its own state from its last accepted report; null the first time
  Stream stream;               ///< Purpose::batches of this turn
  SolverMemory<T>& memory;
};

/// What a client's training gives.
template <class T>
struct ClientOutput {
  Vector<T> delta;        ///< y - x: local result minus the model it was sent [d]
  Vector<T> extra;        ///< the method's addition to the upload [extra_size]; empty when there is none
  SharedVector<T> state;  ///< what it keeps for its next turn; null: keeps what it had
  LocalRun run;
};

/// The circumstances of one accepted report, known from the timeline alone.
struct Report {
  ClientId client{};
  std::uint64_t samples = 0;    ///< n_k, the training samples that the client had at its dispatch
  std::uint32_t staleness = 0;  ///< versions committed between its dispatch and its report
  std::uint64_t first = 0;      ///< the first of them in its shard
  /// Steps that it had time for, fewer than local training has; none: it did all of them.
  std::optional<std::int64_t> steps = {};
};

template <class T>
class ClientHalf {
 public:
  virtual ~ClientHalf() = default;
  /// On a worker's thread.
  virtual ClientOutput<T> train(const ClientInput<T>& in) const = 0;
  /// The model that a client is scored with on its own held-out data (Traits::personal) [d]. On a worker's thread. `in`
  /// has the version that is evaluated, the samples that the client holds by then, its newest state, and a stream of
  /// this evaluation's; nothing that is computed here is kept.
  virtual Vector<T> personal_model(const ClientInput<T>& in) const { return in.global; }
};

template <class T>
class ServerHalf {
 public:
  virtual ~ServerHalf() = default;
  /// What goes to clients beside the model; made when a version is committed. Null: nothing.
  virtual SharedVector<T> broadcast() const { return nullptr; }
  /// The weight of a report's delta in the mean; the number of samples unless the paper says otherwise.
  virtual double weight(const Report& report, const ClientOutput<T>& /*output*/) const {
    return static_cast<double>(report.samples);
  }
  /// Takes in what an update carries beside its delta.
  virtual void absorb(const ClientOutput<T>& /*output*/, const Report& /*report*/) {}
  /// Makes the next version in place: x [d] from the aggregate of what was absorbed.
  virtual void commit(Vector<T>& x, const Aggregate<T>& aggregate) { x += aggregate.mean; }
  /// Names all that it keeps from one call to the next, for checkpoints; what it was made with is no part of it.
  virtual void visit_state(StateVisitor& /*state*/) {}
};

template <class T>
struct Algorithm {
  std::unique_ptr<const ClientHalf<T>> client;
  std::unique_ptr<ServerHalf<T>> server;
};

/// What the rest of the simulator must know of a method before anything is computed.
struct Traits {
  bool stateful = false;           ///< clients keep state between turns
  bool pooled = false;             ///< runs on all data in one place, without a fleet
  Index broadcast_per_weight = 0;  ///< scalars sent down beside the model, per weight
  Index extra_per_weight = 0;      ///< scalars sent up beside the delta, per weight
  bool whole_models = false;       ///< a delta is the client's model minus the one that the server has at its turn
  double extra_passes = 0;         ///< gradient passes over the client's data beside local training
  Index broadcast_scalars = 0;     ///< more scalars sent down, whatever the model
  Index extra_scalars = 0;         ///< more scalars sent up, whatever the model
  double server_per_weight =
      0;                  ///< what the server half keeps, beside its broadcast, in float32 per weight (a double: 2)
  bool personal = false;  ///< clients are scored with models of their own: ClientHalf::personal_model()
  bool several_models = false;  ///< the server's vector is one of several models, and none of them is everybody's
  double extra_trainings = 0;   ///< further gradient passes, per pass of local training

  Index broadcast_size(Index d) const { return d * broadcast_per_weight + broadcast_scalars; }
  Index extra_size(Index d) const { return d * extra_per_weight + extra_scalars; }
};

/// The size of the problem a method is built for.
struct ProblemSize {
  Index d = 0;
  std::uint32_t population = 0;  ///< N
  /// What of the vector is running statistics and no weights: a server that does more than take the mean leaves these
  /// to it.
  std::vector<Stretch> statistics = {};
  std::vector<Stretch> kept = {};  ///< Method::kept() of this model
  /// First weights of further models [d], for methods with several: the j-th, from 1. In double, whatever the scalar.
  std::function<Vector<double>(std::uint32_t j)> initial = {};
};

/// A method with its parameters read, ready to be built.
class Method {
 public:
  virtual ~Method() = default;
  virtual Traits traits() const = 0;
  /// Why the method cannot work with this local training; empty when it can.
  virtual std::string objection(const SolverSpec& given) const = 0;
  /// What the method demands of local training; the experiment's own by default.
  virtual SolverSpec solver(const SolverSpec& given) const = 0;
  /// What of the vector stays at the clients, in order: it is sent in neither direction, and in the server's vector it
  /// keeps its first values. A method with such stretches has no model for everybody.
  virtual std::vector<Stretch> kept(const Layout& /*layout*/) const { return {}; }
  /// Why the method cannot work with this model; empty when it can.
  virtual std::string misfit(const Layout& /*layout*/) const { return ""; }
  virtual Algorithm<float> make_float(const ProblemSize& size) const = 0;
  virtual Algorithm<double> make_double(const ProblemSize& size) const = 0;
};

struct AlgorithmEntry {
  About about;
  std::unique_ptr<Method> (*read)(Section& section);  ///< reads its keys from `algorithm:`
};

/// Base of a method's parameter struct: what most methods leave as it is.
struct MethodDefaults {
  Traits traits() const { return {}; }
  std::string objection(const SolverSpec&) const { return ""; }
  SolverSpec solver(const SolverSpec& given) const { return given; }
  std::vector<Stretch> kept(const Layout&) const { return {}; }
  std::string misfit(const Layout&) const { return ""; }
};

/// Registers `P`: a struct with `static P read(Section&)` and `template <class T> Algorithm<T> make(const ProblemSize&)
/// const`.
template <class P>
struct RegisterAlgorithm : Registration<AlgorithmEntry> {
  explicit RegisterAlgorithm(About about)
      : Registration<AlgorithmEntry>({std::move(about), [](Section& s) -> std::unique_ptr<Method> {
                                        return std::make_unique<Adapter>(P::read(s));
                                      }}) {}

 private:
  class Adapter final : public Method {
   public:
    explicit Adapter(P parameters) : parameters_(std::move(parameters)) {}
    Traits traits() const override { return parameters_.traits(); }
    std::string objection(const SolverSpec& given) const override { return parameters_.objection(given); }
    SolverSpec solver(const SolverSpec& given) const override { return parameters_.solver(given); }
    std::vector<Stretch> kept(const Layout& layout) const override { return parameters_.kept(layout); }
    std::string misfit(const Layout& layout) const override { return parameters_.misfit(layout); }
    Algorithm<float> make_float(const ProblemSize& size) const override {
      return parameters_.template make<float>(size);
    }
    Algorithm<double> make_double(const ProblemSize& size) const override {
      return parameters_.template make<double>(size);
    }

   private:
    P parameters_;
  };
};

/// Local training from x: the client half that most methods share, and the piece the others are made of.
template <class T>
ClientOutput<T> train_locally(const ClientInput<T>& in, StepHook<T>* hook = nullptr) {
  ClientOutput<T> out;
  out.delta = in.global;
  out.run = local_sgd(in.model, in.data, in.solver, in.round, in.stream, out.delta, in.memory, hook);
  out.delta -= in.global;
  return out;
}

/// Plain local SGD.
template <class T>
class PlainClient final : public ClientHalf<T> {
 public:
  ClientOutput<T> train(const ClientInput<T>& in) const override { return train_locally(in); }
};

}  // namespace fedtide
