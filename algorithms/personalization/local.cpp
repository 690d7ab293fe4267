// Local only: every client trains a model of its own, and nobody learns from anybody. What personalization is measured
// against where data are plenty.
//
//   client i:  v_i <- v_i - eta grad F_i(v_i; b), for E epochs a turn;  v_i = w_0 at first
//   server:    nothing; nothing is sent

#include "algorithms/personalization/kept_part.h"

namespace {
using namespace fedtide;

struct Local : KeptPartDefaults {
  static Local read(Section&) { return {}; }
  std::vector<Stretch> kept(const Layout& layout) const { return {{0, layout.size()}}; }

  template <class T>
  Algorithm<T> make(const ProblemSize& size) const {
    return {std::make_unique<KeptPartClient<T>>(std::vector<Stretch>{{0, size.d}}), std::make_unique<ServerHalf<T>>()};
  }
};

const RegisterAlgorithm<Local> entry{{"local", "each client alone with its data", "baseline"}};

}  // namespace
