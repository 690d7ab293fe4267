// z += x W for inputs of which many are 0: a sample's outputs stay in registers while the weights' rows of its inputs
// that are not 0 are added. 64 rows of weights are used by all samples before the next, while they are in cache.

#include "sim/model/kernels/avx2/dense.h"
#include "sim/model/kernels/avx2/vectors.h"

namespace fedtide::kernels::avx2 {
namespace {

constexpr Index kMost = 13;  ///< vectors of outputs in registers

/// 8 W outputs, beginning where w and z point.
template <int W, bool Tail>
void segment(const float* w, Index out, const float* x, const Nonzeros& found, float* z, __m256i lanes) {
  constexpr int kSets = W >= 7 ? 1 : W >= 4 ? 2 : 4;  // enough sums at work to hide an addition's latency
  const auto load = [lanes](const float* p, int v) {
    return Tail && v == W - 1 ? _mm256_maskload_ps(p + v * kLanes, lanes) : _mm256_loadu_ps(p + v * kLanes);
  };
  const bool pack = collides(out) && found.n >= 4;
  const Index stride = pack ? W * kLanes : out;
  alignas(32) float packed[kNonzeroBlock * W * kLanes];
  for (Index b = 0; b < found.blocks; ++b) {
    const float* rows = w + b * kNonzeroBlock * out;
    if (pack) {
      const Index left = found.in - b * kNonzeroBlock;
      copy_rows<W>(rows, left < kNonzeroBlock ? left : kNonzeroBlock, out, packed, kNonzeroBlock);
      rows = packed;
    }
    for (Index j = 0; j < found.n; ++j) {
      const std::uint8_t* list = found.index + (j * found.blocks + b) * kNonzeroBlock;
      const Index count = found.count[j * found.blocks + b];
      if (count == 0) continue;
      const float* values = x + j * found.in + b * kNonzeroBlock;
      V sum[kSets][W];
      FEDTIDE_UNROLL
      for (int s = 0; s < kSets; ++s) {
        FEDTIDE_UNROLL
        for (int v = 0; v < W; ++v) sum[s][v] = _mm256_setzero_ps();
      }
      Index i = 0;
      for (; i + kSets <= count; i += kSets) {
        FEDTIDE_UNROLL
        for (int s = 0; s < kSets; ++s) {
          const Index k = list[i + s];
          const V factor = _mm256_broadcast_ss(values + k);
          const float* row = rows + k * stride;
          FEDTIDE_UNROLL
          for (int v = 0; v < W; ++v) sum[s][v] = _mm256_fmadd_ps(factor, load(row, v), sum[s][v]);
        }
      }
      for (; i < count; ++i) {
        const Index k = list[i];
        const V factor = _mm256_broadcast_ss(values + k);
        const float* row = rows + k * stride;
        FEDTIDE_UNROLL
        for (int v = 0; v < W; ++v) sum[0][v] = _mm256_fmadd_ps(factor, load(row, v), sum[0][v]);
      }
      float* outputs = z + j * out;
      FEDTIDE_UNROLL
      for (int v = 0; v < W; ++v) {
        V all = sum[0][v];
        for (int s = 1; s < kSets; ++s) all = _mm256_add_ps(all, sum[s][v]);
        all = _mm256_add_ps(load(outputs, v), all);
        if (Tail && v == W - 1) {
          _mm256_maskstore_ps(outputs + v * kLanes, lanes, all);
        } else {
          _mm256_storeu_ps(outputs + v * kLanes, all);
        }
      }
    }
  }
}

template <int W>
void segment_of(Index vectors, bool tail, const float* w, Index out, const float* x, const Nonzeros& found, float* z,
                __m256i lanes) {
  if constexpr (W > 0) {
    if (vectors < W) return segment_of<W - 1>(vectors, tail, w, out, x, found, z, lanes);
    if (tail) return segment<W, true>(w, out, x, found, z, lanes);
    segment<W, false>(w, out, x, found, z, lanes);
  }
}

}  // namespace

void forward(const float* w, Index out, const float* x, const Nonzeros& found, float* z) {
  const Index all = (out + kLanes - 1) / kLanes;
  const Index segments = (all + kMost - 1) / kMost;
  const __m256i lanes = first_lanes(out - (all - 1) * kLanes);
  for (Index s = 0, begin = 0; s < segments; ++s) {
    const Index vectors = (all - begin + segments - s - 1) / (segments - s);  // as even as can be
    const bool tail = begin + vectors == all && out % kLanes != 0;
    segment_of<kMost>(vectors, tail, w + begin * kLanes, out, x, found, z + begin * kLanes, lanes);
    begin += vectors;
  }
}

}  // namespace fedtide::kernels::avx2
