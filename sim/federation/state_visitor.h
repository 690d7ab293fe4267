#pragma once
// What a method's server half, an aggregator or privacy carries from one report to the next, named once: a checkpoint
// saves it and restores it through the same walk, so the two cannot differ.
//
//   void visit_state(StateVisitor& state) override {
//     state.visit("c", c_);
//     state.visit("sum_dc", sum_dc_);
//   }
//
// What stays the same over the run (parameters, sizes) is not visited. A value may decide what else there is to visit,
// if it is visited before: `state.visit("count", count_); if (count_ > 0) state.visit("sum", sum_);`

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/base/vector.h"

namespace fedtide {

class StateVisitor {
 public:
  virtual ~StateVisitor() = default;
  /// True where values are restored, false where they are saved.
  virtual bool loading() const = 0;

  /// Whole numbers, also bool and enumerations' underlying values.
  template <std::integral I>
  void visit(std::string_view name, I& value) {
    std::int64_t whole = static_cast<std::int64_t>(value);
    on_whole(name, whole);
    value = static_cast<I>(whole);
  }
  template <std::floating_point F>
  void visit(std::string_view name, F& value) {
    double real = static_cast<double>(value);
    on_real(name, real);
    value = static_cast<F>(real);
  }
  /// Of any size, which is restored too.
  void visit(std::string_view name, Vector<float>& value) { on_vector(name, value); }
  void visit(std::string_view name, Vector<double>& value) { on_vector(name, value); }
  /// May be null.
  template <class T>
  void visit(std::string_view name, SharedVector<T>& value) {
    bool there = value != nullptr;
    visit(name, there);
    Vector<T> copy;
    if (there && value) copy = *value;
    if (there) on_vector(name, copy);
    if (loading()) value = there ? std::make_shared<const Vector<T>>(std::move(copy)) : nullptr;
  }
  template <class V>
  void visit(std::string_view name, std::optional<V>& value) {
    bool there = value.has_value();
    visit(name, there);
    if (loading()) value = there ? std::optional<V>(std::in_place) : std::nullopt;
    if (there) visit(name, *value);
  }
  template <class V>
  void visit(std::string_view name, std::vector<V>& values) {
    std::size_t size = values.size();
    visit(name, size);
    if (loading()) values = std::vector<V>(size);
    for (V& value : values) visit(name, value);
  }
  template <std::integral K, class V>
  void visit(std::string_view name, std::map<K, V>& values) {
    std::vector<K> keys;
    for (const auto& [key, value] : values) keys.push_back(key);
    visit(name, keys);
    if (loading()) values.clear();
    for (const K key : keys) visit(name, values[key]);
  }

 protected:
  virtual void on_whole(std::string_view name, std::int64_t& value) = 0;
  virtual void on_real(std::string_view name, double& value) = 0;
  virtual void on_vector(std::string_view name, Vector<float>& value) = 0;
  virtual void on_vector(std::string_view name, Vector<double>& value) = 0;
};

}  // namespace fedtide
