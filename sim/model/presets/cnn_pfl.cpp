// The CNN of pfl-research's CIFAR-10 benchmark: Granqvist et al., "pfl-research: simulation framework for accelerating
// research in Private Federated Learning", 2024 (benchmarks/model/pytorch/cnn.py, simple_cnn). 3 x 3 convolutions of 32
// and 64 channels without padding, each with relu, 2 x 2 max pooling, dropout of 1/4, 128 units, dropout of 1/2;
// Glorot's first weights. With 32 x 32 x 3 and 10 classes
// (27 + 1) 32 + (9 * 32 + 1) 64 + (14 * 14 * 64 + 1) 128 + (128 + 1) 10 = 1,626,442 weights.

#include "sim/model/presets/parts.h"

namespace fedtide {
namespace {

using namespace parts;

std::unique_ptr<ModelFactory> read(Section& section) {
  const Init init = read_init(section, "glorot");
  return network(section,
                 {conv(32, 3, 0, init), relu(), conv(64, 3, 0, init), relu(), max_pool(2), dropout(0.25), flatten(),
                  dense(128, init), relu(), dropout(0.5)},
                 init);
}

const Registration<ModelEntry> entry{
    ModelEntry{About{"cnn_pfl", "pfl-research's CNN for CIFAR-10, with dropout", "Granqvist et al. 2024"}, &read}};

}  // namespace
}  // namespace fedtide
