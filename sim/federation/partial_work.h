#pragma once
// Clients that do less than the whole of their local training, so that they are in time.
// Li, Sahu, Zaheer, Sanjabi, Talwalkar, Smith: Federated optimization in heterogeneous networks. MLSys 2020 (arXiv
// 1812.06127), section 5.2: by the end of a round a share of its clients, the stragglers, has had time for a uniform
// number of 1 .. E - 1 of the E epochs; FedAvg drops them, FedProx takes in what they have.

#include <optional>

#include "sim/federation/protocol.h"

namespace fedtide {

struct WorkLimit {
  enum class Unit { epochs, steps };
  Unit unit = Unit::epochs;  ///< what is done, is done whole; where training is told in steps, or has one epoch: steps
  std::optional<Time> by;    ///< its report is to be in by then, where less work can bring that about
  double stragglers = 0;     ///< probability that it is one

  bool any() const { return by || stragglers > 0; }
};

/// The steps that a client dispatched now has time for, by what is known of its turn with nobody else on the links;
/// none: all of them, or not even one unit, so that it does all and comes late.
std::optional<std::int64_t> steps_in_time(const WorkLimit& limit, const World& world, ClientId client, Turn turn);

}  // namespace fedtide
