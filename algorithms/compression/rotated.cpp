// Linear quantization after a random rotation.
// Suresh, Yu, Kumar, McMahan: Distributed Mean Estimation with Limited Communication. ICML 2017, section 3
// (stochastic rotated quantization, pi_srk).
//
//   Z = R X, R = H D / sqrt(n);  Y = pi_sk(Z), to k = 2^b levels between Z_min and Z_max;  X^ = R^-1 Y
//   E X^ = X,  E |X^ - X|^2 <= (2 ln n + 2) / (k - 1)^2 |X|^2   (theorem 3, for one client)
//
// On blocks of 4096, the last one filled up with zeros to a power of two.

#include "algorithms/compression/buckets.h"
#include "algorithms/compression/hadamard.h"

namespace {
using namespace fedtide;

class RotatedLinear final : public BucketCodec {
 public:
  explicit RotatedLinear(int bits) : BucketCodec(kMostRotated), bits_(bits), most_((1 << bits) - 1) {}

 protected:
  std::size_t bucket_bytes(std::size_t n) const override {
    return 2 * sizeof(float) + packed_bytes(std::bit_ceil(n), bits_);
  }
  void encode_bucket(const float* x, std::size_t n, Stream stream, std::byte* out) const override {
    Rotated z(n);
    z.rotate(x, n, stream);
    const Eigen::Map<const Eigen::ArrayXf> values(z.values.data(), static_cast<Index>(z.size));
    const float low = values.minCoeff();
    const float step = (values.maxCoeff() - low) / static_cast<float>(most_);
    put(out, low);
    put(out, step);
    std::array<std::uint8_t, kMostRotated + kCodesBeyond> codes;
    round_stochastically(z.values.data(), z.size, low, quotient(1, step), 0, most_, stream, codes.data());
    pack(codes.data(), z.size, bits_, out);
  }
  void decode_bucket(const std::byte* in, Stream stream, float* x, std::size_t n) const override {
    Rotated z(n);
    const float low = take(in);
    const float step = take(in);
    std::array<std::uint8_t, kMostRotated + kCodesBeyond> codes;
    unpack(in, z.size, bits_, codes.data());
    for (std::size_t i = 0; i < z.size; ++i) z.values[i] = low + step * static_cast<float>(codes[i]);
    z.rotate_back(stream, x, n);
  }
  Fidelity bucket_fidelity(std::size_t n) const override {
    const double size = static_cast<double>(std::bit_ceil(n));
    return {true, (2 * std::log(size) + 2) / (most_ * most_)};
  }

 private:
  int bits_;
  int most_;  // k - 1
};

const Registration<CodecEntry> entry{
    {{"rotated", "linear quantization after a random rotation; unbiased", "Suresh et al., ICML 2017"},
     [](Section& s) -> std::unique_ptr<const Codec> {
       const auto bits = static_cast<int>(
           s.whole("bits", {.fallback = 4.0, .bounds = between(1, 8), .help = "of a code", .source = ""}));
       return std::make_unique<RotatedLinear>(bits);
     }}};

}  // namespace
