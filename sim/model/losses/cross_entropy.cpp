#include "sim/model/losses/cross_entropy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/base/error.h"
#include "sim/model/losses/label_columns.h"
#include "sim/model/losses/read.h"
#include "sim/model/losses/weighted_cross_entropy.h"

namespace fedtide {
namespace {

constexpr Index kChunk = 64;  ///< columns between two passes over them, so that they stay in cache

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
  if (const Index labels = predictions_of(outputs); labels != input.labels()) {
    return fmt::format("has {} predictions a sample for {} labels", labels, input.labels());
  }
  const std::size_t weights = spec_.class_weights.size();
  if (weights > 0 && weights != static_cast<std::size_t>(input.classes)) {
    return fmt::format("loss.class_weights has {} weights for {} classes", weights, input.classes);
  }
  return "";
}

namespace {

template <class T>
std::unique_ptr<const Loss<T>> make(const CrossEntropySpec& spec) {
  if (spec.is_plain()) return std::make_unique<CrossEntropy<T>>();
  return std::make_unique<WeightedCrossEntropy<T>>(spec);
}

std::shared_ptr<const LossFactory> read(Section& section) {
  CrossEntropySpec spec;
  Bounds below_one = between(0, 1);
  below_one.high_open = true;
  spec.label_smoothing = section.real(
      "label_smoothing",
      Number{0.0, below_one, "share of each label that is spread over all classes", "Szegedy et al. 2016, section 7"});
  spec.class_weights = section.reals(
      "class_weights", {},
      Number{std::nullopt, positive(), "a factor on the loss of each class; the mean is over labels, not weights", ""});
  return std::make_shared<CrossEntropyFactory>(std::move(spec));
}

const Registration<LossEntry> entry{
    LossEntry{About{"cross_entropy", "minus the logarithm of the label's softmax", "Bridle 1990"}, &read}};

}  // namespace

std::unique_ptr<const Loss<float>> CrossEntropyFactory::make_float(const Shape&) const { return make<float>(spec_); }
std::unique_ptr<const Loss<double>> CrossEntropyFactory::make_double(const Shape&) const { return make<double>(spec_); }

}  // namespace fedtide
