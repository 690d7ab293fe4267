#pragma once
// Small networks with every kind of layer, for what holds for all of them.

#include "sim/model/layers/average_pool.h"
#include "sim/model/layers/batch_norm.h"
#include "sim/model/layers/dropout.h"
#include "sim/model/layers/gelu.h"
#include "sim/model/layers/group_norm.h"
#include "sim/model/layers/layer_norm.h"
#include "sim/model/layers/residual.h"
#include "tests/model/networks.h"

namespace fedtide {

struct LayerCase {
  std::string name;
  LayerList layers;  ///< of a 6 x 5 image of 2 channels, before a dense head
};

constexpr Index kCaseFeatures = 60;

inline InputShape case_input() { return image_input(2, 6, 5, 3); }

inline BatchNormSpec batch_norm_of(BatchNormSpec::Handling handling) {
  BatchNormSpec spec;
  spec.handling = handling;
  return spec;
}

/// Mostly smooth: among many values behind a relu some lie at its kink, where differences are no slope.
inline std::vector<LayerCase> layer_cases() {
  using namespace parts;
  const auto conv4 = conv(4, 3, kSame, Init::he);
  const auto norm = [](auto handling) { return std::make_shared<BatchNormFactory>(batch_norm_of(handling)); };
  const auto groups = group_norm(2);
  using Handling = BatchNormSpec::Handling;
  return {
      {"conv2d", {conv4, tanh()}},
      {"conv2d, strided", {conv(4, 3, 1, Init::he, 2), tanh()}},
      {"max_pool", {conv4, max_pool(2)}},
      {"average_pool", {conv4, tanh(), std::make_shared<AveragePoolFactory>(AveragePoolSpec{2, 2}), conv4}},
      {"average_pool, global", {conv4, tanh(), std::make_shared<AveragePoolFactory>(AveragePoolSpec{{}, 1})}},
      {"gelu", {conv4, std::make_shared<GeluFactory>(GeluSpec{})}},
      {"dropout", {conv4, std::make_shared<DropoutFactory>(DropoutSpec{0.3}), conv4}},
      {"group_norm", {conv4, groups, tanh()}},
      {"group_norm of features", {flatten(), dense(6, Init::he), groups, tanh()}},
      {"layer_norm", {conv4, std::make_shared<LayerNormFactory>(LayerNormSpec{}), tanh()}},
      {"layer_norm of features",
       {flatten(), dense(37, Init::he), std::make_shared<LayerNormFactory>(LayerNormSpec{}), tanh()}},
      {"batch_norm", {conv4, norm(Handling::shared), tanh()}},
      {"batch_norm of features, static", {flatten(), dense(6, Init::he), norm(Handling::static_batch), tanh()}},
      {"batch_norm, local", {norm(Handling::local), conv4}},
      {"residual",
       {conv4, std::make_shared<ResidualFactory>(ResidualSpec{{conv4, relu(), conv4, relu()}, {}}), tanh()}},
      {"residual first", {std::make_shared<ResidualFactory>(ResidualSpec{{conv4, relu()}, {conv(4, 1, 0, Init::he)}})}},
      {"residual with a shortcut",
       {conv4,
        std::make_shared<ResidualFactory>(ResidualSpec{{conv(6, 3, 1, Init::he, 2), groups, tanh()},
                                                       {conv(6, 1, 0, Init::he, 2), norm(Handling::shared), tanh()}})}},
  };
}

/// With noise, as local training sets it.
template <class T>
Batch<T> case_batch(Index count) {
  auto batch = random_batch<T>(kCaseFeatures, 3, count, 5);
  batch.noise = BatchNoise{Stream(8, Purpose::dropout_mask, 3, 1), 2, 0};
  return batch;
}

}  // namespace fedtide
