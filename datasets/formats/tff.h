#pragma once
// The HDF5 files of TensorFlow Federated's data sets: /examples/CLIENT/ with the arrays of each client. HDF5 runs in a
// process of its own, as damaged files crash it.

#include <optional>
#include <string>

#include "datasets/formats/client_examples.h"
#include "datasets/formats/isolated.h"

namespace fedtide {

/// Appends the clients of a file, in the order of their names' bytes: either `pixels` (floats, [n, height, width]) or
/// `image` (bytes, [n, height, width, channels], which become planes), with `label` (integers, [n]) and, where it is
/// there, `coarse_label`. Throws Failure(no_input, data_damaged) that names the file and the part. Without `limits`,
/// IsolationLimits::for_file.
void read_tff(const std::string& path, ClientExamples& examples,
              const std::optional<IsolationLimits>& limits = std::nullopt);

/// Appends each client's `snippets`, joined with line ends, as one text.
void read_tff_snippets(const std::string& path, ClientExamples& examples,
                       const std::optional<IsolationLimits>& limits = std::nullopt);

/// True when the first client of the file has snippets.
bool has_tff_snippets(const std::string& path, const std::optional<IsolationLimits>& limits = std::nullopt);

}  // namespace fedtide
