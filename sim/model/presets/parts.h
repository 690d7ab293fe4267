#pragma once
// Short words for layers, to write an architecture down as its paper does.

#include "sim/model/layers/activation.h"
#include "sim/model/layers/average_pool.h"
#include "sim/model/layers/conv2d.h"
#include "sim/model/layers/dense.h"
#include "sim/model/layers/dropout.h"
#include "sim/model/layers/flatten.h"
#include "sim/model/layers/group_norm.h"
#include "sim/model/layers/max_pool.h"
#include "sim/model/layers/residual.h"
#include "sim/model/losses/read.h"
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
inline Piece global_average_pool() { return std::make_shared<AveragePoolFactory>(AveragePoolSpec{std::nullopt, 1}); }
inline Piece dropout(double rate) { return std::make_shared<DropoutFactory>(DropoutSpec{rate}); }
inline Piece group_norm(Index groups) { return std::make_shared<GroupNormFactory>(GroupNormSpec{groups, 1e-5}); }
inline Piece residual(LayerList layers, LayerList shortcut) {
  return std::make_shared<ResidualFactory>(ResidualSpec{std::move(layers), std::move(shortcut)});
}
inline Piece flatten() { return std::make_shared<FlattenFactory>(); }

/// These layers, a dense layer of as many outputs as the data set asks for, and the loss that the section names.
inline std::unique_ptr<ModelFactory> network(Section& section, LayerList layers, Init init) {
  return std::make_unique<NetworkFactory>(NetworkSpec{std::move(layers), read_loss(section), init});
}

}  // namespace fedtide::parts
