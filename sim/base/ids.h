#pragma once
// Names of things: strong integer types, so that a client is never taken for a version.

#include <cstdint>

namespace fedtide {

/// One virtual client: 0 .. population - 1.
enum class ClientId : std::uint32_t {};

/// Number of a server model: 0 is the initial one, every commit adds one.
enum class Version : std::uint32_t {};

/// How many times an entity has done a thing before; names a random stream.
enum class Turn : std::uint32_t {};

constexpr std::uint32_t raw(ClientId id) { return static_cast<std::uint32_t>(id); }
constexpr std::uint32_t raw(Version v) { return static_cast<std::uint32_t>(v); }
constexpr std::uint32_t raw(Turn t) { return static_cast<std::uint32_t>(t); }

constexpr Version next(Version v) { return Version{raw(v) + 1}; }
constexpr Turn next(Turn t) { return Turn{raw(t) + 1}; }

}  // namespace fedtide
