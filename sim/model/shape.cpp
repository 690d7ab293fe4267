#include "sim/model/shape.h"

#include <fmt/format.h>

namespace fedtide {

std::string Shape::text() const {
  switch (kind) {
    case Kind::features:
      return fmt::format("{} features", channels);
    case Kind::image:
      return fmt::format("{} x {} x {} image", height, width, channels);
    case Kind::sequence:
      return fmt::format("sequence of {} x {} features", steps, channels);
    case Kind::tokens:
      return fmt::format("sequence of {} tokens out of {}", steps, channels);
    case Kind::sparse:
      return fmt::format("sparse row of {} features", channels);
    case Kind::graph:
      return fmt::format("node of a graph with {} features", channels);
  }
  return "";
}

Shape Shape::of(const InputShape& input) {
  switch (input.kind) {
    case InputShape::Kind::dense:
      if (input.dims.size() == 3) return {Kind::image, input.dims[0], input.dims[1], input.dims[2], 1};
      return {Kind::features, input.features(), 1, 1, 1};
    case InputShape::Kind::sparse:
      return {Kind::sparse, input.features(), 1, 1, 1};
    case InputShape::Kind::sequence:
      return {Kind::tokens, input.vocabulary, 1, 1, input.features()};
    case InputShape::Kind::graph:
      return {Kind::graph, input.features(), 1, 1, 1};
  }
  return {};
}

}  // namespace fedtide
