#include "sim/model/layout.h"

#include <utility>

#include "sim/base/error.h"

namespace fedtide {

Index WeightRange::size() const {
  Index product = 1;
  for (const Index extent : shape) product *= extent;
  return product;
}

Index Layout::add(std::string name, std::vector<Index> shape, Part part) {
  for (const WeightRange& range : ranges_) {
    FEDTIDE_REQUIRE(range.name != name, "two ranges of weights are called {}", name);
  }
  const Index offset = size_;
  ranges_.push_back({std::move(name), offset, std::move(shape), part});
  const Index added = ranges_.back().size();
  FEDTIDE_REQUIRE(added > 0, "the range {} has no weights", ranges_.back().name);
  size_ += added;
  return offset;
}

Index Layout::add_statistic(std::string name, std::vector<Index> shape, Part part) {
  const Index offset = add(std::move(name), std::move(shape), part);
  ranges_.back().statistic = true;
  statistics_.push_back(ranges_.back());
  return offset;
}

}  // namespace fedtide
