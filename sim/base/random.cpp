#include "sim/base/random.h"

#include <Random123/philox.h>

#include "sim/base/error.h"

namespace fedtide {

Stream Stream::keyed(std::uint64_t salt) const {
  // No stream has purpose 0: these words are no one's draws.
  const r123::Philox4x32::ctr_type counter = {
      {static_cast<std::uint32_t>(salt), 0, static_cast<std::uint32_t>(salt >> 32), 0}};
  const r123::Philox4x32::key_type key = {{static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)}};
  const r123::Philox4x32::ctr_type words = r123::Philox4x32{}(counter, key);
  const std::uint64_t seed = (std::uint64_t{words[1]} << 32) | words[0];
  return {seed, static_cast<Purpose>(purpose_), who_, turn_};
}

void Stream::refill() {
  FEDTIDE_REQUIRE(block_ != 0xffffffffu, "a random stream of purpose {} is used up after 2^34 words", purpose_);
  const r123::Philox4x32::ctr_type counter = {{block_, purpose_, who_, turn_}};
  const r123::Philox4x32::key_type key = {{static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)}};
  const r123::Philox4x32::ctr_type words = r123::Philox4x32{}(counter, key);
  for (std::size_t i = 0; i < 4; ++i) buffer_[i] = words[i];
  ++block_;
  used_ = 0;
}

}  // namespace fedtide
