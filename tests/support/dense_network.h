#pragma once
// Fully connected networks, as the tests of many folders want them.

#include "sim/model/layers/dense.h"
#include "sim/model/layers/flatten.h"
#include "sim/model/losses/cross_entropy.h"
#include "sim/model/network.h"

namespace fedtide {

struct DenseNetworkSpec {
  using Activation = fedtide::Activation;
  using Init = fedtide::Init;

  std::vector<Index> hidden;  ///< none: softmax regression
  Activation activation = Activation::relu;
  Init init = Init::he;
  bool bias = true;

  operator NetworkSpec() const {
    NetworkSpec spec;
    spec.layers = {std::make_shared<FlattenFactory>()};
    for (const Index units : hidden) {
      spec.layers.push_back(std::make_shared<DenseFactory>(DenseSpec{units, bias, init, activation}));
    }
    spec.head = init;
    spec.head_bias = bias;
    spec.loss = std::make_shared<CrossEntropyFactory>();
    return spec;
  }
};

template <class T>
struct DenseNetwork final : Network<T> {
  DenseNetwork(const DenseNetworkSpec& spec, Index features, Index classes)
      : Network<T>(spec, InputShape{InputShape::Kind::dense, {features}, static_cast<int>(classes)}) {}
};

}  // namespace fedtide
