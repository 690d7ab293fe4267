#pragma once
// Plain text.

#include <string>

#include "sim/files/gzip.h"

namespace fedtide {

/// All of it, as bytes. Throws Failure(data_damaged) for an empty file and for one of more than 1 GiB.
std::string read_text(ContentReader& content);

}  // namespace fedtide
