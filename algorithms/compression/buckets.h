#pragma once
// Codecs that cut a vector into buckets of equal length, the last one shorter, and encode each on its own, with a scale
// of its own: one large element spoils only its bucket.

#include <array>
#include <cstdint>
#include <cstring>

#include "algorithms/compression/packing.h"
#include "sim/federation/codec.h"

namespace fedtide {

inline constexpr std::size_t kMostBucket = 1 << 16;

class BucketCodec : public Codec {
 public:
  explicit BucketCodec(std::size_t bucket) : bucket_(bucket) {}

  Bytes bytes(Index d) const final {
    const auto n = static_cast<std::size_t>(d);
    const std::size_t rest = n % bucket_;
    return {static_cast<std::int64_t>(n / bucket_ * bucket_bytes(bucket_) + (rest > 0 ? bucket_bytes(rest) : 0))};
  }
  void encode(std::span<const float> x, Stream stream, std::span<std::byte> out) const final {
    std::byte* to = out.data();
    for (std::size_t begin = 0; begin < x.size(); begin += bucket_) {
      const std::size_t n = std::min(bucket_, x.size() - begin);
      encode_bucket(x.data() + begin, n, stream.keyed(begin), to);
      to += bucket_bytes(n);
    }
  }
  void decode(std::span<const std::byte> in, Stream stream, std::span<float> x) const final {
    const std::byte* from = in.data();
    for (std::size_t begin = 0; begin < x.size(); begin += bucket_) {
      const std::size_t n = std::min(bucket_, x.size() - begin);
      decode_bucket(from, stream.keyed(begin), x.data() + begin, n);
      from += bucket_bytes(n);
    }
  }
  /// The worst bucket's.
  Fidelity fidelity(Index d) const final { return bucket_fidelity(std::min(bucket_, static_cast<std::size_t>(d))); }

 protected:
  virtual std::size_t bucket_bytes(std::size_t n) const = 0;
  /// The stream is the bucket's own, from its start.
  virtual void encode_bucket(const float* x, std::size_t n, Stream stream, std::byte* out) const = 0;
  virtual void decode_bucket(const std::byte* in, Stream stream, float* x, std::size_t n) const = 0;
  virtual Fidelity bucket_fidelity(std::size_t n) const = 0;

 private:
  std::size_t bucket_;
};

/// Reads `bucket`.
inline std::size_t read_bucket(Section& s, double fallback, const std::string& source) {
  return static_cast<std::size_t>(s.whole("bucket", {.fallback = fallback,
                                                     .bounds = between(1, static_cast<double>(kMostBucket)),
                                                     .help = "elements that share a scale",
                                                     .source = source}));
}

/// Scratch for the codes of a bucket.
using Codes = std::array<std::uint8_t, kMostBucket + kCodesBeyond>;

inline void put(std::byte*& to, float value) {
  std::memcpy(to, &value, sizeof value);
  to += sizeof value;
}
inline float take(const std::byte*& from) {
  float value = 0;
  std::memcpy(&value, from, sizeof value);
  from += sizeof value;
  return value;
}

/// codes[i] = floor((x[i] - origin) scale + shift + u_i), at most `most`, u_i uniform in (0, 1): to one of the two
/// neighboring levels, so that the mean over u is exact. The probabilities are multiples of 2^-15, half of that off at
/// worst; sums up to 256 + 1 - 2^-16 are exact in a float. Two elements a word.
inline void round_stochastically(const float* x, std::size_t n, float origin, float scale, float shift, int most,
                                 Stream& stream, std::uint8_t* codes) {
  constexpr std::size_t kBlock = 1024;
  std::array<std::uint32_t, kBlock / 2> words;
  std::array<std::uint16_t, kBlock> halves;
  for (std::size_t begin = 0; begin < n; begin += kBlock) {
    const std::size_t size = std::min(kBlock, n - begin);
    stream.fill(std::span(words).first((size + 1) / 2));
    std::memcpy(halves.data(), words.data(), sizeof words);
    for (std::size_t i = 0; i < size; ++i) {
      const float u = (static_cast<float>(halves[i] >> 1) + 0.5f) * 0x1p-15f;
      const auto code = static_cast<int>((x[begin + i] - origin) * scale + shift + u);
      codes[begin + i] = static_cast<std::uint8_t>(std::min(code, most));
    }
  }
}

/// a / b where that is a finite float, else 0: what is too small for a scale is nothing.
inline float quotient(float a, float b) {
  const float q = b > 0 ? a / b : 0;
  return q <= 3.4e38f ? q : 0;
}

}  // namespace fedtide
