// Top-k: the k elements of largest magnitude, with their places.
// Stich, Cordonnier, Jaggi: Sparsified SGD with Memory. NeurIPS 2018, definition 2.1 and lemma A.1; Aji, Heafield:
// Sparse Communication for Distributed Gradient Descent. EMNLP 2017.
//
//   (top_k(x))_pi(i) = x_pi(i) for i <= k, else 0, |x_pi(1)| >= |x_pi(2)| >= ..
//   |x - top_k(x)|^2 <= (1 - k/d) |x|^2
//
// Of equal magnitudes the first are kept. Places in ascending order, in log2(d/k) + 2 bits each at most (places.h),
// then values in 4 bytes. For error_feedback: ef14, as in the papers.

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

#include "algorithms/compression/kept.h"
#include "algorithms/compression/places.h"

namespace {
using namespace fedtide;

/// Orders magnitudes as the numbers do.
std::uint32_t magnitude(float x) { return std::bit_cast<std::uint32_t>(x) & 0x7fffffffu; }

/// The k-th largest magnitude, and how many of those equal to it are among the k largest.
struct Threshold {
  std::uint32_t magnitude = 0;
  std::size_t equal = 0;
};

/// By digits from the top: one pass counts the leading bits, and only the elements of the digit in which the k-th lies
/// are looked at again.
Threshold threshold_of(std::span<const float> x, std::size_t k) {
  constexpr int kLow = 18;  // 13 leading bits: exponent and 5 of the mantissa
  std::vector<std::uint32_t> counts(std::size_t{1} << (31 - kLow));
  for (const float value : x) ++counts[magnitude(value) >> kLow];
  std::size_t digit = counts.size() - 1;
  std::size_t above = 0;
  for (; above + counts[digit] < k; --digit) above += counts[digit];
  std::vector<std::uint32_t> same(counts[digit] + 1);  // one more: written beyond the last and not counted
  std::size_t found = 0;
  for (const float value : x) {
    same[found] = magnitude(value);
    found += same[found] >> kLow == digit ? 1 : 0;
  }
  same.pop_back();
  const std::size_t rank = k - above;  // among them, from 1
  const auto kth = same.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(same.begin(), kth, same.end(), std::greater<>());
  const std::uint32_t value = *kth;
  const auto larger = std::count_if(same.begin(), same.end(), [&](std::uint32_t m) { return m > value; });
  return {value, rank - static_cast<std::size_t>(larger)};
}

class TopK final : public Codec {
 public:
  explicit TopK(double fraction) : fraction_(fraction) {}

  Bytes bytes(Index d) const override {
    const std::size_t k = kept(fraction_, d);
    return {static_cast<std::int64_t>(places_bytes(static_cast<std::size_t>(d), k) + sizeof(float) * k)};
  }
  void encode(std::span<const float> x, Stream, std::span<std::byte> out) const override {
    const std::size_t k = kept(fraction_, static_cast<Index>(x.size()));
    Threshold least = threshold_of(x, k);
    std::vector<std::uint32_t> places(k + 1);
    std::size_t n = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::uint32_t m = magnitude(x[i]);
      const bool tie = m == least.magnitude && least.equal > 0;
      least.equal -= tie ? 1 : 0;
      places[n] = static_cast<std::uint32_t>(i);
      n += m > least.magnitude || tie ? 1 : 0;
    }
    places.pop_back();
    put_places(places, x.size(), out.data());
    std::byte* to = out.data() + places_bytes(x.size(), k);
    for (const std::uint32_t place : places) std::memcpy(to, &x[place], sizeof(float)), to += sizeof(float);
  }
  void decode(std::span<const std::byte> in, Stream, std::span<float> x) const override {
    std::fill(x.begin(), x.end(), 0.0f);
    std::vector<std::uint32_t> places(kept(fraction_, static_cast<Index>(x.size())));
    take_places(in.data(), x.size(), places);
    const std::byte* from = in.data() + places_bytes(x.size(), places.size());
    for (const std::uint32_t place : places) {
      std::memcpy(&x[place], from, sizeof(float));
      from += sizeof(float);
    }
  }
  Fidelity fidelity(Index d) const override {
    return {false, 1 - static_cast<double>(kept(fraction_, d)) / static_cast<double>(d)};
  }

 private:
  double fraction_;
};

const Registration<CodecEntry> entry{
    {{"top_k", "the elements of largest magnitude; for error feedback", "Stich et al., NeurIPS 2018"},
     [](Section& s) -> std::unique_ptr<const Codec> { return std::make_unique<TopK>(read_fraction(s)); }}};

}  // namespace
