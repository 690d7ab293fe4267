#pragma once
// Lets one computation use further threads.

#include <functional>

namespace fedtide {

class Parallel {
 public:
  virtual ~Parallel() = default;
  /// How many threads could work on one computation now; 1 where others wait for theirs. May change at any time, so no
  /// result may depend on it.
  virtual int threads() const = 0;
  /// Calls body(0) .. body(n - 1), each once, on any threads, and returns when all are done; rethrows what one threw.
  virtual void for_each(int n, const std::function<void(int)>& body) const = 0;
};

}  // namespace fedtide
