// TernGrad: each element becomes -1, 0 or 1 times the bucket's largest.
// Wen, Xu, Yan, Wu, Wang, Chen, Li: TernGrad: Ternary Gradients to Reduce Communication in Distributed Deep Learning.
// NeurIPS 2017, section 3.1.
//
//   s_t = max |g_t|;  g~_t = s_t sign(g_t) o b_t,  P(b_tk = 1) = |g_tk| / s_t
//   E g~ = g,  E |g~ - g|^2 = s_t |g|_1 - |g|_2^2 <= (sqrt(n) - 1) / 2 |g|^2
//
// (The largest |g|_inf |g|_1 at |g|_2 = 1 is (1 + sqrt n) / 2: one element a, the others b, a^2 + (n-1) b^2 = 1.)
// Five codes share a byte in base 3, a stride apart as in packing.h: 1.6 bits an element.

#include "algorithms/compression/buckets.h"

namespace {
using namespace fedtide;

constexpr std::size_t kTrits = 5;  // 3^5 = 243

class Ternary final : public BucketCodec {
 public:
  using BucketCodec::BucketCodec;

 protected:
  std::size_t bucket_bytes(std::size_t n) const override { return sizeof(float) + stride(n); }
  void encode_bucket(const float* g, std::size_t n, Stream stream, std::byte* out) const override {
    const float s = Eigen::Map<const Eigen::ArrayXf>(g, static_cast<Index>(n)).abs().maxCoeff();
    put(out, s);
    Codes codes;
    round_stochastically(g, n, 0, quotient(1, s), 1, 2, stream, codes.data());
    auto* to = reinterpret_cast<std::uint8_t*>(out);
    std::fill(to, to + stride(n), std::uint8_t{0});
    for (std::size_t begin = (n - 1) / stride(n) * stride(n);; begin -= stride(n)) {
      const std::size_t count = std::min(stride(n), n - begin);
      for (std::size_t j = 0; j < count; ++j) to[j] = static_cast<std::uint8_t>(3 * to[j] + codes[begin + j]);
      for (std::size_t j = count; j < stride(n); ++j) to[j] = static_cast<std::uint8_t>(3 * to[j]);
      if (begin == 0) break;
    }
  }
  void decode_bucket(const std::byte* in, Stream, float* g, std::size_t n) const override {
    const float given = take(in);
    const float s = quotient(1, given) > 0 ? given : 0;
    std::array<std::uint8_t, kMostBucket / kTrits + 1> rest;
    std::memcpy(rest.data(), in, stride(n));
    for (std::size_t begin = 0; begin < n; begin += stride(n)) {
      const std::size_t count = std::min(stride(n), n - begin);
      for (std::size_t j = 0; j < count; ++j) {
        const int third = rest[j] * 171 >> 9;  // rest / 3, exact below 256
        g[begin + j] = s * static_cast<float>(rest[j] - 3 * third - 1);
        rest[j] = static_cast<std::uint8_t>(third);
      }
    }
  }
  Fidelity bucket_fidelity(std::size_t n) const override { return {true, (std::sqrt(static_cast<double>(n)) - 1) / 2}; }

 private:
  static std::size_t stride(std::size_t n) { return (n + kTrits - 1) / kTrits; }
};

const Registration<CodecEntry> entry{
    {{"ternary", "TernGrad: -1, 0 or 1 times each bucket's largest element; unbiased", "Wen et al., NeurIPS 2017"},
     [](Section& s) -> std::unique_ptr<const Codec> { return std::make_unique<Ternary>(read_bucket(s, 512, "")); }}};

}  // namespace
