#pragma once
// LEAF's JSON (Caldas et al. 2018, arXiv 1812.01097): one object with `users`, `num_samples` in the same order, and
// `user_data`: {user: {"x": [...], "y": [...]}}, in any order. An x is a row of numbers (nested or not), a text, or a
// row of texts; a y is a number or a text. Other keys (`hierarchies`, `raw`) are passed over. Read as a stream.

#include "datasets/formats/client_examples.h"
#include "sim/files/gzip.h"

namespace fedtide {

/// Appends the users of one file, in the order of its `users`. Throws Failure(data_damaged) that names the file and the
/// byte: for rows of different widths, a user's x and y of different lengths, num_samples that differ from user_data,
/// users named twice (in this file or before it), numbers beyond float32.
void read_leaf(ContentReader content, ClientExamples& examples);

}  // namespace fedtide
