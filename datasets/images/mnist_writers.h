#pragma once
// Who wrote each digit of MNIST: the extended labels of QMNIST. Yadav and Bottou: Cold case: the lost MNIST digits.
// 2019 (arXiv 1905.10498).

#include <string>

#include "sim/learn/dataset.h"

namespace fedtide {

/// Makes each writer of the training set a natural client, in the order of their numbers, and a column `writer`. Reads
/// qmnist-{train,test}-labels-idx2-int, plain or .gz, from the folder; test writers are others, so clients have no test
/// samples of their own. Throws Failure(no_input) when a file is not there, Failure(data_damaged) when its classes are
/// not the labels of the data set.
void add_writers(DataSource& source, const std::string& folder);

}  // namespace fedtide
