#pragma once
// What helps against some errors of the system.

#include <string_view>

namespace fedtide {

/// "; free some space ..." for an errno; empty for an error without a common cure.
std::string_view advice(int error);

}  // namespace fedtide
