#pragma once
// The laws that verify.h checks, one function each. Private to verify*.cpp.

#include <string>
#include <unordered_map>

#include "sim/experiment/verify.h"

namespace fedtide {

/// A run with what several laws look up in it.
struct Evidence {
  explicit Evidence(const RecordedRun& recorded);

  /// The record of a round; null for one that was not committed.
  const RoundRecord* round(std::int64_t number) const;

  const RecordedRun& run;
  std::vector<std::uint32_t> by_client;  ///< turns, one client's after the other's, each client's by its numbers
  std::unordered_map<std::int64_t, std::size_t> rows;  ///< of rounds
};

/// A law: empty when it holds, else the first place where it is broken.
struct Law {
  const char* name;
  bool of_turns;  ///< needs a trace
  std::string (*broken)(const Evidence&);
  bool of_energy = false;   ///< needs an energy model
  bool of_metered = false;  ///< needs links that are paid by the byte
};

const std::vector<Law>& laws_of_rounds();
const std::vector<Law>& laws_of_turns();
const std::vector<Law>& laws_of_energy();

std::int64_t count(const RoundRecord& record, Outcome outcome);
/// Turns that ended.
std::int64_t ended(const RoundRecord& record);
/// Whether two sums of the same seconds are equal but for rounding.
bool same_seconds(double a, double b);
/// Whether two sums of the same joules or grams are equal but for rounding.
bool same_amount(double a, double b);
/// "1200 bytes down, 30 bytes up, 4.5 s"
std::string to_text(const Spending& spending);

}  // namespace fedtide
