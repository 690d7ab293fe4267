// What every registered codec obeys, before its author writes a test.

#include <cmath>
#include <cstring>

#include "sim/base/distributions.h"
#include "tests/catch.h"
#include "tests/support/codec.h"
#include "tests/support/registered.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

const std::vector<Index> kSizes = {1, 2, 3, 7, 8, 9, 31, 64, 100, 511, 512, 513, 1025, 4095, 4096, 4097, 10000};

/// Standard normal, cubed for heavy tails where asked for.
Vector<float> drawn(Index d, bool heavy = false) {
  Stream stream(7, Purpose::dataset, static_cast<std::uint32_t>(d));
  Vector<float> x(d);
  for (float& value : x) {
    const double z = normal(stream);
    value = static_cast<float>(heavy ? z * z * z : z);
  }
  return x;
}

Vector<float> spike(Index d) {
  Vector<float> x = Vector<float>::Zero(d);
  x[d / 2] = -3;
  return x;
}

Stream turn(int n) { return {1, Purpose::codec, 5, static_cast<std::uint32_t>(n)}; }

Vector<float> passed(const Codec& codec, const Vector<float>& x, int n) {
  return decoded(codec, encoded(codec, x, turn(n)), turn(n), x.size());
}

/// Mean and its standard error.
struct Estimate {
  double sum = 0, squares = 0, n = 0;
  void add(double value) { sum += value, squares += value * value, ++n; }
  double mean() const { return sum / n; }
  double error() const { return std::sqrt(std::max(0.0, squares / n - mean() * mean()) / (n - 1)); }
};

/// The codec's claims on a vector, over so many turns.
void require_fidelity(const Codec& codec, const Vector<float>& x, int turns) {
  const Fidelity claimed = codec.fidelity(x.size());
  const double norm = x.cast<double>().squaredNorm();
  Stream stream(3, Purpose::evaluation);
  Vector<double> direction(x.size());
  for (double& each : direction) each = stream.next32() % 2 == 0 ? 1 : -1;
  Estimate error, along, across;
  for (int n = 0; n < turns; ++n) {
    const Vector<double> off = passed(codec, x, n).cast<double>() - x.cast<double>();
    error.add(off.squaredNorm() / norm);
    along.add(off.dot(x.cast<double>()) / norm);
    across.add(off.dot(direction) / std::sqrt(norm));
  }
  // Beside three standard errors, the rounding of floats.
  REQUIRE(error.mean() <= claimed.error * (1 + 1e-5) + 3 * error.error() + 1e-10);
  if (!claimed.unbiased) return;
  REQUIRE(std::abs(along.mean()) <= 3 * along.error() + 2e-5 * std::sqrt(error.mean()) + 1e-6);
  REQUIRE(std::abs(across.mean()) <= 3 * across.error() + 2e-5 * std::sqrt(error.mean()) + 1e-6);
}

template <class Check>
void for_each_codec(const Check& check) {
  for (const std::string& name : registered<CodecEntry>()) {
    INFO(name);
    check(*read_codec("{codec: " + name + "}"));
  }
}

}  // namespace

TEST_CASE("law: a stream has the size that its codec says, and all of it is written") {
  for_each_codec([](const Codec& codec) {
    for (const Index d : kSizes) {
      INFO(d);
      const Vector<float> x = drawn(d);
      const auto size = static_cast<std::size_t>(codec.bytes(d).count);
      REQUIRE(size > 0);
      const auto write = [&](int before) {
        std::vector<std::byte> all(size + 64, std::byte(before));
        codec.encode({x.data(), static_cast<std::size_t>(d)}, turn(1), std::span(all).first(size));
        for (std::size_t i = size; i < all.size(); ++i) REQUIRE(all[i] == std::byte(before));
        all.resize(size);
        return all;
      };
      REQUIRE(write(0) == write(0xff));
    }
  });
}

TEST_CASE("law: all of a vector is decoded, the same each time") {
  for_each_codec([](const Codec& codec) {
    for (const Index d : kSizes) {
      INFO(d);
      const std::vector<std::byte> bytes = encoded(codec, drawn(d), turn(2));
      Vector<float> x(d + 16);
      const auto read = [&](float before) {
        x.setConstant(before);
        codec.decode(bytes, turn(2), {x.data(), static_cast<std::size_t>(d)});
        for (Index i = d; i < x.size(); ++i) REQUIRE(x[i] == before);
        return Vector<float>(x.head(d));
      };
      const Vector<float> one = read(7), other = read(-1e30f);
      REQUIRE(std::memcmp(one.data(), other.data(), static_cast<std::size_t>(d) * sizeof(float)) == 0);
      REQUIRE(one.allFinite());
    }
  });
}

TEST_CASE("law: nothing stays nothing") {
  for_each_codec([](const Codec& codec) {
    for (const Index d : kSizes) REQUIRE(passed(codec, Vector<float>::Zero(d), 1).cwiseAbs().maxCoeff() == 0);
  });
}

TEST_CASE("law: tiny and large values stay finite, and a vector that is not stays so") {
  for_each_codec([](const Codec& codec) {
    for (const float scale : {1e-44f, 1e-38f, 1e-20f, 1e20f, 1e30f}) {
      INFO(scale);
      for (const Index d : {Index{1}, Index{9}, Index{700}}) {
        const Vector<float> x = scale * drawn(d);
        REQUIRE(passed(codec, x, 1).allFinite());
        REQUIRE(passed(codec, x, 1).cwiseAbs().maxCoeff() <= 400 * x.cwiseAbs().maxCoeff() + 1.2e-38f);
      }
    }
    for (const float bad : {NAN, INFINITY, -INFINITY}) {
      Vector<float> x = drawn(700);
      x[333] = bad;
      transmit(codec, turn(1), x);
      REQUIRE(!x.allFinite());
    }
  });
}

TEST_CASE("law: the error is what the codec says at most, and the mean is right where it says so") {
  for_each_codec([](const Codec& codec) {
    for (const Index d : {Index{1}, Index{2}, Index{3}, Index{9}, Index{600}, Index{5000}}) {
      INFO(d);
      const int turns = d < 1000 ? 2000 : 200;
      require_fidelity(codec, drawn(d), turns);
      require_fidelity(codec, drawn(d, true), turns);
      require_fidelity(codec, spike(d), turns);
      require_fidelity(codec, Vector<float>::Constant(d, 0.3f), turns);
    }
  });
}

TEST_CASE("law: the error on a million elements") {
  const Vector<float> x = drawn(1000000), heavy = drawn(1000000, true);
  for_each_codec([&](const Codec& codec) {
    require_fidelity(codec, x, 8);
    require_fidelity(codec, heavy, 8);
  });
}
