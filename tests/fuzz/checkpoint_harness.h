#pragma once
// What the fuzzer of checkpoints runs, and the test over its corpus: any bytes behind a header whose hash is right are
// read, or refused as damaged. Without that header nothing of a file is read at all.

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "sim/federation/aggregator.h"
#include "sim/federation/state_bytes.h"
#include "sim/record/checkpoint_page.h"

namespace fedtide {

template <class Work>
void expect_damage_at_most(const Work& work) {
  try {
    work();
  } catch (const Failure& failure) {
    FEDTIDE_REQUIRE(failure.code() == ExitCode::data_damaged, "{}", failure.what());
  }
}

inline void run_checkpoint(std::span<const std::uint8_t> bytes) {
  const FileDescriptor file(::memfd_create("fuzz", MFD_CLOEXEC));
  write_at(file, "fuzz", 0, bytes.data(), bytes.size());
  expect_damage_at_most([&] {
    const Checkpoint checkpoint = parse_page(file, "fuzz", 0, bytes.size());
    std::size_t scalars = 0;
    for (const auto& model : checkpoint.snapshot.models) {
      scalars = std::max(scalars, model.weights ? static_cast<std::size_t>(model.weights->size()) : 0);
    }
    FEDTIDE_REQUIRE(scalars * sizeof(float) <= bytes.size(), "{} scalars of {} bytes", scalars, bytes.size());
    expect_damage_at_most([&] {
      WeightedMean<float> mean(1);
      restore_state(mean, checkpoint.snapshot.aggregator, "fuzz");
    });
  });
  expect_damage_at_most([&] {
    WeightedMean<float> mean(1);
    restore_state(mean, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, "fuzz");
  });
}

}  // namespace fedtide
