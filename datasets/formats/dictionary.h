#pragma once
// The different values of a column, numbered.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fedtide {

/// Numbers values 0, 1, ... in the order they come. `1`, `1.0` and `1.` are one value.
class Dictionary {
 public:
  std::uint32_t add(std::string_view value);
  std::optional<std::uint32_t> find(std::string_view value) const;
  const std::vector<std::string>& names() const { return names_; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(names_.size()); }
  /// Numbers anew, ascending as numbers where all values are numbers, else as text; returns the new number of each old
  /// one.
  std::vector<std::uint32_t> sort();

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> codes_;
};

}  // namespace fedtide
