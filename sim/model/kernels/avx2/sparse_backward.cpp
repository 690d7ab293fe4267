// W += x d^T for inputs of which many are 0, and dx = W d before it, 64 rows of weights at a time: they are in cache
// for the second. A row's sum over the samples stays in registers. Rows with equally many samples come one after the
// other, since a processor foresees the end of a loop that is as long as the last one.

#include "sim/model/kernels/avx2/dense.h"
#include "sim/model/kernels/avx2/vectors.h"

namespace fedtide::kernels::avx2 {
namespace {

constexpr Index kChunks = kNonzeroBlock / kLanes;

}  // namespace
namespace {

constexpr Index kMost = 13;  ///< vectors of a row in registers

/// Rows of a block by the number of their samples.
struct Rows {
  std::uint64_t samples[kNonzeroBlock];  ///< bit j: x[j, row] is not 0
  std::uint8_t order[kNonzeroBlock];     ///< rows with no sample are not in it
  Index count = 0;
};

void read(const Nonzeros& found, Index block, Rows& rows) {
  const Index many =
      found.in - block * kNonzeroBlock < kNonzeroBlock ? found.in - block * kNonzeroBlock : kNonzeroBlock;
  for (Index r = 0; r < kNonzeroBlock; ++r) rows.samples[r] = 0;
  for (Index c = 0; c < kChunks; ++c) {
    const std::uint8_t* mask = found.mask + (block * kChunks + c) * found.groups;
    for (Index g = 0; g * 8 < found.n; ++g) {
      std::uint64_t word = 0;
      __builtin_memcpy(&word, mask + g * 8, 8);
      if (found.n - g * 8 < 8) word &= (std::uint64_t{1} << ((found.n - g * 8) * 8)) - 1;  // what no one wrote
      FEDTIDE_UNROLL
      for (Index r = 0; r < 8; ++r) rows.samples[c * 8 + r] |= _pext_u64(word, 0x0101010101010101u << r) << (g * 8);
    }
  }
  std::uint8_t begin[kMostSamples + 2] = {};
  for (Index r = 0; r < many; ++r) ++begin[__builtin_popcountll(rows.samples[r]) + 1];
  rows.count = many - begin[1];
  begin[1] = 0;
  for (Index s = 2; s <= kMostSamples; ++s) begin[s] = static_cast<std::uint8_t>(begin[s] + begin[s - 1]);
  for (Index r = 0; r < many; ++r) {
    const int samples = __builtin_popcountll(rows.samples[r]);
    if (samples > 0) rows.order[begin[samples]++] = static_cast<std::uint8_t>(r);
  }
}

template <int W, bool Tail>
void segment(const Rows& rows, const float* x, Index in, const float* d, Index samples, Index out, float* target,
             __m256i lanes) {
  const auto load = [lanes](const float* p, int v) {
    return Tail && v == W - 1 ? _mm256_maskload_ps(p + v * kLanes, lanes) : _mm256_loadu_ps(p + v * kLanes);
  };
  const bool pack = collides(out);
  const Index stride = pack ? W * kLanes : out;
  alignas(32) float packed[kMostSamples * W * kLanes];
  if (pack) {
    copy_rows<W>(d, samples, out, packed);
    d = packed;
  }
  for (Index i = 0; i < rows.count; ++i) {
    const Index k = rows.order[i];
    V sum[W];
    FEDTIDE_UNROLL
    for (int v = 0; v < W; ++v) sum[v] = _mm256_setzero_ps();
    for (std::uint64_t left = rows.samples[k]; left != 0; left &= left - 1) {
      const Index j = __builtin_ctzll(left);
      const V factor = _mm256_broadcast_ss(x + j * in + k);
      const float* delta = d + j * stride;
      FEDTIDE_UNROLL
      for (int v = 0; v < W; ++v) sum[v] = _mm256_fmadd_ps(factor, load(delta, v), sum[v]);
    }
    float* row = target + k * out;
    FEDTIDE_UNROLL
    for (int v = 0; v < W; ++v) {
      const V all = _mm256_add_ps(load(row, v), sum[v]);
      if (Tail && v == W - 1) {
        _mm256_maskstore_ps(row + v * kLanes, lanes, all);
      } else {
        _mm256_storeu_ps(row + v * kLanes, all);
      }
    }
  }
}

template <int W>
void segment_of(Index vectors, bool tail, const Rows& rows, const float* x, Index in, const float* d, Index samples,
                Index out, float* target, __m256i lanes) {
  if constexpr (W > 0) {
    if (vectors < W) return segment_of<W - 1>(vectors, tail, rows, x, in, d, samples, out, target, lanes);
    if (tail) return segment<W, true>(rows, x, in, d, samples, out, target, lanes);
    segment<W, false>(rows, x, in, d, samples, out, target, lanes);
  }
}

}  // namespace

void backward(const float* w, Index out, const float* x, const Nonzeros& found, const float* d, float* dx,
              float* target) {
  const Index all = (out + kLanes - 1) / kLanes;
  const Index segments = (all + kMost - 1) / kMost;
  const __m256i lanes = first_lanes(out - (all - 1) * kLanes);
  Rows rows;
  for (Index b = 0; b < found.blocks; ++b) {
    const Index first = b * kNonzeroBlock;
    read(found, b, rows);
    if (dx != nullptr) {
      const Index many = found.in - first < kNonzeroBlock ? found.in - first : kNonzeroBlock;
      dots(w + first * out, many, out, d, found.n, out, out, dx + first, found.in);
    }
    for (Index s = 0, begin = 0; s < segments; ++s) {
      const Index vectors = (all - begin + segments - s - 1) / (segments - s);  // as even as can be
      const bool tail = begin + vectors == all && out % kLanes != 0;
      segment_of<kMost>(vectors, tail, rows, x + first, found.in, d + begin * kLanes, found.n, out,
                        target + first * out + begin * kLanes, lanes);
      begin += vectors;
    }
  }
}

}  // namespace fedtide::kernels::avx2
