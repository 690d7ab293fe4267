#pragma once
// What a run will be like, before it is run: the expected length of a turn by client, and its timeline, played without
// training.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/experiment/play.h"

namespace fedtide {

/// A turn as it is expected of a client: nothing fails, jitter has its mean.
struct ExpectedTurn {
  double download_s = 0;
  double compute_s = 0;
  double upload_s = 0;

  double seconds() const { return download_s + compute_s + upload_s; }
  ExpectedTurn& operator+=(const ExpectedTurn& o);
};

/// Clients of like speed, and how they fared in the timeline that was played.
struct SpeedClass {
  std::uint32_t clients = 0;
  ExpectedTurn turn;             ///< the mean
  std::uint64_t dispatched = 0;  ///< turns that ended
  std::uint64_t reported = 0;    ///< of these
};

struct Explanation {
  std::uint32_t clients = 0;
  std::uint32_t holders = 0;           ///< clients with samples and memory for the model: only they are ever selected
  std::uint32_t too_small = 0;         ///< clients with samples whose devices have too little memory for the model
  std::vector<SpeedClass> deciles;     ///< of the holders by expected duration, the fastest first; at most ten
  SpeedClass all;                      ///< of the holders
  std::int64_t rounds = 0;             ///< committed in what was played; without one, what is a round's is NaN
  std::uint64_t turns = 0;             ///< that ended in what was played
  bool to_the_end = false;             ///< the timeline was played to the end of the run
  double round_s = kMissing;           ///< mean time between commits
  double median_round_s = kMissing;    ///< of the times between commits
  double slow_round_s = kMissing;      ///< nine of ten are at most this long
  double bytes_down = kMissing;        ///< a round
  double bytes_up = kMissing;          ///< a round
  double dispatched = kMissing;        ///< a round
  double abandoned_rounds = kMissing;  ///< for each that commits
  std::array<double, kOutcomes> outcomes{};  ///< shares of the turns
  double energy_j = kMissing;                ///< a round; NaN without an energy model
  double wasted_energy = kMissing;           ///< share of it
  double carbon_g = kMissing;                ///< a round; NaN where it is not known
  double metered_bytes = kMissing;           ///< a round; NaN where no link is paid by the byte
  double used_work = kMissing;               ///< share of the computing that accepted reports took
  double rounds_a_day = kMissing;            ///< virtual
  std::string end;                           ///< what ends the run, in words
  std::optional<double> end_s;               ///< virtual time of the end; none: unknown before running
  std::optional<double> end_rounds;          ///< committed by then
  bool shares_links = false;                 ///< the expected turns are of clients alone on them
  bool ends_by_accuracy = false;             ///< or earlier, when the accuracy is reached
};

/// Plays the experiment's timeline to its end, or so many turns of it. Errors: those of assemble().
Explanation explain(ExperimentConfig& config, std::uint64_t most_turns);

/// The expected turn of each client, in the order of their ids; none for those without samples.
std::vector<std::optional<ExpectedTurn>> expected_turns(const ExperimentConfig& config, const Assembly& assembly);

}  // namespace fedtide
