// Each codec against what can be worked out by hand.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>

#include "algorithms/compression/hadamard.h"
#include "algorithms/compression/packing.h"
#include "algorithms/compression/places.h"
#include "sim/base/distributions.h"
#include "tests/catch.h"
#include "tests/support/codec.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

Stream turn(int n) { return {1, Purpose::codec, 5, static_cast<std::uint32_t>(n)}; }

Vector<float> vector(std::initializer_list<float> values) {
  return Eigen::Map<const Vector<float>>(values.begin(), static_cast<Index>(values.size()));
}

Vector<float> passed(const std::string& yaml, const Vector<float>& x, int n = 0) {
  const auto codec = read_codec(yaml);
  return decoded(*codec, encoded(*codec, x, turn(n)), turn(n), x.size());
}

/// Mean of |C(x) - x|^2 over the turns, and its standard error.
std::pair<double, double> squared_error(const std::string& yaml, const Vector<float>& x, int turns) {
  const auto codec = read_codec(yaml);
  double sum = 0, squares = 0;
  for (int n = 0; n < turns; ++n) {
    const Vector<float> y = decoded(*codec, encoded(*codec, x, turn(n)), turn(n), x.size());
    const double error = (y - x).cast<double>().squaredNorm();
    sum += error, squares += error * error;
  }
  const double mean = sum / turns;
  return {mean, std::sqrt(std::max(0.0, squares / turns - mean * mean) / turns)};
}

void require_error(const std::string& yaml, const Vector<float>& x, double exact) {
  const auto [mean, error] = squared_error(yaml, x, 20000);
  INFO(yaml << " " << mean << " +- " << error << ", exact " << exact);
  REQUIRE(std::abs(mean - exact) <= 3 * error + 1e-6 * exact);
  REQUIRE(error < 0.05 * exact + 1e-12);
}

std::vector<int> numbers(const std::vector<std::byte>& bytes) {
  std::vector<int> all;
  for (const std::byte b : bytes) all.push_back(std::to_integer<int>(b));
  return all;
}

}  // namespace

TEST_CASE("codes of any width come back from their bytes, which are as few as fit") {
  for (int bits = 1; bits <= 8; ++bits) {
    for (std::size_t n = 1; n < 70; ++n) {
      INFO(bits << " bits, " << n);
      std::vector<std::uint8_t> codes(n + kCodesBeyond), back(n + kCodesBeyond);
      for (std::size_t i = 0; i < n; ++i) codes[i] = static_cast<std::uint8_t>((37 * i + 11) & ((1u << bits) - 1));
      std::vector<std::byte> bytes(packed_bytes(n, bits));
      pack(codes.data(), n, bits, bytes.data());
      unpack(bytes.data(), n, bits, back.data());
      codes.resize(n), back.resize(n);
      REQUIRE(back == codes);
      // A byte for each part of the width is cut at most.
      REQUIRE(8 * bytes.size() < n * static_cast<std::size_t>(bits) + 8 * 3);
      if (n % 8 == 0) REQUIRE(8 * bytes.size() == n * static_cast<std::size_t>(bits));
    }
  }
}

TEST_CASE("the Hadamard transform has Sylvester's signs and is its own inverse") {
  // H_ij = (-1)^(number of bits that i and j share).
  for (const std::size_t n : {1, 2, 4, 8, 16, 64}) {
    for (std::size_t j = 0; j < n; ++j) {
      std::vector<float> x(n);
      x[j] = 1;
      hadamard(x.data(), n);
      for (std::size_t i = 0; i < n; ++i) {
        const double sign = std::popcount(i & j) % 2 == 0 ? 1 : -1;
        REQUIRE(x[i] == Approx(sign / std::sqrt(static_cast<double>(n))));
      }
      hadamard(x.data(), n);
      for (std::size_t i = 0; i < n; ++i) REQUIRE(x[i] == Approx(i == j ? 1 : 0).margin(1e-6));
    }
  }
}

TEST_CASE("top_k keeps the largest magnitudes, the first of equal ones, and says where") {
  const Vector<float> x = vector({3, -1, 4, -4, 2});
  REQUIRE(passed("{codec: top_k, fraction: 0.4}", x) == vector({0, 0, 4, -4, 0}));
  REQUIRE(passed("{codec: top_k, fraction: 0.2}", x) == vector({0, 0, 4, 0, 0}));
  REQUIRE(passed("{codec: top_k, fraction: 0.5}", vector({1, -1, 1, 1})) == vector({1, -1, 0, 0}));
  REQUIRE(passed("{codec: top_k, fraction: 1}", x) == x);
  // Places 2 = 10b and 3 = 11b of 5: one low bit each, 0 and 1: 10b. High parts 1 and 1: bits 1 + 0 and 1 + 1 of the
  // string: 110b. Then 4.0f = 0x40800000 and -4.0f = 0xc0800000, low byte first.
  REQUIRE(numbers(encoded(*read_codec("{codec: top_k, fraction: 0.4}"), x, turn(0))) ==
          std::vector<int>{0b10, 0b110, 0, 0, 0x80, 0x40, 0, 0, 0x80, 0xc0});
}

TEST_CASE("places come back from their bytes, which are hardly more than there must be") {
  for (const std::size_t d : {1, 2, 3, 8, 9, 100, 1000, 65537}) {
    for (std::size_t k = 1; k <= d; k = k < 10 ? k + 1 : k * 3) {
      INFO(k << " of " << d);
      Stream stream(1, Purpose::dataset);
      std::vector<std::uint32_t> places =
          sample_without_replacement(stream, static_cast<std::uint32_t>(d), static_cast<std::uint32_t>(k));
      if (k < d) places.back() = static_cast<std::uint32_t>(d - 1);
      std::sort(places.begin(), places.end());
      places.erase(std::unique(places.begin(), places.end()), places.end());
      std::vector<std::byte> bytes(places_bytes(d, places.size()) + 1, std::byte{0x5a});
      put_places(places, d, bytes.data());
      REQUIRE(bytes.back() == std::byte{0x5a});
      std::vector<std::uint32_t> back(places.size());
      take_places(bytes.data(), d, back);
      REQUIRE(back == places);
      // log2(d/k) + 2 bits each, and two bytes that are begun.
      const double n = static_cast<double>(places.size());
      REQUIRE(8.0 * static_cast<double>(bytes.size() - 1) <= n * (std::log2(static_cast<double>(d) / n) + 2) + 16);
    }
  }
}

TEST_CASE("top_k keeps what sorting keeps") {
  for (const Index d : {1, 10, 999, 20000}) {
    for (const double fraction : {0.001, 0.05, 0.5, 0.999}) {
      Stream stream(2, Purpose::dataset, static_cast<std::uint32_t>(d));
      Vector<float> x(d);
      // Some are equal: two decimals.
      for (float& value : x) value = static_cast<float>(std::round(100 * normal(stream)) / 100);
      std::vector<Index> order(static_cast<std::size_t>(d));
      std::iota(order.begin(), order.end(), Index{0});
      std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return std::abs(x[a]) > std::abs(x[b]); });
      Vector<float> right = Vector<float>::Zero(d);
      const auto k = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(d)));
      for (std::size_t i = 0; i < k; ++i) right[order[i]] = x[order[i]];
      REQUIRE(passed(fmt::format("{{codec: top_k, fraction: {}}}", fraction), x) == right);
    }
  }
}

TEST_CASE("random_k draws each subset as often as any other") {
  // 10 subsets of 2 of 5 elements, 20,000 turns: chi-square with 9 degrees of freedom; 27.9 is its 0.999 quantile.
  std::map<std::string, int> counts;
  for (int n = 0; n < 20000; ++n) {
    const Vector<float> y = passed("{codec: random_k, fraction: 0.4}", vector({1, 1, 1, 1, 1}), n);
    REQUIRE(y.sum() == 5);  // two times d/k = 2.5
    std::string subset;
    for (const float value : y) subset += value > 0 ? '1' : '0';
    ++counts[subset];
  }
  REQUIRE(counts.size() == 10);
  double chi_square = 0;
  for (const auto& [subset, count] : counts) chi_square += (count - 2000.0) * (count - 2000.0) / 2000.0;
  REQUIRE(chi_square < 27.9);
}

TEST_CASE("random_k is off by (d/k - 1) |x|^2 where it is scaled, else by (1 - k/d) |x|^2") {
  const Vector<float> x = vector({1, -2, 3, 0, 5, 1, 1, -1, 2, 2});  // |x|^2 = 50
  require_error("{codec: random_k, fraction: 0.2}", x, 4 * 50.0);
  require_error("{codec: random_k, fraction: 0.2, scaled: false}", x, 0.8 * 50.0);
}

TEST_CASE("qsgd goes to the two nearest levels of the norm, with the right shares") {
  // |v| = 5, s = 3: 1.8 and 2.4 levels of 5/3. |Q - v|^2 on average: (5/3)^2 (0.8 x 0.2 + 0.4 x 0.6) = 10/9.
  require_error("{codec: qsgd, bits: 3}", vector({3, 0, -4, 0}), 10.0 / 9);
  std::map<std::pair<int, int>, int> seen;
  for (int n = 0; n < 500; ++n) {
    const Vector<float> y = passed("{codec: qsgd, bits: 3}", vector({3, 0, -4, 0}), n) * 0.6f;
    REQUIRE(y[1] == 0);
    REQUIRE(y[3] == 0);
    ++seen[{static_cast<int>(std::round(y[0])), static_cast<int>(std::round(y[2]))}];
  }
  REQUIRE(seen.size() == 4);
  for (const auto& [levels, count] : seen) {
    REQUIRE((levels.first == 1 || levels.first == 2));
    REQUIRE((levels.second == -2 || levels.second == -3));
  }
}

TEST_CASE("qsgd's stream is a norm and codes of fixed width") {
  // s = 3, codes level + 3: 6, 3, 3, 3. Their low two bits 10, 11, 11, 11 from the right, then their third bits.
  REQUIRE(numbers(encoded(*read_codec("{codec: qsgd, bits: 3}"), vector({5, 0, 0, 0}), turn(0))) ==
          std::vector<int>{0, 0, 0xa0, 0x40, 0xfe, 0x01});
  // A million weights: 8 bytes for 512 less than an eighth of 4 bytes each.
  REQUIRE(read_codec("{codec: qsgd, bits: 4}")->bytes(1 << 20).count == (1 << 20) / 2 + 4 * (1 << 11));
}

TEST_CASE("linear goes to the two nearest levels between the extremes") {
  const Vector<float> levels = vector({-1, 0, 1, 2, 2, -1});
  for (int n = 0; n < 50; ++n) REQUIRE(passed("{codec: linear, bits: 2}", levels, n) == levels);
  // One bit: 0 or 1; a quarter becomes 1 in a quarter of the turns: (3/4)^2 / 4 + (1/4)^2 3/4 = 3/16.
  require_error("{codec: linear, bits: 1}", vector({0, 1, 0.25f}), 3.0 / 16);
  // Each bucket has its own extremes.
  const Vector<float> two = vector({0, 1000, 0.5f, 0.75f});
  REQUIRE(passed("{codec: linear, bits: 1, bucket: 2}", two) == two);
}

TEST_CASE("natural goes to the neighboring powers of two, and 1/8 is reached") {
  const Vector<float> powers = vector({1, -2, 0.25f, 1024, 0, -0.5f});
  REQUIRE(passed("{codec: natural}", powers) == powers);
  // t = 4/3: 1 with 2/3, 2 with 1/3; (1/3)^2 2/3 + (2/3)^2 1/3 = 2/9 = t^2 / 8.
  require_error("{codec: natural}", vector({4.0f / 3}), 2.0 / 9);
  require_error("{codec: natural}", vector({-3}), 1);  // -2 or -4, each in half of the turns
  REQUIRE(passed("{codec: natural}", vector({3.4e38f}))[0] == 0x1p127f);
}

TEST_CASE("ternary is off by s |g|_1 - |g|^2") {
  require_error("{codec: ternary}", vector({2, -1, 0.5f}), 2 * 3.5 - 5.25);
  for (int n = 0; n < 100; ++n) {
    const Vector<float> y = passed("{codec: ternary}", vector({2, -1, 0.5f, 0, 0, -2}), n);
    REQUIRE(y[0] == 2);
    REQUIRE((y[1] == 0 || y[1] == -2));
    REQUIRE((y[2] == 0 || y[2] == 2));
    REQUIRE(y.tail(3) == vector({0, 0, -2}));
  }
  REQUIRE(read_codec("{codec: ternary, bucket: 1000}")->bytes(1000).count == 4 + 200);
}

TEST_CASE("sign sends the mean magnitude with each sign") {
  REQUIRE(passed("{codec: sign}", vector({3, -1, 0, -4})) == vector({2, -2, 2, -2}));
  REQUIRE(passed("{codec: sign, bucket: 2}", vector({3, -1, 0, -4})) == vector({2, -2, 2, -2}));
  REQUIRE(passed("{codec: sign, bucket: 1}", vector({3, -1, 0, -4})) == vector({3, -1, 0, -4}));
}

TEST_CASE("drive is off by |x|^2 - |R(x)|_1^2 / d") {
  // R(3, 1) = (4, 2) / sqrt(2) but for signs and order: 10 - (6 / sqrt(2))^2 / 2 = 1, whatever the signs.
  for (int n = 0; n < 20; ++n) {
    REQUIRE((passed("{codec: drive}", vector({3, 1}), n) - vector({3, 1})).squaredNorm() == Approx(1));
  }
  // All elements of a rotated spike have one magnitude.
  Vector<float> spike = Vector<float>::Zero(64);
  spike[17] = -5;
  REQUIRE((passed("{codec: drive}", spike) - spike).norm() < 1e-5);
}

TEST_CASE("drive on normal elements is off by 1 - 2/pi of the squared norm") {
  // A rotation leaves independent standard normals as they are: E |z| = sqrt(2/pi). Blocks of 4096.
  Stream stream(4, Purpose::dataset);
  Vector<float> x(1 << 18);
  for (float& value : x) value = static_cast<float>(normal(stream));
  const double share = (passed("{codec: drive}", x) - x).cast<double>().squaredNorm() / x.cast<double>().squaredNorm();
  // The standard error of mean |z| over n elements is sqrt((1 - 2/pi) / n) = 1.2e-3, and the share moves by
  // 2 sqrt(2/pi) of that; within a block |x|^2 moves too, by less.
  REQUIRE(share == Approx(1 - 2 / M_PI).margin(3 * 2 * 0.8 * 1.2e-3));
}

TEST_CASE("rotated keeps a spike, which linear levels of the same width lose") {
  Vector<float> spike = Vector<float>::Zero(4096);
  spike[1000] = 7;
  REQUIRE((passed("{codec: rotated, bits: 1}", spike) - spike).norm() < 1e-4);
  // A spike among small ones: linear's levels are 7 / 15 apart, the rotated vector's about 8 / 15 of a hundredth part.
  Stream stream(4, Purpose::dataset);
  for (float& value : spike) value += static_cast<float>(0.01 * normal(stream));
  const double rotated = (passed("{codec: rotated, bits: 4}", spike) - spike).squaredNorm();
  const double linear = (passed("{codec: linear, bits: 4, bucket: 4096}", spike) - spike).squaredNorm();
  REQUIRE(linear > 20 * rotated);
}
