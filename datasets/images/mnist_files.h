#pragma once
// The four idx files that MNIST and the sets made in its image come as.

#include <string>

#include "sim/learn/dataset.h"

namespace fedtide {

/// 28 x 28 pixels, 10 classes.
InputShape mnist_shape();

/// Reads {train,t10k}-{images-idx3,labels-idx1}-ubyte, plain or with .gz, from a folder. `remedy` ends the message when
/// a file or the folder is missing (exit code 66); damaged content is exit code 65.
DataSource load_mnist_files(const std::string& folder, const std::string& remedy);

/// folder/name or folder/name.gz, whichever is there. Failure(no_input) when neither is; `remedy` ends the message.
std::string find_data_file(const std::string& folder, const std::string& name, const std::string& remedy);

}  // namespace fedtide
