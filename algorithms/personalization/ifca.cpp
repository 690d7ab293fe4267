// IFCA: several models, each client trains and uses the one that fits its data best.
// Ghosh, Chung, Yin, Ramchandran: An Efficient Framework for Clustered Federated Learning. NeurIPS 2020, algorithm 1,
// option II (model averaging).
//
//   server sends (theta_1 .. theta_k)
//   client i:  j = argmin_j F_i(theta_j);  y_i from theta_j by SGD as in FedAvg;  sends (y_i - theta_j, j)
//   server:    theta_j <- theta_j + mean of (y_i - theta_j) over the clients that chose j
//
// The models begin at different first weights. The mean is over clients, not samples. A client is scored with the
// model that it would choose.

#include "sim/federation/algorithm.h"

namespace {
using namespace fedtide;

/// The j-th of k models: the server's vector, then the broadcast's parts.
template <class T>
Vector<T> model_number(Index j, const ClientInput<T>& in) {
  if (j == 0) return in.global;
  return in.broadcast->segment((j - 1) * in.global.size(), in.global.size());
}

template <class T>
class IfcaClient final : public ClientHalf<T> {
 public:
  explicit IfcaClient(Index k) : k_(k) {}

  ClientOutput<T> train(const ClientInput<T>& in) const override {
    const Index j = choice(in);
    ClientOutput<T> out;
    const Vector<T> theta = model_number(j, in);
    out.delta = theta;
    out.run = local_sgd(in.model, in.data, in.solver, in.round, in.stream, out.delta, in.memory);
    out.delta -= theta;
    out.extra = Vector<T>::Constant(1, static_cast<T>(j));
    return out;
  }
  Vector<T> personal_model(const ClientInput<T>& in) const override { return model_number(choice(in), in); }

 private:
  /// The first of the best.
  Index choice(const ClientInput<T>& in) const {
    Index best = 0;
    double least = 0;
    for (Index j = 0; j < k_; ++j) {
      const Score score = evaluate_rows(in.model, *in.data.dataset, in.data.rows, model_number(j, in), in.memory);
      const double loss = score.count > 0 ? score.loss() : 0;
      if (j > 0 && !(loss < least)) continue;
      best = j;
      least = loss;
    }
    return best;
  }
  Index k_;
};

template <class T>
class IfcaServer final : public ServerHalf<T> {
 public:
  IfcaServer(Index k, const ProblemSize& size)
      : d_(size.d), sums_(Vector<double>::Zero(k * d_)), counts_(Vector<double>::Zero(k)) {
    Vector<T> others = Vector<T>::Zero((k - 1) * d_);
    for (Index j = 1; j < k && size.initial; ++j) {
      others.segment((j - 1) * d_, d_) = size.initial(static_cast<std::uint32_t>(j)).template cast<T>();
    }
    others_ = std::make_shared<const Vector<T>>(std::move(others));
  }

  SharedVector<T> broadcast() const override { return others_->size() > 0 ? others_ : nullptr; }
  double weight(const Report&, const ClientOutput<T>&) const override { return 1; }
  void absorb(const ClientOutput<T>& output, const Report&) override {
    const auto j = static_cast<Index>(output.extra[0]);
    sums_.segment(j * d_, d_) += output.delta.template cast<double>();
    counts_[j] += 1;
  }
  void commit(Vector<T>& theta_1, const Aggregate<T>&) override {
    Vector<T> others = *others_;
    for (Index j = 0; j < counts_.size(); ++j) {
      if (counts_[j] == 0) continue;
      const Vector<T> mean = (sums_.segment(j * d_, d_) / counts_[j]).template cast<T>();
      if (j == 0) {
        theta_1 += mean;
      } else {
        others.segment((j - 1) * d_, d_) += mean;
      }
    }
    others_ = std::make_shared<const Vector<T>>(std::move(others));
    sums_.setZero();
    counts_.setZero();
  }
  void visit_state(StateVisitor& state) override {
    state.visit("others", others_);
    state.visit("sums", sums_);
    for (Index j = 0; j < counts_.size(); ++j) state.visit("count", counts_[j]);
  }

 private:
  Index d_;
  SharedVector<T> others_;  // theta_2 .. theta_k [(k - 1) d]
  Vector<double> sums_;     // [k d]
  Vector<double> counts_;   // [k]
};

struct Ifca : MethodDefaults {
  std::int64_t k = 2;

  static Ifca read(Section& s) {
    Ifca p;
    p.k = s.whole("clusters", {.fallback = 2,
                               .bounds = between(1, 1000),
                               .help = "k, the number of models",
                               .source = "Ghosh et al. 2020 use 2 to 4"});
    return p;
  }
  Traits traits() const {
    // A forward pass for each model: a third of a gradient's.
    return {.broadcast_per_weight = k - 1,
            .extra_passes = static_cast<double>(k) / 3,
            .extra_scalars = 1,
            .server_per_weight = 2.0 * static_cast<double>(k),
            .personal = true,
            .several_models = k > 1};
  }

  template <class T>
  Algorithm<T> make(const ProblemSize& size) const {
    return {std::make_unique<IfcaClient<T>>(k), std::make_unique<IfcaServer<T>>(k, size)};
  }
};

const RegisterAlgorithm<Ifca> entry{
    {"ifca", "several models, each client trains the one that fits it best", "Ghosh et al., NeurIPS 2020"}};

}  // namespace
