// The `simple-cnn` of NIID-Bench: Li, Diao, Chen and He, "Federated Learning on Non-IID Data Silos: An Experimental
// Study", ICDE 2022. 5 x 5 convolutions of 6 and 16 channels without padding, each with relu and 2 x 2 max pooling, 120
// and 84 units; PyTorch's bound on first weights. With 32 x 32 x 3 and 10 classes
// (75 + 1) 6 + (25 * 6 + 1) 16 + (5 * 5 * 16 + 1) 120 + (120 + 1) 84 + (84 + 1) 10 = 62,006 weights; with 28 x 28 x 1,
// 44,426.

#include "sim/model/presets/parts.h"

namespace fedtide {
namespace {

using namespace parts;

std::unique_ptr<ModelFactory> read(Section& section) {
  const Init init = read_init(section, "lecun");
  return network(section,
                 {conv(6, 5, 0, init), relu(), max_pool(2), conv(16, 5, 0, init), relu(), max_pool(2), flatten(),
                  dense(120, init), relu(), dense(84, init), relu()},
                 init);
}

const Registration<ModelEntry> entry{
    ModelEntry{About{"cnn_niid_bench", "NIID-Bench's simple-cnn", "Li et al. 2022"}, &read}};

}  // namespace
}  // namespace fedtide
