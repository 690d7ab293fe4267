#include "sim/model/losses/cox.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "sim/base/error.h"
#include "sim/model/losses/label_columns.h"
#include "sim/model/losses/read.h"

namespace fedtide {
namespace {

/// Scratch of one thread, kept between batches: a loss has no workspace.
struct Scratch {
  std::vector<Index> order;  ///< subjects, the longest time first
  std::vector<double> risk;  ///< [n] exp(z - largest), by subject
  std::vector<double> at;  ///< [n] events of the subject's time over the sum of its risk set, at the time's last place
};

Scratch& scratch_of(Index n) {
  thread_local Scratch scratch;
  scratch.order.resize(static_cast<std::size_t>(n));
  scratch.risk.resize(static_cast<std::size_t>(n));
  scratch.at.resize(static_cast<std::size_t>(n));
  return scratch;
}

}  // namespace

template <class T>
Score Cox<T>::score(T* z, const Shape& /*outputs*/, const Pass<T>& pass, T scale, bool want_delta) const {
  const Index n = pass.count;
  const Matrix<T>& targets = pass.batch->targets;
  FEDTIDE_REQUIRE(pass.begin == 0 && n == pass.batch->count, "a batch of {} subjects is cut", pass.batch->count);
  FEDTIDE_REQUIRE(targets.rows() == 2 && targets.cols() >= n, "{} x {} targets for {} subjects", targets.rows(),
                  targets.cols(), n);
  Score score;
  score.count = static_cast<double>(n);
  if (n == 0) return score;
  Scratch& s = scratch_of(n);
  std::iota(s.order.begin(), s.order.end(), Index{0});
  std::sort(s.order.begin(), s.order.end(),
            [&](Index i, Index j) { return targets(0, i) != targets(0, j) ? targets(0, i) > targets(0, j) : i < j; });
  const double largest = static_cast<double>(*std::max_element(z, z + n));
  double at_risk = 0;
  for (std::size_t begin = 0; begin < s.order.size();) {
    std::size_t end = begin;
    for (; end < s.order.size() && targets(0, s.order[end]) == targets(0, s.order[begin]); ++end) {
      const Index j = s.order[end];
      at_risk += s.risk[static_cast<std::size_t>(j)] = std::exp(static_cast<double>(z[j]) - largest);
    }
    FEDTIDE_REQUIRE(end > begin, "the time of subject {} is not a number", s.order[begin]);
    double events = 0;
    for (std::size_t k = begin; k < end; ++k) {
      s.at[k] = 0;
      if (targets(1, s.order[k]) == T(0)) continue;
      events += 1;
      score.loss_sum += std::log(at_risk) + largest - static_cast<double>(z[s.order[k]]);
    }
    s.at[end - 1] = events / at_risk;
    begin = end;
  }
  if (!want_delta) return score;
  // A subject is in the risk sets of all events up to its own time; from the last in the order, the shortest time.
  double hazard = 0;
  for (std::size_t k = s.order.size(), end = k; end > 0; end = k) {
    hazard += s.at[end - 1];
    const T time = targets(0, s.order[end - 1]);
    for (; k > 0 && targets(0, s.order[k - 1]) == time; --k) {
      const Index j = s.order[k - 1];
      const double event = targets(1, j) != T(0) ? 1 : 0;
      z[j] = static_cast<T>(static_cast<double>(scale) * (s.risk[static_cast<std::size_t>(j)] * hazard - event));
    }
  }
  return score;
}

template class Cox<float>;
template class Cox<double>;

std::string CoxFactory::mismatch(const Shape& outputs, const InputShape& input) const {
  if (!input.survival) return "loss cox needs survival times, the data set has none";
  if (outputs.channels != 1 || predictions_of(outputs) != 1) {
    return fmt::format("loss cox takes one output, got {}", outputs.text());
  }
  return "";
}

std::unique_ptr<const Loss<float>> CoxFactory::make_float(const Shape&) const { return std::make_unique<Cox<float>>(); }
std::unique_ptr<const Loss<double>> CoxFactory::make_double(const Shape&) const {
  return std::make_unique<Cox<double>>();
}

namespace {

const Registration<LossEntry> entry{
    LossEntry{About{"cox", "partial likelihood of survival times, Breslow's ties", "Cox 1972"},
              [](Section&) -> std::shared_ptr<const LossFactory> { return std::make_shared<CoxFactory>(); }}};

}  // namespace
}  // namespace fedtide
