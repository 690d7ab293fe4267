#pragma once
// Short words for layers, to write an architecture down as its paper does.

#include "sim/model/layers/activation.h"
#include "sim/model/layers/conv2d.h"
#include "sim/model/layers/dense.h"
#include "sim/model/layers/flatten.h"
#include "sim/model/layers/max_pool.h"
#include "sim/model/losses/cross_entropy.h"
#include "sim/model/network.h"
#include "sim/model/read_init.h"

namespace fedtide::parts {

using Piece = std::shared_ptr<const LayerFactory>;

inline constexpr std::nullopt_t kSame = std::nullopt;

inline Piece conv(Index channels, Index kernel, std::optional<Index> padding, Init init, Index stride = 1,
                  bool bias = true) {
  return std::make_shared<Conv2dFactory>(Conv2dSpec{channels, kernel, stride, padding, bias, init, Activation::none});
}
inline Piece dense(Index units, Init init) {
  return std::make_shared<DenseFactory>(DenseSpec{units, true, init, Activation::none});
}
inline Piece relu() { return std::make_shared<ActivationFactory>(ActivationSpec{Activation::relu}); }
inline Piece tanh() { return std::make_shared<ActivationFactory>(ActivationSpec{Activation::tanh}); }
inline Piece max_pool(Index size) { return std::make_shared<MaxPoolFactory>(MaxPoolSpec{size, size}); }
inline Piece flatten() { return std::make_shared<FlattenFactory>(); }

/// These layers, a dense layer of as many outputs as there are classes, and cross-entropy.
inline std::unique_ptr<ModelFactory> classifier(LayerList layers, Init init) {
  return std::make_unique<NetworkFactory>(
      NetworkSpec{std::move(layers), std::make_shared<CrossEntropyFactory>(), init});
}

}  // namespace fedtide::parts
