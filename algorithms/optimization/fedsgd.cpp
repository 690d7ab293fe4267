// FedSGD: one step of gradient descent a round; each client computes one full-batch gradient.
// McMahan, Moore, Ramage, Hampson, Agueera y Arcas: Communication-Efficient Learning of Deep Networks from
// Decentralized Data. AISTATS 2017, section 2: FedAvg with E = 1 and B = infinity.
//
//   client k:  g_k = grad F_k(w_t)
//   server:    w_{t+1} <- w_t - eta sum_k (n_k / n) g_k

#include "sim/federation/algorithm.h"

namespace {
using namespace fedtide;

struct FedSgd : MethodDefaults {
  static FedSgd read(Section&) { return {}; }

  SolverSpec solver(const SolverSpec& given) const {
    SolverSpec one_step = given;
    one_step.steps = 1;
    one_step.batch_size.reset();
    one_step.momentum = 0;  // one step has nothing to remember
    one_step.nesterov = false;
    return one_step;
  }

  template <class T>
  Algorithm<T> make(const ProblemSize&) const {
    return {std::make_unique<PlainClient<T>>(), std::make_unique<ServerHalf<T>>()};
  }
};

const RegisterAlgorithm<FedSgd> entry{
    {"fedsgd", "one full-batch gradient step a round", "McMahan et al., AISTATS 2017"}};

}  // namespace
