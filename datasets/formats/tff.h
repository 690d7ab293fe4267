#pragma once
// The HDF5 files of TensorFlow Federated's data sets: /examples/CLIENT/ with the arrays of each client.

#include <string>

#include "datasets/formats/client_examples.h"

namespace fedtide {

/// Appends the clients of a file, in the order of their names' bytes: either `pixels` (floats, [n, height, width]) or
/// `image` (bytes, [n, height, width, channels], which become planes), with `label` (integers, [n]) and, where it is
/// there, `coarse_label`. Throws Failure(no_input, data_damaged) that names the file and the part.
void read_tff(const std::string& path, ClientExamples& examples);

/// Appends each client's `snippets`, joined with line ends, as one text.
void read_tff_snippets(const std::string& path, ClientExamples& examples);

/// True when the first client of the file has snippets.
bool has_tff_snippets(const std::string& path);

}  // namespace fedtide
