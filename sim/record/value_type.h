#pragma once
// The types of recorded values: the same set in the spool, in the trajectory and in its digest.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace fedtide {

enum class ValueType : std::uint8_t { int64, int32, uint32, uint8, float32, float64 };

template <class T>
constexpr ValueType value_type() {
  if constexpr (std::is_same_v<T, std::int64_t>) return ValueType::int64;
  if constexpr (std::is_same_v<T, std::int32_t>) return ValueType::int32;
  if constexpr (std::is_same_v<T, std::uint32_t>) return ValueType::uint32;
  if constexpr (std::is_same_v<T, std::uint8_t>) return ValueType::uint8;
  if constexpr (std::is_same_v<T, float>) return ValueType::float32;
  if constexpr (std::is_same_v<T, double>) return ValueType::float64;
}

constexpr std::size_t size_of(ValueType type) {
  constexpr std::size_t sizes[] = {8, 4, 4, 1, 4, 8};
  return sizes[static_cast<int>(type)];
}

constexpr std::string_view name(ValueType type) {
  constexpr std::string_view names[] = {"int64", "int32", "uint32", "uint8", "float32", "float64"};
  return names[static_cast<int>(type)];
}

}  // namespace fedtide
