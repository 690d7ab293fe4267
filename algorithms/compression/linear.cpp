// Linear quantization: random rounding to 2^b levels between each bucket's smallest and largest element.
// Suresh, Yu, Kumar, McMahan: Distributed Mean Estimation with Limited Communication. ICML 2017, section 2.2
// (stochastic k-level quantization, pi_sk).
//
//   B(r) = X_min + r s / (k - 1), s = X_max - X_min, r = 0..k-1, k = 2^b
//   Y(j) = B(r+1) with probability (X(j) - B(r)) / (B(r+1) - B(r)), else B(r), for X(j) in [B(r), B(r+1))
//   E Y = X,  E |Y - X|^2 <= n s^2 / (4 (k-1)^2) <= n / (2 (k-1)^2) |X|^2, since s^2 <= 2 |X|^2   (theorem 2)

#include "algorithms/compression/levels.h"

namespace {
using namespace fedtide;

class Linear final : public BucketCodec {
 public:
  Linear(int bits, std::size_t bucket) : BucketCodec(bucket), bits_(bits) {}

 protected:
  std::size_t bucket_bytes(std::size_t n) const override { return levels_bytes(n, bits_); }
  void encode_bucket(const float* x, std::size_t n, Stream stream, std::byte* out) const override {
    put_levels(x, n, bits_, stream, out);
  }
  void decode_bucket(const std::byte* in, Stream, float* x, std::size_t n) const override {
    take_levels(in, n, bits_, x);
  }
  Fidelity bucket_fidelity(std::size_t n) const override {
    const double most = most_level(bits_);
    return {true, static_cast<double>(n) / (2 * most * most)};
  }

 private:
  int bits_;
};

const Registration<CodecEntry> entry{
    {{"linear", "random rounding to levels between each bucket's extremes; unbiased", "Suresh et al., ICML 2017"},
     [](Section& s) -> std::unique_ptr<const Codec> {
       const auto bits = static_cast<int>(
           s.whole("bits", {.fallback = 8.0, .bounds = between(1, 8), .help = "of a code", .source = ""}));
       return std::make_unique<Linear>(bits, read_bucket(s, 512, ""));
     }}};

}  // namespace
