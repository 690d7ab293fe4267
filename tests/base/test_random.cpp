#include <Random123/philox.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

#include "sim/base/distributions.h"
#include "sim/base/random.h"
#include "tests/catch.h"

using namespace fedtide;

namespace {

using Words = std::array<std::uint32_t, 4>;

Words philox(const Words& counter, std::uint32_t key_low, std::uint32_t key_high) {
  const r123::Philox4x32::ctr_type in = {{counter[0], counter[1], counter[2], counter[3]}};
  const r123::Philox4x32::key_type key = {{key_low, key_high}};
  const auto out = r123::Philox4x32{}(in, key);
  return {out[0], out[1], out[2], out[3]};
}

Words first_block(Stream stream) {
  Words words{};
  for (auto& word : words) word = stream.next32();
  return words;
}

std::uint32_t first(Stream stream) { return stream.next32(); }

}  // namespace

// Random123's examples/kat_vectors, philox4x32 with 10 rounds.
TEST_CASE("the cipher gives Random123's published words", "[random]") {
  CHECK(philox({0, 0, 0, 0}, 0, 0) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint32_t ones = 0xffffffff;
  CHECK(philox({ones, ones, ones, ones}, ones, ones) == Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a stream's words are the cipher of (block, purpose, who, turn) under its seed", "[random]") {
  CHECK(first_block(Stream(0, Purpose{0})) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  Stream stream(0x0123456789abcdefu, Purpose::link, 77, 99);
  for (std::uint32_t block = 0; block < 5; ++block) {
    const Words expected = philox({block, 5, 77, 99}, 0x89abcdef, 0x01234567);
    for (const std::uint32_t word : expected) CHECK(stream.next32() == word);
  }
}

TEST_CASE("64 bits are two words, the upper first", "[random]") {
  Stream words(1, Purpose::batches);
  const std::uint64_t high = words.next32();
  const std::uint64_t low = words.next32();
  CHECK(Stream(1, Purpose::batches).next64() == ((high << 32) | low));
}

TEST_CASE("a copy of a stream goes on where it was", "[random]") {
  Stream stream(5, Purpose::codec, 1, 2);
  for (int i = 0; i < 7; ++i) stream.next32();
  Stream copy = stream;
  for (int i = 0; i < 20; ++i) CHECK(stream.next32() == copy.next32());
}

TEST_CASE("many words at a time are the words one at a time", "[random]") {
  for (const std::size_t before : {0, 1, 3, 4, 6}) {
    Stream one(5, Purpose::codec, 1, 2), many(5, Purpose::codec, 1, 2);
    for (std::size_t i = 0; i < before; ++i) one.next32(), many.next32();
    for (const std::size_t n : {0, 1, 2, 5, 63, 64, 65, 130, 1000}) {
      std::vector<std::uint32_t> words(n, 7u);
      many.fill(words);
      for (const std::uint32_t word : words) REQUIRE(word == one.next32());
    }
    CHECK(many.next64() == one.next64());
  }
}

TEST_CASE("client and turn name the same stream as their numbers", "[random]") {
  CHECK(first_block(Stream(3, Purpose::device, ClientId{12}, Turn{4})) ==
        first_block(Stream(3, Purpose::device, 12, 4)));
  CHECK(first_block(Stream(3, Purpose::device, ClientId{12})) == first_block(Stream(3, Purpose::device, 12, 0)));
}

TEST_CASE("purposes are never renumbered", "[random]") {
  const std::vector<Purpose> in_order = {
      Purpose::partition,  Purpose::split,        Purpose::model_init, Purpose::device,
      Purpose::link,       Purpose::availability, Purpose::dropout,    Purpose::cohort,
      Purpose::batches,    Purpose::codec,        Purpose::ties,       Purpose::dataset,
      Purpose::evaluation, Purpose::jitter,       Purpose::privacy,    Purpose::dropout_mask};
  for (std::size_t i = 0; i < in_order.size(); ++i) CHECK(static_cast<std::uint32_t>(in_order[i]) == i + 1);
}

TEST_CASE("each part of the name changes the words", "[random]") {
  const Words base = first_block(Stream(1, Purpose::batches, 1, 1));
  const std::vector<Stream> others = {Stream(2, Purpose::batches, 1, 1),
                                      Stream(1 + (std::uint64_t{1} << 32), Purpose::batches, 1, 1),
                                      Stream(1 + (std::uint64_t{1} << 63), Purpose::batches, 1, 1),
                                      Stream(1, Purpose::codec, 1, 1),
                                      Stream(1, Purpose::batches, 2, 1),
                                      Stream(1, Purpose::batches, 0x80000001u, 1),
                                      Stream(1, Purpose::batches, 1, 2),
                                      Stream(1, Purpose::batches, 1, 0x80000001u)};
  for (const Stream& other : others) {
    const Words words = first_block(other);
    int different = 0;
    for (std::size_t i = 0; i < 4; ++i) different += std::popcount(words[i] ^ base[i]);
    // 128 fair bits: 64 +- 5.7, so five standard errors.
    CHECK(different > 64 - 29);
    CHECK(different < 64 + 29);
  }
}

TEST_CASE("swapping who and turn gives another stream", "[random]") {
  CHECK(first_block(Stream(1, Purpose::batches, 3, 8)) != first_block(Stream(1, Purpose::batches, 8, 3)));
}

// Neighboring names are what a simulation uses, so these are the ones that must not be related.
TEST_CASE("first draws over neighboring names are uniform and uncorrelated", "[random]") {
  const int n = 20000;
  const auto check = [&](auto&& draw) {
    double sum = 0;
    double lagged = 0;
    double last = draw(static_cast<std::uint32_t>(n)) - 0.5;
    for (int i = 0; i < n; ++i) {
      const double u = draw(static_cast<std::uint32_t>(i)) - 0.5;
      sum += u;
      lagged += u * last;
      last = u;
    }
    // Variance of u is 1/12, of a product of two 1/144.
    CHECK(std::abs(sum) < 4.5 * std::sqrt(n / 12.0));
    CHECK(std::abs(lagged) < 4.5 * std::sqrt(n / 144.0));
  };
  const auto draw = [](Stream stream) { return uniform(stream); };
  check([&](std::uint32_t i) { return draw(Stream(i, Purpose::device, 7, 7)); });
  check([&](std::uint32_t i) { return draw(Stream(std::uint64_t{i} << 32, Purpose::device, 7, 7)); });
  check([&](std::uint32_t i) { return draw(Stream(7, Purpose{i}, 7, 7)); });
  check([&](std::uint32_t i) { return draw(Stream(7, Purpose::device, i, 7)); });
  check([&](std::uint32_t i) { return draw(Stream(7, Purpose::device, 7, i)); });
}

TEST_CASE("no two clients and turns share a first block", "[random]") {
  std::set<std::uint64_t> seen;
  for (std::uint32_t who = 0; who < 200; ++who) {
    for (std::uint32_t turn = 0; turn < 50; ++turn) seen.insert(Stream(1, Purpose::batches, who, turn).next64());
  }
  CHECK(seen.size() == 200u * 50u);
}

TEST_CASE("a stream is a uniform random bit generator", "[random]") {
  STATIC_REQUIRE(std::uniform_random_bit_generator<Stream>);
  CHECK(Stream::min() == 0);
  CHECK(Stream::max() == 0xffffffff);
  Stream stream(1, Purpose::ties);
  CHECK(stream() == first(Stream(1, Purpose::ties)));
}

TEST_CASE("a keyed stream is another for every salt, and the same for the same") {
  const Stream stream(5, Purpose::dropout_mask, 3, 7);
  const auto first = [](Stream s) { return s.next64(); };
  CHECK(first(stream.keyed(1)) == first(stream.keyed(1)));
  CHECK(first(stream.keyed(1)) != first(stream.keyed(2)));
  CHECK(first(stream.keyed(1)) != first(stream.keyed(1ULL << 32)));
  CHECK(first(stream.keyed(0)) != first(stream));
  CHECK(first(stream.keyed(1).keyed(2)) != first(stream.keyed(2).keyed(1)));
  CHECK(first(stream.keyed(1)) != first(Stream(5, Purpose::dropout_mask, 3, 8).keyed(1)));
  CHECK(first(stream.keyed(1)) != first(Stream(6, Purpose::dropout_mask, 3, 7).keyed(1)));
  // However much of it was drawn before: the name counts.
  Stream used = stream;
  used.next32();
  CHECK(first(used.keyed(1)) == first(stream.keyed(1)));
}
