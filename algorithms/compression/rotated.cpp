// Linear quantization after a random rotation.
// Suresh, Yu, Kumar, McMahan: Distributed Mean Estimation with Limited Communication. ICML 2017, section 3
// (stochastic rotated quantization, pi_srk).
//
//   Z = R X, R = H D / sqrt(n);  Y = pi_sk(Z), to k = 2^b levels between Z_min and Z_max;  X^ = R^-1 Y
//   E X^ = X,  E |X^ - X|^2 <= (2 ln n + 2) / (k - 1)^2 |X|^2   (theorem 3, for one client)
//
// On blocks of 4096, the last one filled up with zeros to a power of two.

#include "algorithms/compression/hadamard.h"
#include "algorithms/compression/levels.h"

namespace {
using namespace fedtide;

class RotatedLinear final : public BucketCodec {
 public:
  explicit RotatedLinear(int bits) : BucketCodec(kMostRotated), bits_(bits) {}

 protected:
  std::size_t bucket_bytes(std::size_t n) const override { return levels_bytes(std::bit_ceil(n), bits_); }
  void encode_bucket(const float* x, std::size_t n, Stream stream, std::byte* out) const override {
    Rotated z(n);
    z.rotate(x, n, stream);
    put_levels(z.values.data(), z.size, bits_, stream, out);
  }
  void decode_bucket(const std::byte* in, Stream stream, float* x, std::size_t n) const override {
    Rotated z(n);
    take_levels(in, z.size, bits_, z.values.data());
    z.rotate_back(stream, x, n);
  }
  Fidelity bucket_fidelity(std::size_t n) const override {
    const double size = static_cast<double>(std::bit_ceil(n));
    const double most = most_level(bits_);
    return {true, (2 * std::log(size) + 2) / (most * most)};
  }

 private:
  int bits_;
};

const Registration<CodecEntry> entry{
    {{"rotated", "linear quantization after a random rotation; unbiased", "Suresh et al., ICML 2017"},
     [](Section& s) -> std::unique_ptr<const Codec> {
       const auto bits = static_cast<int>(
           s.whole("bits", {.fallback = 4.0, .bounds = between(1, 8), .help = "of a code", .source = ""}));
       return std::make_unique<RotatedLinear>(bits);
     }}};

}  // namespace
