// FedBuff: the server's rule of buffered asynchronous aggregation; for the protocol `buffered`.
// Nguyen, Malik, Zhan, Yousefpour, Rabbat, Malek, Huba: Federated Learning with Buffered Asynchronous Aggregation.
// AISTATS 2022 (arXiv 2106.06639), algorithm 1 and section 4.
//
//   client i:  Delta_i <- local SGD from the w it was sent, minus that w
//   server:    with K updates in the buffer, tau_i versions after those they trained from:
//              w <- w + eta_g (1 / K) sum_i s(tau_i) Delta_i,  s(tau) = 1 / sqrt(1 + tau)
//
// normalize: weights divides by sum_i s(tau_i) in place of K, weigh: samples puts n_i s(tau_i) for s(tau_i). With
// both, and nobody stale, it is FedAvg.

#include "algorithms/asynchronous/staleness.h"
#include "sim/federation/algorithm.h"

namespace {
using namespace fedtide;

struct FedBuff : MethodDefaults {
  double eta_g = 1;
  bool by_weights = false;
  bool by_samples = false;
  StalenessFunction s;

  static FedBuff read(Section& section) {
    const char* const paper = "Nguyen et al. 2022, arXiv 2106.06639";
    FedBuff p;
    p.eta_g = section.real("server_lr", {.fallback = 1.0, .bounds = positive(), .help = "eta_g", .source = paper});
    p.by_weights = section.word("normalize", {"count",
                                              {{"count", "divide by the number of updates, K", paper},
                                               {"weights", "divide by the sum of their weights", ""}},
                                              "what the sum of the updates is divided by",
                                              paper}) == "weights";
    p.by_samples = section.word("weigh", {"updates",
                                          {{"updates", "all the same, but for s(tau)", paper},
                                           {"samples", "by the client's samples, times s(tau)", ""}},
                                          "what an update's weight is",
                                          paper}) == "samples";
    p.s = StalenessFunction::read(section, "polynomial");
    return p;
  }

  template <class T>
  Algorithm<T> make(const ProblemSize&) const;
};

template <class T>
class FedBuffServer final : public ServerHalf<T> {
 public:
  explicit FedBuffServer(const FedBuff& p) : p_(p) {}
  double weight(const Report& report, const ClientOutput<T>&) const override {
    return p_.s(report.staleness) * (p_.by_samples ? static_cast<double>(report.samples) : 1.0);
  }
  void absorb(const ClientOutput<T>&, const Report& report) override {
    scale_ += p_.by_samples ? static_cast<double>(report.samples) : 1.0;
  }
  void commit(Vector<T>& w, const Aggregate<T>& aggregate) override {
    // The mean is over the weights; K, or the samples, in its place.
    const double factor = p_.by_weights ? p_.eta_g : p_.eta_g * aggregate.total_weight / scale_;
    scale_ = 0;
    w += static_cast<T>(factor) * aggregate.mean;
  }
  void visit_state(StateVisitor& state) override { state.visit("scale", scale_); }

 private:
  FedBuff p_;
  double scale_ = 0;  // the sum of the weights if nobody were stale
};

template <class T>
Algorithm<T> FedBuff::make(const ProblemSize&) const {
  return {std::make_unique<PlainClient<T>>(), std::make_unique<FedBuffServer<T>>(*this)};
}

const RegisterAlgorithm<FedBuff> entry{
    {"fedbuff", "buffered asynchronous updates, less weight for stale ones", "Nguyen et al., AISTATS 2022"}};

}  // namespace
