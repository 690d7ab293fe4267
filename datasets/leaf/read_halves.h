#pragma once
// Loads both halves of data that come with their clients.

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/leaf/clients_source.h"
#include "datasets/leaf/halves.h"

namespace fedtide {

/// From files that end in .json, plain or .gz (LEAF), or in .h5 (TensorFlow Federated).
/// In place of a half's JSON files it reads their cache, where there is a sound one.
DataSource load_halves(const HalfPaths& paths, const ClientsOptions& options, std::uint64_t seed);

/// Reads the files of both halves and writes a cache of each that is JSON; returns the caches' paths.
std::vector<std::string> prepare_halves(const HalfPaths& paths);

}  // namespace fedtide
