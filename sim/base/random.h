#pragma once
// Random streams by name: (seed, purpose, who, turn). Philox 4x32-10 (Salmon et al., SC'11; Random123): its counter is
// the name, so there is no state to pass around, to save, or to depend on threads or order.

#include <array>
#include <cstdint>
#include <span>

#include "sim/base/ids.h"

namespace fedtide {

/// What a stream is for. Part of the result format: append, never renumber.
enum class Purpose : std::uint32_t {
  partition = 1,      ///< who holds which sample
  split = 2,          ///< train/test within one client
  model_init = 3,     ///< first weights
  device = 4,         ///< a client's device
  link = 5,           ///< a client's link
  availability = 6,   ///< a client's hours; turn = day
  dropout = 7,        ///< failures of one dispatch
  cohort = 8,         ///< whom to select; turn = selection
  batches = 9,        ///< order of samples in one local training
  codec = 10,         ///< random compression
  ties = 11,          ///< order among equal events
  dataset = 12,       ///< generated data
  evaluation = 13,    ///< whom to evaluate
  jitter = 14,        ///< network and compute jitter of one dispatch
  privacy = 15,       ///< noise
  dropout_mask = 16,  ///< dropout layers
  shift = 17,         ///< what a client's samples are changed by
  membership = 18,    ///< which clients take part
  trace = 19,         ///< whose turns a partial trace follows
  cell = 20,          ///< which cell a client is in
  topology = 21,      ///< who exchanges models with whom; turn = draw
  group = 22,         ///< which server near the clients a client has
  peer = 23,          ///< to whom a node sends next
  check_in = 24,      ///< when a client comes to the server; turn = how often it has
  actor = 25,         ///< which of the server's actors a client meets, and when actors fail
};

/// A random stream; cheap to make, made where it is used, never kept. Satisfies UniformRandomBitGenerator.
class Stream {
 public:
  using result_type = std::uint32_t;

  Stream(std::uint64_t seed, Purpose purpose, std::uint32_t who = 0, std::uint32_t turn = 0)
      : seed_(seed), purpose_(static_cast<std::uint32_t>(purpose)), who_(who), turn_(turn) {}
  Stream(std::uint64_t seed, Purpose purpose, ClientId who, Turn turn = Turn{0})
      : Stream(seed, purpose, raw(who), raw(turn)) {}

  /// The stream of the same seed, client and turn for another purpose, from its start.
  Stream as(Purpose purpose) const { return {seed_, purpose, who_, turn_}; }
  /// The stream of the same purpose, client and turn, from its start, with a seed that follows from this one's and
  /// `salt`: names with more parts than four.
  Stream keyed(std::uint64_t salt) const;

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return 0xffffffffu; }
  result_type operator()() { return next32(); }

  /// The next words, as from next32(), many at a time.
  void fill(std::span<std::uint32_t> out);

  std::uint32_t next32() {
    if (used_ == 4) refill();
    return buffer_[used_++];
  }
  std::uint64_t next64() {
    const std::uint64_t high = next32();
    return (high << 32) | next32();
  }

 private:
  void refill();

  std::uint64_t seed_;
  std::uint32_t purpose_;
  std::uint32_t who_;
  std::uint32_t turn_;
  std::uint32_t block_ = 0;
  std::uint32_t used_ = 4;
  std::array<std::uint32_t, 4> buffer_{};
};

}  // namespace fedtide
