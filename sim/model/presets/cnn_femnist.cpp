// LEAF's network for FEMNIST: Caldas et al., "LEAF: A Benchmark for Federated Settings", 2018 (models/femnist/cnn.py).
// Two 5 x 5 convolutions of 32 and 64 channels with padding `same`, each with relu and 2 x 2 max pooling, 2048 units;
// TensorFlow's first weights, Glorot's. With 28 x 28 x 1 and 62 classes
// (25 + 1) 32 + (25 * 32 + 1) 64 + (7 * 7 * 64 + 1) 2048 + (2048 + 1) 62 = 6,603,710 weights.

#include "sim/model/presets/parts.h"

namespace fedtide {
namespace {

using namespace parts;

std::unique_ptr<ModelFactory> read(Section& section) {
  const Init init = read_init(section, "glorot");
  return network(section,
                 {conv(32, 5, kSame, init), relu(), max_pool(2), conv(64, 5, kSame, init), relu(), max_pool(2),
                  flatten(), dense(2048, init), relu()},
                 init);
}

const Registration<ModelEntry> entry{ModelEntry{
    About{"cnn_femnist", "LEAF's CNN of 6.6 M weights for 28 x 28 characters", "Caldas et al. 2018"}, &read}};

}  // namespace
}  // namespace fedtide
