#pragma once
// Differential privacy sees how a cohort was sampled and each client's weight; it acts on a delta at the client and on
// the aggregate at the server.

#include "sim/base/random.h"
#include "sim/federation/aggregator.h"

namespace fedtide {

/// How a cohort was drawn from those who are eligible: what amplification by sampling depends on.
struct CohortSampling {
  enum class Scheme { fixed_size, poisson, other } scheme = Scheme::other;
  double rate = 0;  ///< cohort / population for fixed size, q for Poisson
};

class Privacy {
 public:
  virtual ~Privacy() = default;
  /// On the engine's thread, before the delta is absorbed with `weight`.
  virtual void on_delta(Vector<float>& delta, double& weight, Stream stream) = 0;
  /// Before the server's commit.
  virtual void on_aggregate(Aggregate<float>& aggregate, const CohortSampling& sampling, Stream stream) = 0;
  /// Names all that it keeps from one call to the next, for checkpoints.
  virtual void visit_state(StateVisitor& /*state*/) {}
};

/// No privacy: everything passes as it is.
class NoPrivacy final : public Privacy {
 public:
  void on_delta(Vector<float>&, double&, Stream) override {}
  void on_aggregate(Aggregate<float>&, const CohortSampling&, Stream) override {}
};

}  // namespace fedtide
