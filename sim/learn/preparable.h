#pragma once
// Data whose files take long to read, and can be converted once.

#include <string>
#include <vector>

namespace fedtide {

/// A data loader that is also this one reads a cache in place of its files where there is a sound one of them.
class Preparable {
 public:
  virtual ~Preparable() = default;
  /// Reads the files and writes their cache anew; returns what was written. Errors: those of loading,
  /// Failure(no_output) and Failure(io).
  virtual std::vector<std::string> prepare() const = 0;
};

}  // namespace fedtide
