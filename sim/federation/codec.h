#pragma once
// What turns a vector into bytes and back. The network carries the encoded size.

#include "sim/base/quantity.h"
#include "sim/base/random.h"
#include "sim/base/vector.h"

namespace fedtide {

class Codec {
 public:
  virtual ~Codec() = default;
  /// True: bytes(d) holds for every vector. False: it is nominal, and the true size is known only once the update is
  /// computed.
  virtual bool fixed_size() const = 0;
  virtual Bytes bytes(Index d) const = 0;
  /// The vector as the receiver decodes it, in place.
  virtual void pass(Vector<float>& v, Stream stream) const = 0;
};

/// 32-bit floats as they are.
class PlainCodec final : public Codec {
 public:
  bool fixed_size() const override { return true; }
  Bytes bytes(Index d) const override { return {4 * d}; }
  void pass(Vector<float>&, Stream) const override {}
};

}  // namespace fedtide
