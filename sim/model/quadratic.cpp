#include "sim/model/quadratic.h"

namespace fedtide {
namespace {

template <class T>
struct Space final : Workspace {
  Vector<T> sum;  ///< [d]
};

}  // namespace

template <class T>
Quadratic<T>::Quadratic(Index features, double start) : start_(static_cast<T>(start) + T(0)) {
  layout_.add("point", {features});
}

template <class T>
Vector<T> Quadratic<T>::initial_weights(Stream) const {
  return Vector<T>::Constant(layout_.size(), start_);
}

template <class T>
std::unique_ptr<Workspace> Quadratic<T>::make_workspace(Index) const {
  auto space = std::make_unique<Space<T>>();
  space->sum.setZero(layout_.size());
  return space;
}

template <class T>
Score Quadratic<T>::gradient(const T* w, const Batch<T>& batch, T scale, Workspace& ws, T* step) const {
  const Eigen::Map<const Vector<T>> x(w, layout_.size());
  Eigen::Map<Vector<T>> sum(step, layout_.size());
  sum.setZero();
  for (Index j = 0; j < batch.count; ++j) sum += x - batch.dense.col(j);
  sum *= scale;
  return evaluate(w, batch, ws);
}

template <class T>
Score Quadratic<T>::step(T* w, const Batch<T>& batch, T scale, Workspace& ws) const {
  Vector<T>& sum = static_cast<Space<T>&>(ws).sum;
  const Score score = gradient(w, batch, scale, ws, sum.data());
  Eigen::Map<Vector<T>>(w, layout_.size()) += sum;
  return score;
}

template <class T>
Score Quadratic<T>::evaluate(const T* w, const Batch<T>& batch, Workspace&) const {
  FEDTIDE_REQUIRE(batch.dense.rows() == layout_.size() && batch.dense.cols() >= batch.count,
                  "a batch of {} x {} values for {} features", batch.dense.rows(), batch.dense.cols(), layout_.size());
  Score score;
  for (Index j = 0; j < batch.count; ++j) {
    for (Index i = 0; i < layout_.size(); ++i) {
      const double away = static_cast<double>(w[i]) - static_cast<double>(batch.dense(i, j));
      score.loss_sum += 0.5 * away * away;
    }
  }
  score.count = static_cast<double>(batch.count);
  return score;
}

template class Quadratic<float>;
template class Quadratic<double>;

namespace {

class Factory final : public ModelFactory {
 public:
  explicit Factory(double start) : start_(start) {}
  std::string mismatch(const InputShape& input) const override {
    if (input.kind == InputShape::Kind::dense && input.features() > 0) return "";
    return "needs examples of a fixed number of features (images or tables)";
  }
  std::unique_ptr<const Model<float>> make_float(const InputShape& input) const override {
    return std::make_unique<Quadratic<float>>(input.features(), start_);
  }
  std::unique_ptr<const Model<double>> make_double(const InputShape& input) const override {
    return std::make_unique<Quadratic<double>>(input.features(), start_);
  }

 private:
  double start_;
};

std::unique_ptr<ModelFactory> read(Section& section) {
  return std::make_unique<Factory>(section.real("start", Number{0.0, anything(), "first value of every weight", ""}));
}

const Registration<ModelEntry> entry{
    ModelEntry{About{"quadratic", "half the squared distance to each sample: every run has a closed form", ""}, &read}};

}  // namespace
}  // namespace fedtide
