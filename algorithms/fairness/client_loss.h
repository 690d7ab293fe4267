#pragma once
// What a client says of the model that it was sent: its loss on the client's data.

#include "sim/federation/algorithm.h"

namespace fedtide {

/// F_k(w), the mean loss of the model sent over the client's training data; 0 without data. A forward pass: a third of
/// a gradient's.
template <class T>
T loss_of_sent(const ClientInput<T>& in) {
  const Score score = evaluate_rows(in.model, *in.data.dataset, in.data.rows, in.global, in.memory);
  return score.count > 0 ? static_cast<T>(score.loss()) : T{0};
}

constexpr double kForwardPass = 1.0 / 3;

/// FedAvg's local training; sends the loss too.
template <class T>
class LossClient final : public ClientHalf<T> {
 public:
  ClientOutput<T> train(const ClientInput<T>& in) const override {
    const T f = loss_of_sent(in);
    ClientOutput<T> out = train_locally(in);
    out.extra = Vector<T>::Constant(1, f);
    return out;
  }
};

}  // namespace fedtide
