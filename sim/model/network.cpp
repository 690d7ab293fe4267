#include "sim/model/network.h"

#include <algorithm>

#include "sim/base/error.h"
#include "sim/model/layers/channels_last.h"
#include "sim/model/layers/dense.h"

namespace fedtide {
namespace {

/// The layers a network is given, and its head.
LayerList with_head(const NetworkSpec& spec, const InputShape& input) {
  LayerList layers = spec.layers;
  if (spec.head) {
    const Index units = spec.loss->for_data(input).outputs(input);
    layers.push_back(std::make_shared<DenseFactory>(DenseSpec{units, spec.head_bias, *spec.head, Activation::none}));
  }
  return layers;
}

/// And what it puts before them. That leaves the shape as it is, so messages may count without it.
LayerList all_layers(const NetworkSpec& spec, const InputShape& input) {
  LayerList layers = with_head(spec, input);
  if (input.kind == InputShape::Kind::dense && input.dims.size() == 3 && input.dims[0] > 1) {
    layers.insert(layers.begin(), std::make_shared<ChannelsLastFactory>(ChannelsLastSpec{}));
  }
  return layers;
}

}  // namespace

template <class T>
struct Network<T>::Space final : Workspace {
  const Network* model = nullptr;
  Index max_batch = 0;
  Index block = 0;  ///< samples worked through at once
  std::unique_ptr<LayerSpace> layers;
  Vector<T> outputs;  ///< [outputs * block]
  Vector<T> deltas;   ///< the same
  Vector<T> total;    ///< [d], for batches of more than one block
  ProductSpace<T> product;
};

template <class T>
Network<T>::Network(const NetworkSpec& spec, const InputShape& input) : input_(input) {
  const LayerList layers = all_layers(spec, input);
  Shape out;
  const std::string why = layers_mismatch(layers, Shape::of(input), out);
  FEDTIDE_REQUIRE(why.empty(), "{}", why);
  LayerCounts counts;
  stack_ = std::make_unique<Stack<T>>(layers, Shape::of(input), layout_, counts);
  if constexpr (std::is_same_v<T, float>) {
    loss_ = spec.loss->for_data(input).make_float(out);
  } else {
    loss_ = spec.loss->for_data(input).make_double(out);
  }
  labels_ = out.kind == Shape::Kind::sequence ? out.steps : 1;
  coupled_ = stack_->couples_samples() || loss_->couples_samples();
}

template <class T>
Vector<T> Network<T>::initial_weights(Stream stream) const {
  Vector<T> w = Vector<T>::Zero(layout_.size());
  stack_->initialize(w.data(), stream);
  return w;
}

template <class T>
std::unique_ptr<Workspace> Network<T>::make_workspace(Index max_batch) const {
  auto space = std::make_unique<Space>();
  space->model = this;
  space->max_batch = max_batch;
  space->block = coupled_ ? max_batch : std::min(max_batch, kBlock);
  space->layers = stack_->make_space(space->block);
  space->outputs.setZero(stack_->output().size() * space->block);
  space->deltas.setZero(space->outputs.size());
  if (max_batch > space->block) space->total.setZero(layout_.size());
  return space;
}

template <class T>
typename Network<T>::Space& Network<T>::space_of(Workspace& ws, const Batch<T>& batch) const {
  auto& space = static_cast<Space&>(ws);
  FEDTIDE_REQUIRE(space.model == this, "a workspace of another model");
  FEDTIDE_REQUIRE(batch.count <= space.max_batch, "{} samples for a workspace of {}", batch.count, space.max_batch);
  if (input_.kind == InputShape::Kind::dense) {
    FEDTIDE_REQUIRE(batch.dense.rows() == input_.features() && batch.dense.cols() >= batch.count,
                    "a batch of {} x {} values for {} features", batch.dense.rows(), batch.dense.cols(),
                    input_.features());
  }
  return space;
}

template <class T>
Pass<T> Network<T>::pass_of(const Batch<T>& batch, Index begin, bool training, Space& space) const {
  return {&batch, begin, std::min(space.block, batch.count - begin), training, &space.product};
}

template <class T>
const T* Network<T>::input_of(const Pass<T>& pass) const {
  if (input_.kind != InputShape::Kind::dense) return nullptr;
  return pass.batch->dense.data() + pass.begin * pass.batch->dense.rows();
}

template <class T>
Score Network<T>::accumulate(const T* w, const Batch<T>& batch, T scale, Space& space, T* target) const {
  Score score;
  for (Index begin = 0; begin < batch.count; begin += space.block) {
    const Pass<T> pass = pass_of(batch, begin, true, space);
    const T* x = input_of(pass);
    stack_->forward(w, x, space.outputs.data(), space.layers.get(), pass);
    const Index size = stack_->output().size() * pass.count;
    std::copy_n(space.outputs.data(), size, space.deltas.data());
    score += loss_->score(space.deltas.data(), stack_->output(), pass, scale, true);
    stack_->backward(w, x, space.outputs.data(), space.deltas.data(), nullptr, target, space.layers.get(), pass);
  }
  return score;
}

template <class T>
Score Network<T>::gradient(const T* w, const Batch<T>& batch, T scale, Workspace& ws, T* step) const {
  Space& space = space_of(ws, batch);
  std::fill_n(step, layout_.size(), T(0));
  return accumulate(w, batch, scale, space, step);
}

template <class T>
Score Network<T>::step(T* w, const Batch<T>& batch, T scale, Workspace& ws) const {
  Space& space = space_of(ws, batch);
  if (batch.count <= space.block) return accumulate(w, batch, scale, space, w);
  space.total.setZero();
  const Score score = accumulate(w, batch, scale, space, space.total.data());
  Eigen::Map<Vector<T>>(w, layout_.size()) += space.total;
  return score;
}

template <class T>
Score Network<T>::evaluate(const T* w, const Batch<T>& batch, Workspace& ws) const {
  Space& space = space_of(ws, batch);
  Score score;
  for (Index begin = 0; begin < batch.count; begin += space.block) {
    const Pass<T> pass = pass_of(batch, begin, false, space);
    stack_->forward(w, input_of(pass), space.outputs.data(), space.layers.get(), pass);
    score += loss_->score(space.outputs.data(), stack_->output(), pass, T(1), false);
  }
  return score;
}

template <class T>
Score Network<T>::predict(const T* w, const Batch<T>& batch, Workspace& ws, T* outputs) const {
  Space& space = space_of(ws, batch);
  const Shape out = stack_->output();
  const Index channels = out.channels, positions = labels_;
  Score score;
  for (Index begin = 0; begin < batch.count; begin += space.block) {
    const Pass<T> pass = pass_of(batch, begin, false, space);
    stack_->forward(w, input_of(pass), space.outputs.data(), space.layers.get(), pass);
    for (Index j = 0; j < pass.count; ++j) {
      T* sample = outputs + (begin + j) * out.size();
      if (positions == 1) {
        std::copy_n(space.outputs.data() + j * out.size(), out.size(), sample);
      } else {
        for (Index t = 0; t < positions; ++t) {
          std::copy_n(space.outputs.data() + (t * pass.count + j) * channels, channels, sample + t * channels);
        }
      }
    }
    score += loss_->score(space.outputs.data(), out, pass, T(1), false);
  }
  return score;
}

template class Network<float>;
template class Network<double>;

std::string NetworkFactory::mismatch(const InputShape& input) const {
  Shape out;
  if (Shape::of(input).size() < 1) return "needs examples of at least one feature";
  if (spec_.head && input.classes < 1 && input.targets < 1) return "needs labels, or numbers to predict";
  std::string why = layers_mismatch(with_head(spec_, input), Shape::of(input), out);
  if (why.empty()) why = spec_.loss->for_data(input).mismatch(out, input);
  return why;
}

std::unique_ptr<const Model<float>> NetworkFactory::make_float(const InputShape& input) const {
  return std::make_unique<Network<float>>(spec_, input);
}

std::unique_ptr<const Model<double>> NetworkFactory::make_double(const InputShape& input) const {
  return std::make_unique<Network<double>>(spec_, input);
}

}  // namespace fedtide
