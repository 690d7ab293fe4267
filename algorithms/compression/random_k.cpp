// Random-k: k elements, drawn without looking at them, with the others 0.
// Stich, Cordonnier, Jaggi: Sparsified SGD with Memory. NeurIPS 2018, definition 2.1; Konecny, McMahan, Yu, Richtarik,
// Suresh, Bacon: Federated Learning: Strategies for Improving Communication Efficiency. arXiv 1610.05492, section 2
// (random mask).
//
//   omega uniform among the k-subsets of {1..d}
//   scaled:      C(x)_i = (d/k) x_i for i in omega, else 0:  E C(x) = x, E |C(x) - x|^2 = (d/k - 1) |x|^2
//   not scaled:  C(x)_i = x_i for i in omega, else 0:        E |C(x) - x|^2 = (1 - k/d) |x|^2
//
// Both sides draw omega from the turn's stream, so only the values are sent: 4 k bytes.

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "algorithms/compression/kept.h"
#include "sim/base/distributions.h"

namespace {
using namespace fedtide;

/// Calls visit(i) for each element of the subset, in ascending order.
template <class Visit>
void each_of_subset(Stream stream, std::size_t d, std::size_t k, const Visit& visit) {
  // Floyd: for j = d-k .. d-1, one of {0..j}; if it is there already, j itself.
  std::vector<std::uint64_t> chosen((d + 63) / 64);
  const auto insert = [&](std::size_t i) {
    const std::uint64_t bit = std::uint64_t{1} << (i % 64);
    const bool is_new = (chosen[i / 64] & bit) == 0;
    chosen[i / 64] |= bit;
    return is_new;
  };
  for (std::size_t j = d - k; j < d; ++j) {
    if (!insert(static_cast<std::size_t>(uniform_below64(stream, j + 1)))) insert(j);
  }
  for (std::size_t word = 0; word < chosen.size(); ++word) {
    for (std::uint64_t rest = chosen[word]; rest != 0; rest &= rest - 1) {
      visit(64 * word + static_cast<std::size_t>(std::countr_zero(rest)));
    }
  }
}

class RandomK final : public Codec {
 public:
  RandomK(double fraction, bool scaled) : fraction_(fraction), scaled_(scaled) {}

  Bytes bytes(Index d) const override { return {static_cast<std::int64_t>(4 * kept(fraction_, d))}; }
  void encode(std::span<const float> x, Stream stream, std::span<std::byte> out) const override {
    std::byte* to = out.data();
    each_of_subset(stream, x.size(), out.size() / 4, [&](std::size_t i) {
      std::memcpy(to, &x[i], sizeof(float));
      to += sizeof(float);
    });
  }
  void decode(std::span<const std::byte> in, Stream stream, std::span<float> x) const override {
    std::fill(x.begin(), x.end(), 0.0f);
    const std::size_t k = in.size() / 4;
    const float scale = scaled_ ? static_cast<float>(static_cast<double>(x.size()) / static_cast<double>(k)) : 1;
    const std::byte* from = in.data();
    each_of_subset(stream, x.size(), k, [&](std::size_t i) {
      float value = 0;
      std::memcpy(&value, from, sizeof value);
      from += sizeof value;
      x[i] = scale * value;
    });
  }
  Fidelity fidelity(Index d) const override {
    const double share = static_cast<double>(kept(fraction_, d)) / static_cast<double>(d);
    return scaled_ ? Fidelity{true, 1 / share - 1} : Fidelity{share == 1, 1 - share};
  }

 private:
  double fraction_;
  bool scaled_;
};

const Registration<CodecEntry> entry{
    {{"random_k", "elements drawn at random; unbiased where scaled", "Stich et al., NeurIPS 2018"},
     [](Section& s) -> std::unique_ptr<const Codec> {
       const double fraction = read_fraction(s);
       const bool scaled = s.flag("scaled", {.fallback = true,
                                             .help = "times d/k, so that the mean is right; false for error feedback",
                                             .source = "Stich et al. 2018, definition 2.1, has no scale"});
       return std::make_unique<RandomK>(fraction, scaled);
     }}};

}  // namespace
