// ResNet-8, the smallest of the CIFAR family (6 n + 2 layers, n = 1) of He et al., "Deep Residual Learning for Image
// Recognition", CVPR 2016, with group instead of batch normalization, as Hsieh et al., "The Non-IID Data Quagmire of
// Decentralized Machine Learning", ICML 2020, advise where clients' data differ.
//
//   stem:             conv 3 x 3, 16 channels - norm - relu
//   stages 16, 32, 64 with strides 1, 2, 2, one basic block each:
//     block:          conv 3 x 3 (stride) - norm - relu - conv 3 x 3 - norm
//     shortcut:       the input; where the shape changes, conv 1 x 1 (stride) - norm
//     behind the sum: relu
//   head:             global mean - dense
//
// Convolutions have padding 1 (1 x 1: none) and no bias. With 3 channels and 10 classes 464 + 4,672 + 14,528 + 57,728 +
// 650 = 78,042 weights: a block of m to c channels has 9 m c + 9 c c + 4 c, and m c + 2 c more where the shape changes.

#include "sim/model/presets/parts.h"

namespace fedtide {
namespace {

using namespace parts;

Piece plain_conv(Index channels, Index kernel, Index stride, Init init) {
  return conv(channels, kernel, kernel / 2, init, stride, false);
}

Piece block(Index channels, Index stride, Index groups, Init init) {
  LayerList shortcut;
  if (stride > 1) shortcut = {plain_conv(channels, 1, stride, init), group_norm(groups)};
  return residual({plain_conv(channels, 3, stride, init), group_norm(groups), relu(), plain_conv(channels, 3, 1, init),
                   group_norm(groups)},
                  shortcut);
}

std::unique_ptr<ModelFactory> read(Section& section) {
  const Init init = read_init(section, "he");
  const Index groups =
      section.whole("groups", Number{8.0, between(1, 16), "groups of channels that are normalized", "Wu and He 2018"});
  if (16 % groups != 0) section.reject("groups", "must divide 16, the channels of the first stage");
  return network(section,
                 {plain_conv(16, 3, 1, init), group_norm(groups), relu(), block(16, 1, groups, init), relu(),
                  block(32, 2, groups, init), relu(), block(64, 2, groups, init), relu(), global_average_pool()},
                 init);
}

const Registration<ModelEntry> entry{
    ModelEntry{About{"resnet8", "residual network of 78 k weights with group normalization", "He et al. 2016"}, &read}};

}  // namespace
}  // namespace fedtide
