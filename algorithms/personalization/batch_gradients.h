#pragma once
// Gradients beside those of the training loop: at other weights, on the step's batch or on batches of one's own.

#include <algorithm>
#include <vector>

#include "sim/base/distributions.h"
#include "sim/federation/algorithm.h"

namespace fedtide {

/// g [d] <- the mean gradient on `rows` at w, from within a hook: what the loop keeps in its memory stays.
template <class T>
void gradient_on(const ClientInput<T>& in, std::span<const std::uint32_t> rows, const Vector<T>& w, Vector<T>& g) {
  const auto noise = in.memory.batch.noise;
  full_gradient(in.model, {in.data.dataset, rows}, w, in.memory, g);
  in.memory.batch.noise = noise;
}

/// Batches of a client's samples, drawn as the training loop draws its own: every pass over them has a new order, and
/// where one batch holds them all there is nothing to draw.
class OwnBatches {
 public:
  OwnBatches(std::span<const std::uint32_t> rows, const SolverSpec& solver, Stream stream)
      : stream_(stream), order_(rows.begin(), rows.end()), batch_(rows.size()) {
    if (solver.batch_size) batch_ = std::min(batch_, static_cast<std::size_t>(*solver.batch_size));
  }
  std::span<const std::uint32_t> next() {
    if (at_ == 0 && batch_ < order_.size()) shuffle(stream_, std::span(order_));
    const std::size_t count = std::min(batch_, order_.size() - at_);
    const auto rows = std::span<const std::uint32_t>(order_).subspan(at_, count);
    at_ = at_ + count == order_.size() ? 0 : at_ + count;
    return rows;
  }

 private:
  Stream stream_;
  std::vector<std::uint32_t> order_;
  std::size_t batch_;
  std::size_t at_ = 0;
};

/// Running statistics are no weights: `to` has those of `from`.
template <class T>
void copy_statistics(const std::vector<Stretch>& statistics, const Vector<T>& from, Vector<T>& to) {
  for (const Stretch& s : statistics) to.segment(s.begin, s.size) = from.segment(s.begin, s.size);
}

}  // namespace fedtide
