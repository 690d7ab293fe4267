#pragma once
// What turns a vector into bytes and back. The network carries the encoded size.
//
// The size of a stream follows from the vector's length alone, so that the timeline can be played before anything is
// computed. Random numbers come from a stream that sender and receiver name alike, by client and turn; so none of them
// is sent, nor the seed.

#include <cstddef>
#include <memory>
#include <span>

#include "sim/base/quantity.h"
#include "sim/base/random.h"
#include "sim/base/vector.h"
#include "sim/config/section.h"

namespace fedtide {

/// How near the decoded vector is: E |decode(encode(x)) - x|^2 <= error |x|^2, for every x.
struct Fidelity {
  bool unbiased = false;  ///< E decode(encode(x)) = x
  double error = 0;       ///< omega of an unbiased codec; 1 - delta of a contractive one
};

/// Const and without state: workers share it.
class Codec {
 public:
  virtual ~Codec() = default;
  /// Size of the stream of a vector of d floats. d >= 1
  virtual Bytes bytes(Index d) const = 0;
  /// x: finite. out: bytes(x.size()) of them; all are written.
  virtual void encode(std::span<const float> x, Stream stream, std::span<std::byte> out) const = 0;
  /// The reverse, with the same stream; all of x is written.
  virtual void decode(std::span<const std::byte> in, Stream stream, std::span<float> x) const = 0;
  virtual Fidelity fidelity(Index d) const = 0;
  /// What is decoded is what was encoded, bit for bit.
  virtual bool lossless() const { return false; }
};
struct CodecEntry {
  About about;
  std::unique_ptr<const Codec> (*read)(Section& section);  ///< reads its keys from `compression.up` or `.down`
};

}  // namespace fedtide
