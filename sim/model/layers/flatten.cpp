#include "sim/model/layers/flatten.h"

namespace fedtide {

std::string FlattenFactory::mismatch(const Shape& in) const {
  return in.kind == Shape::Kind::image || in.kind == Shape::Kind::features ? "" : "takes an image, got a " + in.text();
}

}  // namespace fedtide
