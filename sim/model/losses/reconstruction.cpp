#include "sim/model/losses/reconstruction.h"

#include <fmt/format.h>

#include "sim/base/error.h"

namespace fedtide {

template <class T>
Score Reconstruction<T>::score(T* z, const Shape& outputs, const Pass<T>& pass, T scale, bool want_delta) const {
  const Matrix<T>& dense = pass.batch->dense;
  const Index features = outputs.size();
  FEDTIDE_REQUIRE(dense.rows() == features, "{} outputs for {} features", features, dense.rows());
  const T* x = dense.data() + pass.begin * features;
  const T factor = static_cast<T>(2 * static_cast<double>(scale) / static_cast<double>(features));
  Score score;
  for (Index j = 0; j < pass.count; ++j, z += features, x += features) {
    double sum = 0;
    for (Index i = 0; i < features; ++i) {
      const T away = z[i] - x[i];
      sum += static_cast<double>(away) * static_cast<double>(away);
      if (want_delta) z[i] = factor * away;
    }
    score.loss_sum += sum / static_cast<double>(features);
  }
  score.count = static_cast<double>(pass.count);
  return score;
}

template class Reconstruction<float>;
template class Reconstruction<double>;

std::string ReconstructionFactory::mismatch(const Shape& outputs, const InputShape& input) const {
  if (input.kind != InputShape::Kind::dense) {
    return "needs examples of a fixed number of features (images or tables) to reconstruct";
  }
  if (outputs.size() == input.features()) return "";
  return fmt::format("has {} outputs to reconstruct {} features", outputs.size(), input.features());
}

std::unique_ptr<const Loss<float>> ReconstructionFactory::make_float(const Shape&) const {
  return std::make_unique<Reconstruction<float>>();
}

std::unique_ptr<const Loss<double>> ReconstructionFactory::make_double(const Shape&) const {
  return std::make_unique<Reconstruction<double>>();
}

}  // namespace fedtide
