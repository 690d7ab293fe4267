// Vertical split: clients see some of the features only.
// Yang, Liu, Chen, Tong: Federated machine learning: concept and applications. ACM TIST 2019 (arXiv 1902.04885),
// section 2.3.2, "vertical federated learning"; here one model takes all features and those that a client lacks are 0.
//
// Rule: the features are cut into `parts` pieces of the same size, the first ones having one more where they do not
// divide; client i sees piece i mod parts. Nothing is drawn.

#include <algorithm>
#include <memory>

#include "sim/learn/shift.h"

namespace fedtide {
namespace {

class Vertical final : public FeatureShift<Vertical> {
 public:
  explicit Vertical(std::uint64_t parts) : parts_(parts) {}

  std::string mismatch(const InputShape& shape) const override {
    const std::string why = needs_dense_features(shape);
    if (!why.empty() || static_cast<std::uint64_t>(shape.features()) >= parts_) return why;
    return "has " + std::to_string(parts_) + " parts, the data set has " + std::to_string(shape.features()) +
           " features";
  }
  template <class T>
  void apply(const ShiftSubject& who, std::span<T> x) const {
    const std::uint64_t part = who.client % parts_;
    const std::uint64_t each = x.size() / parts_;
    const std::uint64_t longer = x.size() % parts_;
    const std::uint64_t begin = part * each + std::min(part, longer);
    const std::uint64_t end = begin + each + (part < longer ? 1 : 0);
    std::fill(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(begin), T{0});
    std::fill(x.begin() + static_cast<std::ptrdiff_t>(end), x.end(), T{0});
  }

 private:
  std::uint64_t parts_;
};

std::unique_ptr<Shift> read(Section& section) {
  return std::make_unique<Vertical>(static_cast<std::uint64_t>(
      section.whole("parts", {2, between(2, 1e9), "pieces of the features; a client sees one of them", ""})));
}

const Registration<ShiftEntry> entry{
    {{"vertical", "each client sees one part of the features, the others are 0", "Yang et al. 2019, arXiv 1902.04885"},
     read}};

}  // namespace
}  // namespace fedtide
