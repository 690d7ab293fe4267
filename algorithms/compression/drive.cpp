// DRIVE: one bit an element, the sign after a random rotation.
// Vargaftik, Ben-Basat, Portnoy, Mendelson, Ben-Itzhak, Mitzenmacher: DRIVE: One-bit Distributed Mean Estimation.
// NeurIPS 2021, sections 3 to 5.
//
//   sends sign(R(x)) and S = |R(x)|_1 / d;  x^ = R^-1 (S sign(R(x)))
//   |x^ - x|^2 = (1 - |R(x)|_1^2 / (d |x|^2)) |x|^2: for a uniform rotation 1 - 2/pi on average    (theorem 1)
//
// The rotation is the randomized Hadamard one (section 5), on blocks of 4096, the last one filled up with zeros to a
// power of two. For it E |R(x)|_1^2 >= (E |R(x)|_1)^2 >= d |x|^2 / 2 by Khintchine's inequality (Szarek 1976), so the
// error is at most 1/2 of |x|^2 whatever x is. S is the scale with the least error; the paper's unbiased one,
// |x|^2 / |R(x)|_1, has a mean that is exact for a uniform rotation only.

#include "algorithms/compression/buckets.h"
#include "algorithms/compression/hadamard.h"

namespace {
using namespace fedtide;

class Drive final : public BucketCodec {
 public:
  Drive() : BucketCodec(kMostRotated) {}

 protected:
  std::size_t bucket_bytes(std::size_t n) const override { return sizeof(float) + packed_bytes(std::bit_ceil(n), 1); }
  void encode_bucket(const float* x, std::size_t n, Stream stream, std::byte* out) const override {
    Rotated r(n);
    r.rotate(x, n, stream);
    const Eigen::Map<const Eigen::ArrayXf> values(r.values.data(), static_cast<Index>(r.size));
    put(out, static_cast<float>(values.abs().cast<double>().sum() / static_cast<double>(r.size)));
    std::array<std::uint8_t, kMostRotated + kCodesBeyond> codes;
    const std::size_t size = r.size;  // in a register: a write of a byte may be to anything
    for (std::size_t i = 0; i < size; ++i) codes[i] = r.values[i] >= 0 ? 1 : 0;
    pack(codes.data(), size, 1, out);
  }
  void decode_bucket(const std::byte* in, Stream stream, float* x, std::size_t n) const override {
    Rotated r(n);
    const float scale = take(in);
    std::array<std::uint8_t, kMostRotated + kCodesBeyond> codes;
    const std::size_t size = r.size;
    unpack(in, size, 1, codes.data());
    for (std::size_t i = 0; i < size; ++i) r.values[i] = codes[i] != 0 ? scale : -scale;
    r.rotate_back(stream, x, n);
  }
  Fidelity bucket_fidelity(std::size_t) const override { return {false, 0.5}; }
};

const Registration<CodecEntry> entry{
    {{"drive", "one bit each after a random rotation", "Vargaftik et al., NeurIPS 2021"},
     [](Section&) -> std::unique_ptr<const Codec> { return std::make_unique<Drive>(); }}};

}  // namespace
