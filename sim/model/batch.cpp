#include "sim/model/batch.h"

namespace fedtide {

Index InputShape::features() const {
  Index product = 1;
  for (const Index extent : dims) product *= extent;
  return dims.empty() ? 0 : product;
}

}  // namespace fedtide
