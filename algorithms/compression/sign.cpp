// Signs, scaled by the bucket's mean magnitude.
// Karimireddy, Rebjock, Stich, Jaggi: Error Feedback Fixes SignSGD and other Gradient Compression Schemes. ICML 2019,
// algorithm 1 and lemma 8.
//
//   C(v) = (|v|_1 / n) sign(v);  |C(v) - v|^2 = (1 - |v|_1^2 / (n |v|_2^2)) |v|^2 <= (1 - 1/n) |v|^2
//
// sign(0) = 1. For error_feedback: ef14, as in the paper.

#include "algorithms/compression/buckets.h"

namespace {
using namespace fedtide;

class Sign final : public BucketCodec {
 public:
  using BucketCodec::BucketCodec;

 protected:
  std::size_t bucket_bytes(std::size_t n) const override { return sizeof(float) + packed_bytes(n, 1); }
  void encode_bucket(const float* v, std::size_t n, Stream, std::byte* out) const override {
    const Eigen::Map<const Eigen::ArrayXf> values(v, static_cast<Index>(n));
    put(out, static_cast<float>(values.abs().cast<double>().sum() / static_cast<double>(n)));
    Codes codes;
    for (std::size_t i = 0; i < n; ++i) codes[i] = v[i] >= 0 ? 1 : 0;
    pack(codes.data(), n, 1, out);
  }
  void decode_bucket(const std::byte* in, Stream, float* v, std::size_t n) const override {
    const float scale = take(in);
    Codes codes;
    unpack(in, n, 1, codes.data());
    for (std::size_t i = 0; i < n; ++i) v[i] = codes[i] != 0 ? scale : -scale;
  }
  Fidelity bucket_fidelity(std::size_t n) const override { return {false, 1 - 1 / static_cast<double>(n)}; }
};

const Registration<CodecEntry> entry{
    {{"sign", "signs times each bucket's mean magnitude; for error feedback", "Karimireddy et al., ICML 2019"},
     [](Section& s) -> std::unique_ptr<const Codec> { return std::make_unique<Sign>(read_bucket(s, 4096, "")); }}};

}  // namespace
