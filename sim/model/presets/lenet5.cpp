// LeNet-5 after LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition", 1998, as
// it is used today: relu and max pooling, and every map of the second convolution sees all of the first. 5 x 5
// convolutions of 6 (padding 2) and 16 channels (padding 0), 120 and 84 units. With 28 x 28 x 1 and 10 classes
// (25 + 1) 6 + (25 * 6 + 1) 16 + (5 * 5 * 16 + 1) 120 + (120 + 1) 84 + (84 + 1) 10 = 61,706 weights.

#include "sim/model/presets/parts.h"

namespace fedtide {
namespace {

using namespace parts;

std::unique_ptr<ModelFactory> read(Section& section) {
  const Init init = read_init(section, "he");
  return network(section,
                 {conv(6, 5, 2, init), relu(), max_pool(2), conv(16, 5, 0, init), relu(), max_pool(2), flatten(),
                  dense(120, init), relu(), dense(84, init), relu()},
                 init);
}

const Registration<ModelEntry> entry{
    ModelEntry{About{"lenet5", "LeNet-5 with relu and max pooling", "LeCun et al. 1998"}, &read}};

}  // namespace
}  // namespace fedtide
