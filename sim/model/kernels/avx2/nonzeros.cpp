// Lists of what is not 0, eight numbers at a time.

#include <cstring>

#include "sim/model/kernels/avx2/dense.h"
#include "sim/model/kernels/avx2/vectors.h"

namespace fedtide::kernels::avx2 {
namespace {

constexpr Index kChunks = kNonzeroBlock / kLanes;

}  // namespace

void find(const float* x, const Nonzeros& found) {
  for (Index j = 0; j < found.n; ++j) {
    const float* sample = x + j * found.in;
    for (Index b = 0; b < found.blocks; ++b) {
      const Index begin = b * kNonzeroBlock;
      std::uint8_t* list = found.index + (j * found.blocks + b) * kNonzeroBlock;
      std::uint8_t* mask = found.mask + b * kChunks * found.groups + j;
      int count = 0;
      for (Index c = 0; c < kChunks; ++c) {
        const Index left = found.in - begin - c * kLanes;
        const V values = left >= kLanes ? _mm256_loadu_ps(sample + begin + c * kLanes)
                         : left > 0     ? _mm256_maskload_ps(sample + begin + c * kLanes, first_lanes(left))
                                        : _mm256_setzero_ps();
        // Not equal, or not a number.
        const auto bits =
            static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(values, _mm256_setzero_ps(), _CMP_NEQ_UQ)));
        const std::uint64_t bytes = _pdep_u64(bits, 0x0101010101010101u) * 0xff;
        const std::uint64_t places =
            _pext_u64(0x0706050403020100u + 0x0808080808080808u * static_cast<std::uint64_t>(c), bytes);
        std::memcpy(list + count, &places, 8);  // at most 8 c are listed before: never beyond the block
        count += __builtin_popcount(bits);
        mask[c * found.groups] = static_cast<std::uint8_t>(bits);
      }
      found.count[j * found.blocks + b] = static_cast<std::uint8_t>(count);
    }
  }
}

}  // namespace fedtide::kernels::avx2
