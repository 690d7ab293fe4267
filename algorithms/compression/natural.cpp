// Natural compression: random rounding to one of the two neighboring powers of two.
// Horvath, Ho, Horvath, Sahu, Canini, Richtarik: Natural Compression for Distributed Deep Learning. arXiv 1905.10988,
// section 3 (MSML 2022).
//
//   C_nat(t) = sign(t) 2^a with probability p(t) = (2^(a+1) - |t|) / 2^a, else sign(t) 2^(a+1),  a = floor(log2 |t|)
//   E C_nat(t) = t,  E (C_nat(t) - t)^2 <= t^2 / 8   (theorem 1)
//
// p(t) is read off the mantissa m: a random 23-bit number is added to it, and a carry makes the next power. So the mean
// is exact. Sign and exponent take 9 bits. Elements below 2^-126 become 0 or 2^-126, with the right mean but not within
// 1/8; above 2^127, where the next power is no float, they become 2^127.

#include "algorithms/compression/buckets.h"

namespace {
using namespace fedtide;

constexpr std::size_t kBlock = 1024;  // elements that lie together in the stream: their exponents, then their signs
constexpr std::uint32_t kMantissa = (1u << 23) - 1;
constexpr std::uint32_t kLargest = 254;  // exponent field of 2^127

class Natural final : public BucketCodec {
 public:
  Natural() : BucketCodec(kBlock) {}

 protected:
  std::size_t bucket_bytes(std::size_t n) const override { return n + packed_bytes(n, 1); }
  void encode_bucket(const float* t, std::size_t n, Stream stream, std::byte* out) const override {
    std::array<std::uint32_t, kBlock> random, bits;
    std::array<std::uint8_t, kBlock + kCodesBeyond> exponents, signs;
    stream.fill(std::span(random).first(n));
    std::memcpy(bits.data(), t, n * sizeof(float));
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint32_t power = ((bits[i] & 0x7fffffffu) + (random[i] & kMantissa)) >> 23;
      exponents[i] = static_cast<std::uint8_t>(std::min(power, kLargest));
      signs[i] = static_cast<std::uint8_t>(bits[i] >> 31);
    }
    std::memcpy(out, exponents.data(), n);
    pack(signs.data(), n, 1, out + n);
  }
  void decode_bucket(const std::byte* in, Stream, float* t, std::size_t n) const override {
    std::array<std::uint32_t, kBlock> bits;
    std::array<std::uint8_t, kBlock + kCodesBeyond> exponents, signs;
    std::memcpy(exponents.data(), in, n);
    unpack(in + n, n, 1, signs.data());
    for (std::size_t i = 0; i < n; ++i) {
      bits[i] = (std::uint32_t{signs[i]} << 31) | (std::uint32_t{exponents[i]} << 23);
    }
    std::memcpy(t, bits.data(), n * sizeof(float));
  }
  Fidelity bucket_fidelity(std::size_t) const override { return {true, 0.125}; }
};

const Registration<CodecEntry> entry{
    {{"natural", "random rounding to powers of two, 9 bits each; unbiased", "Horvath et al., arXiv 1905.10988"},
     [](Section&) -> std::unique_ptr<const Codec> { return std::make_unique<Natural>(); }}};

}  // namespace
