#pragma once
// NumPy's archives of arrays: a zip file with a member `name.npy` for each array, stored or deflated.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "datasets/formats/array.h"

namespace fedtide {

/// An open archive. Checksums of what is read are verified. Errors: Failure(no_input) when the file cannot be opened,
/// Failure(data_damaged) for everything that is wrong with it.
class NpzFile {
 public:
  explicit NpzFile(const std::string& path);
  /// Reads bytes that outlive the reader; `name` stands for the path in messages.
  static NpzFile over(const std::string& name, std::span<const std::uint8_t> bytes);
  NpzFile(NpzFile&&) noexcept;
  ~NpzFile();

  /// Of the arrays, without .npy, in the archive's order.
  const std::vector<std::string>& names() const;
  bool has(const std::string& name) const;
  /// Failure(usage) when there is no such array.
  Array read(const std::string& name) const;

 private:
  struct State;
  explicit NpzFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace fedtide
