// FedAvg: federated averaging.
// McMahan, Moore, Ramage, Hampson, Agueera y Arcas: Communication-Efficient Learning of Deep Networks from
// Decentralized Data. AISTATS 2017, algorithm 1.
//
//   client k:  w^k <- w_t;  for E epochs, for batches b of size B:  w^k <- w^k - eta grad l(w^k; b)
//   server:    w_{t+1} <- sum_k (n_k / n) w^k,  n = sum_k n_k over the cohort
//
// Written with deltas: w_{t+1} = w_t + sum_k (n_k / n) (w^k - w_t).

#include "sim/federation/algorithm.h"

namespace {
using namespace fedtide;

struct FedAvg : MethodDefaults {
  static FedAvg read(Section&) { return {}; }

  template <class T>
  Algorithm<T> make(const ProblemSize&) const {
    return {std::make_unique<PlainClient<T>>(), std::make_unique<ServerHalf<T>>()};
  }
};

const RegisterAlgorithm<FedAvg> entry{
    {"fedavg", "weighted mean of locally trained models", "McMahan et al., AISTATS 2017"}};

}  // namespace
