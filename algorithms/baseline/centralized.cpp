// Centralized training: SGD over all clients' data in one place, the baseline that every federated curve is held
// against. A round is one local training (epochs or steps of `training:`) over the pooled data; no client, no network,
// no drop-out.

#include "sim/federation/algorithm.h"

namespace {
using namespace fedtide;

struct Centralized : MethodDefaults {
  static Centralized read(Section&) { return {}; }
  Traits traits() const { return {.pooled = true}; }

  template <class T>
  Algorithm<T> make(const ProblemSize&) const {
    return {std::make_unique<PlainClient<T>>(), std::make_unique<ServerHalf<T>>()};
  }
};

const RegisterAlgorithm<Centralized> entry{
    {"centralized", "SGD on the pooled data: what federation is compared with", ""}};

}  // namespace
