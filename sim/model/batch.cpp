#include "sim/model/batch.h"

namespace fedtide {

Index InputShape::features() const {
  const bool has_fields = kind == Kind::sparse;  // side by side in a row
  Index all = has_fields ? 0 : 1;
  for (const Index extent : dims) all = has_fields ? all + extent : all * extent;
  return dims.empty() ? 0 : all;
}

}  // namespace fedtide
