// QSGD: random rounding to a few levels of the bucket's norm.
// Alistarh, Grubic, Li, Tomioka, Vojnovic: QSGD: Communication-Efficient SGD via Gradient Quantization and Encoding.
// NeurIPS 2017, section 3.1.
//
//   Q_s(v_i) = |v|_2 sgn(v_i) xi_i,  xi_i = (l + 1) / s with probability s |v_i| / |v|_2 - l, else l / s,
//   l = floor(s |v_i| / |v|_2);  E Q_s(v) = v,  E |Q_s(v) - v|^2 <= min(n / s^2, sqrt(n) / s) |v|^2   (lemma 3.1)
//
// Codes have a fixed width of b bits, s = 2^(b-1) - 1, in place of the paper's Elias codes, whose length depends on v.

#include "algorithms/compression/buckets.h"

namespace {
using namespace fedtide;

class Qsgd final : public BucketCodec {
 public:
  Qsgd(int bits, std::size_t bucket) : BucketCodec(bucket), bits_(bits), s_((1 << (bits - 1)) - 1) {}

 protected:
  std::size_t bucket_bytes(std::size_t n) const override { return sizeof(float) + packed_bytes(n, bits_); }
  void encode_bucket(const float* v, std::size_t n, Stream stream, std::byte* out) const override {
    const Eigen::Map<const Eigen::ArrayXf> values(v, static_cast<Index>(n));
    const auto norm = static_cast<float>(std::sqrt(values.cast<double>().square().sum()));
    const auto s = static_cast<float>(s_);
    put(out, norm);
    Codes codes;
    round_stochastically(v, n, 0, quotient(s, norm), s, 2 * s_, stream, codes.data());
    pack(codes.data(), n, bits_, out);
  }
  void decode_bucket(const std::byte* in, Stream, float* v, std::size_t n) const override {
    const float norm = take(in);
    const float step = quotient(static_cast<float>(s_), norm) > 0 ? norm / static_cast<float>(s_) : 0;
    Codes codes;
    unpack(in, n, bits_, codes.data());
    for (std::size_t i = 0; i < n; ++i) v[i] = step * static_cast<float>(codes[i] - s_);
  }
  Fidelity bucket_fidelity(std::size_t n) const override {
    const double d = static_cast<double>(n);
    return {true, std::min(d / (s_ * s_), std::sqrt(d) / s_)};
  }

 private:
  int bits_;
  int s_;
};

const Registration<CodecEntry> entry{
    {{"qsgd", "random rounding to levels of each bucket's norm; unbiased", "Alistarh et al., NeurIPS 2017"},
     [](Section& s) -> std::unique_ptr<const Codec> {
       const auto bits = static_cast<int>(s.whole("bits", {.fallback = 4.0,
                                                           .bounds = between(2, 8),
                                                           .help = "of a code: sign and levels",
                                                           .source = "Alistarh et al. 2017 try 2, 4, 8"}));
       return std::make_unique<Qsgd>(bits, read_bucket(s, 512, "Alistarh et al. 2017, section 5: 512 with 4 bits"));
     }}};

}  // namespace
