#pragma once
// A uniform sample of a stream whose length nobody knows: Vitter: Random sampling with a reservoir. ACM TOMS 11(1),
// 1985, algorithm R. The n-th that is offered is kept with probability capacity / n, in the place of a random other.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/base/random.h"

namespace fedtide {

class Reservoir {
 public:
  /// Holds at most so many from now on; those above stay until they are taken.
  void set_capacity(std::uint32_t capacity) { capacity_ = capacity; }
  /// The stream begins anew; those held are its first.
  void restart() { offered_ = held_.size(); }
  /// Who has to go for it: nobody while there is room, else one that was held, or the offered one itself.
  std::optional<std::uint32_t> offer(std::uint32_t item, Stream& stream);
  /// It is gone, as if it had never been offered.
  void remove(std::uint32_t item) {
    remove_if([item](std::uint32_t other) { return other == item; });
  }
  template <class Predicate>
  void remove_if(Predicate gone) {
    offered_ -= std::min<std::uint64_t>(offered_, std::erase_if(held_, gone));
  }
  /// Takes all, in the order of their places.
  std::vector<std::uint32_t> take();

  const std::vector<std::uint32_t>& held() const { return held_; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(held_.size()); }

 private:
  std::uint32_t capacity_ = 0;
  std::uint64_t offered_ = 0;
  std::vector<std::uint32_t> held_;
};

}  // namespace fedtide
