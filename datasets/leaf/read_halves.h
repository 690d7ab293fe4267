#pragma once
// Loads both halves of data that come with their clients.

#include <cstdint>

#include "datasets/leaf/clients_source.h"
#include "datasets/leaf/halves.h"

namespace fedtide {

/// From files that end in .json, plain or .gz (LEAF), or in .h5 (TensorFlow Federated).
DataSource load_halves(const HalfPaths& paths, const ClientsOptions& options, std::uint64_t seed);

}  // namespace fedtide
