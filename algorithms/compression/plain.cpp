// 32-bit floats as they are: nothing is compressed.

#include <cstring>

#include "sim/federation/codec.h"

namespace {
using namespace fedtide;

class Plain final : public Codec {
 public:
  Bytes bytes(Index d) const override { return {4 * d}; }
  void encode(std::span<const float> x, Stream, std::span<std::byte> out) const override {
    std::memcpy(out.data(), x.data(), out.size());
  }
  void decode(std::span<const std::byte> in, Stream, std::span<float> x) const override {
    std::memcpy(x.data(), in.data(), in.size());
  }
  Fidelity fidelity(Index) const override { return {true, 0}; }
  bool lossless() const override { return true; }
};

const Registration<CodecEntry> entry{
    {{"plain", "32-bit floats as they are", ""},
     [](Section&) -> std::unique_ptr<const Codec> { return std::make_unique<Plain>(); }}};

}  // namespace
