#pragma once
// Work space for kernels.

#include <cstdint>

#include "sim/base/vector.h"

namespace fedtide {

/// A vector that starts with a cache line, so that no aligned part of it lies in two: such loads take twice as long.
template <class T>
class LineVector {
 public:
  void setZero(Index size) {
    constexpr Index kLine = 64;
    memory_.setZero(size + kLine / static_cast<Index>(sizeof(T)));
    const auto over = static_cast<Index>(reinterpret_cast<std::uintptr_t>(memory_.data()) % kLine);
    first_ = over == 0 ? 0 : (kLine - over) / static_cast<Index>(sizeof(T));
    size_ = size;
  }
  void setZero() { memory_.setZero(); }
  Index size() const { return size_; }
  T* data() { return memory_.data() + first_; }

 private:
  Vector<T> memory_;
  Index first_ = 0, size_ = 0;
};

}  // namespace fedtide
