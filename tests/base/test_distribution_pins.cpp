// The format of results: what each distribution makes of one stream. The expected values come from an independent
// implementation in Python of the arithmetic in distributions.h, Philox included.
#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "sim/base/distributions.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

Stream named() { return Stream(20240607u, Purpose::batches, 3u, 5u); }

/// A few ulps: logarithms and cosines of two libraries.
void check_close(const std::vector<double>& expected, const std::function<double(Stream&)>& draw) {
  Stream stream = named();
  for (const double value : expected) CHECK(draw(stream) == Approx(value).epsilon(1e-13).margin(0));
}

}  // namespace

TEST_CASE("pinned: words", "[pins]") {
  Stream stream = named();
  for (const std::uint32_t word : {0x1f25cdd8u, 0x8c0472cfu, 0x1092a219u, 0xc425b96bu, 0x8797c50fu, 0x6c573075u}) {
    CHECK(stream.next32() == word);
  }
}

TEST_CASE("pinned: uniforms", "[pins]") {
  Stream stream = named();
  for (const double value : {0.12167059456625551, 0.06473744515473967, 0.5296595728544531}) {
    CHECK(uniform(stream) == value);
  }
  stream = named();
  for (const double value : {0.12167059456625562, 0.06473744515473967, 0.5296595728544532}) {
    CHECK(uniform_open(stream) == value);
  }
  stream = named();
  for (const std::uint32_t value : {121u, 546u, 64u}) CHECK(uniform_below(stream, 1000) == value);
  stream = named();
  for (const std::uint64_t value : {121670594566u, 64737445154u, 529659572854u}) {
    CHECK(uniform_below64(stream, 1000000000000u) == value);
  }
}

TEST_CASE("pinned: normal, lognormal, exponential", "[pins]") {
  check_close({1.8850602964416752, 1.0509349487115878, -0.2706820859635166}, [](Stream& s) { return normal(s); });
  check_close({6.976379934566204, 4.5972921832583635, 2.3741962449230094},
              [](Stream& s) { return lognormal(s, 1.0, 0.5); });
  check_close({4.2128758609653305, 5.474830988854169, 1.271041588355636},
              [](Stream& s) { return exponential(s, 2.0); });
}

TEST_CASE("pinned: gamma and its logarithm", "[pins]") {
  check_close({6.294429419435411, 2.686135179316817, 3.2191146603668996}, [](Stream& s) { return gamma(s, 2.5); });
  check_close({3.4763446716368946, 0.0016352499278508236, 0.017686043586128398},
              [](Stream& s) { return gamma(s, 0.3); });
  check_close({1.2459813600353744, -6.415959625244143, -4.034979448389224},
              [](Stream& s) { return log_gamma_draw(s, 0.3); });
}

TEST_CASE("pinned: Dirichlet", "[pins]") {
  Stream stream = named();
  const std::array<double, 3> alpha = {0.5, 1.0, 2.0};
  std::array<double, 3> shares{};
  dirichlet(stream, alpha, shares);
  CHECK(shares[0] == Approx(0.5530401204019532).epsilon(1e-13));
  CHECK(shares[1] == Approx(0.06346308388909752).epsilon(1e-13));
  CHECK(shares[2] == Approx(0.38349679570894923).epsilon(1e-13));
}

TEST_CASE("pinned: subsets, samples, orders, choices", "[pins]") {
  Stream stream = named();
  CHECK(bernoulli_subset(stream, 100, 0.1) == std::vector<std::uint32_t>{19, 45, 52, 53, 54, 59, 66, 84, 86, 92});
  stream = named();
  CHECK(sample_without_replacement(stream, 100, 8) == std::vector<std::uint32_t>{51, 41, 93, 96, 6, 73, 11, 97});
  stream = named();
  std::vector<int> order = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  shuffle(stream, std::span<int>(order));
  CHECK(order == std::vector<int>{7, 9, 8, 6, 2, 3, 5, 0, 4, 1});
  stream = named();
  const std::array<double, 4> weight = {1, 2, 3, 4};
  CHECK(categorical(stream, weight) == 1);
  CHECK(categorical(stream, weight) == 0);
  CHECK(categorical(stream, weight) == 2);
}
