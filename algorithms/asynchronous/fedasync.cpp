// FedAsync: each report is mixed into the server's model at once; for the protocol `buffered` with buffer: 1.
// Xie, Koyejo, Gupta: Asynchronous Federated Optimization. OPT 2020 (arXiv 1903.03934), algorithm 1.
//
//   client:  x_new <- local SGD from the x_tau it was sent (rho = 0: no spring to x_tau)
//   server:  alpha_t <- alpha s(t - tau);  x_t <- (1 - alpha_t) x_{t-1} + alpha_t x_new
//
// Written with differences: x_t = x_{t-1} + alpha_t (x_new - x_{t-1}). With a buffer of K > 1 these are averaged.

#include "algorithms/asynchronous/staleness.h"
#include "sim/federation/algorithm.h"

namespace {
using namespace fedtide;

struct FedAsync : MethodDefaults {
  double alpha = 0.6;
  StalenessFunction s;

  static FedAsync read(Section& section) {
    FedAsync p;
    p.alpha = section.real("alpha", {.fallback = 0.6,
                                     .bounds = {.low = 0, .high = 1, .low_open = true},
                                     .help = "share of a fresh client's model in the mixture",
                                     .source = "Xie et al. 2020, arXiv 1903.03934, section 6"});
    p.s = StalenessFunction::read(section, "polynomial");
    return p;
  }

  Traits traits() const {
    Traits traits;
    traits.whole_models = true;
    return traits;
  }

  template <class T>
  Algorithm<T> make(const ProblemSize&) const;
};

template <class T>
class FedAsyncServer final : public ServerHalf<T> {
 public:
  explicit FedAsyncServer(const FedAsync& p) : p_(p) {}
  double weight(const Report& report, const ClientOutput<T>&) const override {
    return p_.alpha * p_.s(report.staleness);
  }
  void commit(Vector<T>& x, const Aggregate<T>& aggregate) override {
    x += static_cast<T>(aggregate.total_weight / static_cast<double>(aggregate.count)) * aggregate.mean;
  }

 private:
  FedAsync p_;
};

template <class T>
Algorithm<T> FedAsync::make(const ProblemSize&) const {
  return {std::make_unique<PlainClient<T>>(), std::make_unique<FedAsyncServer<T>>(*this)};
}

const RegisterAlgorithm<FedAsync> entry{
    {"fedasync", "each report mixed into the model at once, stale ones less", "Xie et al., OPT 2020"}};

}  // namespace
