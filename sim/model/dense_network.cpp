#include "sim/model/dense_network.h"

#include <algorithm>
#include <cmath>

#include "sim/base/distributions.h"
#include "sim/model/cross_entropy.h"
#include "sim/model/product.h"

namespace fedtide {

template <class T>
struct DenseNetwork<T>::Space final : Workspace {
  const DenseNetwork* model = nullptr;
  Index max_batch = 0;
  Matrix<T> input;                 ///< [in, block], for batches that do not end with a whole group of columns
  std::vector<Matrix<T>> outputs;  ///< of each layer [out, block]; the last one becomes its own delta
  std::vector<Matrix<T>> deltas;   ///< of each layer but the last [out, block]
  Vector<T> column;                ///< a bias gradient, or one number a sample
  Vector<T> total;                 ///< [d], for batches of more than one block
  ProductSpace<T> product;
};

template <class T>
struct DenseNetwork<T>::Block {
  const T* x = nullptr;  ///< [in, columns]
  const std::int32_t* labels = nullptr;
  Index count = 0;    ///< samples
  Index columns = 0;  ///< samples rounded up to whole groups; 1 for a single sample
};

template <class T>
DenseNetwork<T>::DenseNetwork(const DenseNetworkSpec& spec, Index features, Index classes) : spec_(spec) {
  std::vector<Index> widths{features};
  widths.insert(widths.end(), spec.hidden.begin(), spec.hidden.end());
  widths.push_back(classes);
  for (std::size_t l = 1; l < widths.size(); ++l) {
    const std::string name = fmt::format("dense{}", l);
    Layer layer{widths[l - 1], widths[l], 0, 0};
    layer.weight = layout_.add(name + ".weight", {layer.out, layer.in});
    if (spec.bias) layer.bias = layout_.add(name + ".bias", {layer.out});
    layers_.push_back(layer);
  }
}

template <class T>
double DenseNetwork<T>::inference_flops() const {
  double sum = 0;
  for (const Layer& layer : layers_) sum += 2.0 * static_cast<double>(layer.in) * static_cast<double>(layer.out);
  return sum;
}

template <class T>
double DenseNetwork<T>::training_flops() const {
  const Layer& first = layers_.front();  // needs no gradient of its input
  return 3 * inference_flops() - 2.0 * static_cast<double>(first.in) * static_cast<double>(first.out);
}

template <class T>
Vector<T> DenseNetwork<T>::initial_weights(Stream stream) const {
  Vector<T> w = Vector<T>::Zero(layout_.size());
  if (spec_.init == DenseNetworkSpec::Init::zeros) return w;
  for (const Layer& layer : layers_) {
    const bool glorot = spec_.init == DenseNetworkSpec::Init::glorot;
    const double fan = static_cast<double>(glorot ? layer.in + layer.out : layer.in);
    const double a = std::sqrt(6.0 / fan);
    for (Index i = 0; i < layer.in * layer.out; ++i) {
      w[layer.weight + i] = static_cast<T>(a * (2.0 * uniform(stream) - 1.0)) + T(0);
    }
  }
  return w;
}

template <class T>
std::unique_ptr<Workspace> DenseNetwork<T>::make_workspace(Index max_batch) const {
  auto space = std::make_unique<Space>();
  space->model = this;
  space->max_batch = max_batch;
  const Index columns = whole_groups(std::min(max_batch, kBlock));
  Index widest = columns;
  space->input.setZero(layers_.front().in, columns);
  for (const Layer& layer : layers_) {
    space->outputs.push_back(Matrix<T>::Zero(layer.out, columns));
    if (&layer != &layers_.back()) space->deltas.push_back(Matrix<T>::Zero(layer.out, columns));
    widest = std::max(widest, layer.out);
  }
  space->column.setZero(widest);
  if (max_batch > kBlock) space->total.setZero(layout_.size());
  return space;
}

template <class T>
typename DenseNetwork<T>::Space& DenseNetwork<T>::space_of(Workspace& ws, const Batch<T>& batch) const {
  auto& space = static_cast<Space&>(ws);
  FEDTIDE_REQUIRE(space.model == this, "a workspace of another model");
  FEDTIDE_REQUIRE(batch.count <= space.max_batch, "{} samples for a workspace of {}", batch.count, space.max_batch);
  FEDTIDE_REQUIRE(batch.dense.rows() == layers_.front().in && batch.dense.cols() >= batch.count,
                  "a batch of {} x {} values for {} features", batch.dense.rows(), batch.dense.cols(),
                  layers_.front().in);
  return space;
}

template <class T>
typename DenseNetwork<T>::Block DenseNetwork<T>::block_of(const Batch<T>& batch, Index begin, Space& space) const {
  Block block;
  block.count = std::min(kBlock, batch.count - begin);
  block.columns = block.count == 1 ? 1 : whole_groups(block.count);
  block.labels = batch.labels.data() + begin;
  block.x = batch.dense.data() + begin * batch.dense.rows();
  if (begin + block.columns > batch.dense.cols()) {
    space.input.leftCols(block.count) = batch.dense.middleCols(begin, block.count);
    block.x = space.input.data();
  }
  return block;
}

template <class T>
void DenseNetwork<T>::activate(T* z, Index size) const {
  if (spec_.activation == DenseNetworkSpec::Activation::tanh) {
    Eigen::Map<Vector<T>> all(z, size);
    all.array() = all.array().tanh();
    return;
  }
  for (Index i = 0; i < size; ++i) z[i] = z[i] < T(0) ? T(0) : z[i];  // keeps what is not a number
}

template <class T>
void DenseNetwork<T>::mask_delta(const T* a, T* delta, Index size) const {
  if (spec_.activation == DenseNetworkSpec::Activation::tanh) {
    for (Index i = 0; i < size; ++i) delta[i] *= T(1) - a[i] * a[i];
    return;
  }
  for (Index i = 0; i < size; ++i) delta[i] = a[i] > T(0) ? delta[i] : T(0);
}

template <class T>
void DenseNetwork<T>::forward(const T* w, const Block& block, Space& space) const {
  const T* x = block.x;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    T* z = space.outputs[l].data();
    Eigen::Map<Matrix<T>> outputs(z, layer.out, block.columns);
    if (spec_.bias) {
      outputs.colwise() = Eigen::Map<const Vector<T>>(w + layer.bias, layer.out);
    } else {
      outputs.setZero();
    }
    add_weights_times(w + layer.weight, layer.out, layer.in, x, block.columns, z, space.product);
    if (l + 1 < layers_.size()) activate(z, outputs.size());
    x = z;
  }
}

template <class T>
Score DenseNetwork<T>::loss(const Block& block, T scale, bool want_delta, Space& space) const {
  Eigen::Map<Matrix<T>> z(space.outputs.back().data(), layers_.back().out, block.columns);
  return cross_entropy<T>(z, block.labels, block.count, scale, want_delta, space.column);
}

template <class T>
void DenseNetwork<T>::backward(const T* w, const Block& block, Space& space, T* target) const {
  const T* delta = space.outputs.back().data();
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const Layer& layer = layers_[l];
    const T* x = l > 0 ? space.outputs[l - 1].data() : block.x;
    T* below = nullptr;
    if (l > 0) {
      below = space.deltas[l - 1].data();
      const Index size = layer.in * block.columns;
      std::fill_n(below, size, T(0));
      add_transposed_weights_times(w + layer.weight, layer.out, layer.in, delta, block.columns, below, space.product);
      mask_delta(x, below, size);
    }
    add_outer_products(delta, layer.out, x, layer.in, block.count, target + layer.weight, space.product);
    if (spec_.bias) {
      // Summed from zero first, as in the products: target may hold the weights.
      Eigen::Map<Vector<T>> sum(space.column.data(), layer.out);
      sum.setZero();
      for (Index j = 0; j < block.count; ++j) sum += Eigen::Map<const Vector<T>>(delta + j * layer.out, layer.out);
      Eigen::Map<Vector<T>>(target + layer.bias, layer.out) += sum;
    }
    delta = below;
  }
}

template <class T>
Score DenseNetwork<T>::accumulate(const T* w, const Batch<T>& batch, T scale, Space& space, T* target) const {
  Score score;
  for (Index begin = 0; begin < batch.count; begin += kBlock) {
    const Block block = block_of(batch, begin, space);
    forward(w, block, space);
    score += loss(block, scale, true, space);
    backward(w, block, space, target);
  }
  return score;
}

template <class T>
Score DenseNetwork<T>::gradient(const T* w, const Batch<T>& batch, T scale, Workspace& ws, T* step) const {
  Space& space = space_of(ws, batch);
  std::fill_n(step, layout_.size(), T(0));
  return accumulate(w, batch, scale, space, step);
}

template <class T>
Score DenseNetwork<T>::step(T* w, const Batch<T>& batch, T scale, Workspace& ws) const {
  Space& space = space_of(ws, batch);
  if (batch.count <= kBlock) return accumulate(w, batch, scale, space, w);
  space.total.setZero();
  const Score score = accumulate(w, batch, scale, space, space.total.data());
  Eigen::Map<Vector<T>>(w, layout_.size()) += space.total;
  return score;
}

template <class T>
Score DenseNetwork<T>::evaluate(const T* w, const Batch<T>& batch, Workspace& ws) const {
  Space& space = space_of(ws, batch);
  Score score;
  for (Index begin = 0; begin < batch.count; begin += kBlock) {
    const Block block = block_of(batch, begin, space);
    forward(w, block, space);
    score += loss(block, T(1), false, space);
  }
  return score;
}

template class DenseNetwork<float>;
template class DenseNetwork<double>;

std::string DenseNetworkFactory::mismatch(const InputShape& input) const {
  if (input.kind != InputShape::Kind::dense || input.features() < 1) {
    return "needs examples of a fixed number of features (images or tables)";
  }
  if (input.classes < 2) return fmt::format("needs labels of at least 2 classes, the data set has {}", input.classes);
  return "";
}

std::unique_ptr<const Model<float>> DenseNetworkFactory::make_float(const InputShape& input) const {
  return std::make_unique<DenseNetwork<float>>(spec_, input.features(), input.classes);
}

std::unique_ptr<const Model<double>> DenseNetworkFactory::make_double(const InputShape& input) const {
  return std::make_unique<DenseNetwork<double>>(spec_, input.features(), input.classes);
}

}  // namespace fedtide
