#pragma once
// What protocols without the one server ask of a method: that models can be averaged anywhere.

#include <string>

#include "sim/federation/algorithm.h"

namespace fedtide {

/// Why a method cannot run without its server; empty when it can. It can where the server takes the mean of the updates
/// by samples and keeps nothing, and clients keep nothing and send their model alone (fedavg, fedprox, fedsgd).
/// `protocol` is named in the message.
std::string needs_server(const Method& method, const std::string& protocol);

}  // namespace fedtide
