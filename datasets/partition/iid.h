#pragma once
// Samples handed out without regard to what they are.

#include <memory>

#include "datasets/partition/sizes.h"

namespace fedtide {

/// Every client's samples are drawn from the same mix; `sizing` says how many.
std::unique_ptr<Partitioner> make_iid(Sizing sizing);

}  // namespace fedtide
