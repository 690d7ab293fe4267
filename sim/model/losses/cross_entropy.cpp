#include "sim/model/losses/cross_entropy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/base/error.h"

namespace fedtide {
namespace {

constexpr Index kChunk = 64;  ///< columns between two passes over them, so that they stay in cache

template <class T>
bool is_largest(const T* z, Index classes, Index label) {
  for (Index c = 0; c < label; ++c) {
    if (!(z[label] > z[c])) return false;
  }
  for (Index c = label + 1; c < classes; ++c) {
    if (!(z[label] >= z[c])) return false;
  }
  return true;
}

/// The labels of a block in the order of its columns: sample by sample within each step.
template <class T>
class Labels {
 public:
  Labels(const Shape& outputs, const Pass<T>& pass)
      : labels_(pass.batch->labels.data() + pass.begin * outputs.steps), steps_(outputs.steps), count_(pass.count) {}
  std::int32_t of(Index column) const { return labels_[column % count_ * steps_ + column / count_]; }

 private:
  const std::int32_t* labels_;
  Index steps_, count_;
};

}  // namespace

template <class T>
Score CrossEntropy<T>::score(T* z, const Shape& outputs, const Pass<T>& pass, T scale, bool want_delta) const {
  Score score;
  const Index classes = outputs.channels, columns = pass.count * outputs.steps;
  const Labels<T> labels(outputs, pass);
  std::array<T, kChunk> shifted;
  for (Index begin = 0; begin < columns; begin += kChunk) {
    const Index count = std::min(kChunk, columns - begin);
    T* chunk = z + begin * classes;
    for (Index j = 0; j < count; ++j) {
      const Index label = labels.of(begin + j);
      FEDTIDE_REQUIRE(label < classes, "label {} of {} classes", label, classes);
      T* column = chunk + j * classes;
      if (label >= 0 && is_largest(column, classes, label)) score.correct += 1;
      T largest = column[0];
      for (Index c = 1; c < classes; ++c) largest = column[c] > largest ? column[c] : largest;
      for (Index c = 0; c < classes; ++c) column[c] -= largest;
      shifted[static_cast<std::size_t>(j)] = label >= 0 ? column[label] : T(0);
    }
    Eigen::Map<Vector<T>> all(chunk, count * classes);
    all.array() = all.array().exp();  // over the whole chunk at once: vectorized also where classes are few
    for (Index j = 0; j < count; ++j) {
      const Index label = labels.of(begin + j);
      T* column = chunk + j * classes;
      if (label < 0) {
        std::fill_n(column, classes, T(0));
        continue;
      }
      double sum = 0;
      for (Index c = 0; c < classes; ++c) sum += static_cast<double>(column[c]);
      score.loss_sum += std::log(sum) - static_cast<double>(shifted[static_cast<std::size_t>(j)]);
      score.count += 1;
      if (!want_delta) continue;
      const T factor = static_cast<T>(static_cast<double>(scale) / sum);
      for (Index c = 0; c < classes; ++c) column[c] *= factor;
      column[label] -= scale;
    }
  }
  return score;
}

template class CrossEntropy<float>;
template class CrossEntropy<double>;

std::string CrossEntropyFactory::mismatch(const Shape& outputs, const InputShape& input) const {
  if (input.classes < 2) {
    return fmt::format("needs labels of at least 2 classes, the data set has {}", input.classes);
  }
  if (outputs.channels != input.classes) {
    return fmt::format("has {} outputs for {} classes", outputs.channels, input.classes);
  }
  const Index labels = outputs.kind == Shape::Kind::sequence ? outputs.steps : outputs.positions();
  if (labels != input.labels()) {
    return fmt::format("has {} predictions a sample for {} labels", labels, input.labels());
  }
  return "";
}

std::unique_ptr<const Loss<float>> CrossEntropyFactory::make_float(const Shape&) const {
  return std::make_unique<CrossEntropy<float>>(spec_);
}

std::unique_ptr<const Loss<double>> CrossEntropyFactory::make_double(const Shape&) const {
  return std::make_unique<CrossEntropy<double>>(spec_);
}

}  // namespace fedtide
