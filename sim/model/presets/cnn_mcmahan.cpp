// The CNN of McMahan, Moore, Ramage, Hampson and Aguera y Arcas, "Communication-Efficient Learning of Deep Networks
// from Decentralized Data", AISTATS 2017, section 3: two 5 x 5 convolutions of 32 and 64 channels, each with 2 x 2 max
// pooling, 512 units, softmax. With padding `same`, 28 x 28 x 1 and 10 classes it has the paper's 1,663,370 weights:
// (25 + 1) 32 + (25 * 32 + 1) 64 + (7 * 7 * 64 + 1) 512 + (512 + 1) 10.

#include "sim/model/presets/parts.h"

namespace fedtide {
namespace {

using namespace parts;

std::unique_ptr<ModelFactory> read(Section& section) {
  const Init init = read_init(section, "he");
  return network(section,
                 {conv(32, 5, kSame, init), relu(), max_pool(2), conv(64, 5, kSame, init), relu(), max_pool(2),
                  flatten(), dense(512, init), relu()},
                 init);
}

const Registration<ModelEntry> entry{ModelEntry{
    About{"cnn_mcmahan", "CNN of 1.66 M weights for 28 x 28 images", "McMahan et al. 2017, section 3"}, &read}};

}  // namespace
}  // namespace fedtide
