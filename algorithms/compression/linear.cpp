// Linear quantization: random rounding to 2^b levels between each bucket's smallest and largest element.
// Suresh, Yu, Kumar, McMahan: Distributed Mean Estimation with Limited Communication. ICML 2017, section 2.2
// (stochastic k-level quantization, pi_sk).
//
//   B(r) = X_min + r s / (k - 1), s = X_max - X_min, r = 0..k-1, k = 2^b
//   Y(j) = B(r+1) with probability (X(j) - B(r)) / (B(r+1) - B(r)), else B(r), for X(j) in [B(r), B(r+1))
//   E Y = X,  E |Y - X|^2 <= n s^2 / (4 (k-1)^2) <= n / (2 (k-1)^2) |X|^2, since s^2 <= 2 |X|^2   (theorem 2)

#include "algorithms/compression/buckets.h"

namespace {
using namespace fedtide;

class Linear final : public BucketCodec {
 public:
  Linear(int bits, std::size_t bucket) : BucketCodec(bucket), bits_(bits), most_((1 << bits) - 1) {}

 protected:
  std::size_t bucket_bytes(std::size_t n) const override { return 2 * sizeof(float) + packed_bytes(n, bits_); }
  void encode_bucket(const float* x, std::size_t n, Stream stream, std::byte* out) const override {
    const Eigen::Map<const Eigen::ArrayXf> values(x, static_cast<Index>(n));
    const float low = values.minCoeff();
    const float step = (values.maxCoeff() - low) / static_cast<float>(most_);
    put(out, low);
    put(out, step);
    Codes codes;
    round_stochastically(x, n, low, quotient(1, step), 0, most_, stream, codes.data());
    pack(codes.data(), n, bits_, out);
  }
  void decode_bucket(const std::byte* in, Stream, float* x, std::size_t n) const override {
    const float low = take(in);
    const float step = take(in);
    Codes codes;
    unpack(in, n, bits_, codes.data());
    for (std::size_t i = 0; i < n; ++i) x[i] = low + step * static_cast<float>(codes[i]);
  }
  Fidelity bucket_fidelity(std::size_t n) const override {
    return {true, static_cast<double>(n) / (2.0 * most_ * most_)};
  }

 private:
  int bits_;
  int most_;  // k - 1
};

const Registration<CodecEntry> entry{
    {{"linear", "random rounding to levels between each bucket's extremes; unbiased", "Suresh et al., ICML 2017"},
     [](Section& s) -> std::unique_ptr<const Codec> {
       const auto bits = static_cast<int>(
           s.whole("bits", {.fallback = 8.0, .bounds = between(1, 8), .help = "of a code", .source = ""}));
       return std::make_unique<Linear>(bits, read_bucket(s, 512, ""));
     }}};

}  // namespace
