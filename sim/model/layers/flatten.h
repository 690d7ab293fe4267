#pragma once
// An image's values as features.

#include "sim/model/layer.h"

namespace fedtide {

/// [channels, width, height] becomes [features], channels fastest. Costs nothing.
class FlattenFactory final : public LayerFactory {
 public:
  std::string_view name() const override { return "flatten"; }
  std::string mismatch(const Shape& in) const override;
  Shape output(const Shape& in) const override { return {Shape::Kind::features, in.size(), 1, 1, 1}; }
  bool is_view() const override { return true; }
  std::unique_ptr<Layer<float>> make_float(const Shape&, Layout&, const std::string&) const override { return nullptr; }
  std::unique_ptr<Layer<double>> make_double(const Shape&, Layout&, const std::string&) const override {
    return nullptr;
  }
};

}  // namespace fedtide
