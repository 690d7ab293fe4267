#pragma once
// The sections of an experiment without influence on its results.

#include "sim/experiment/config.h"

namespace fedtide {

void read_output(Section& s, OutputConfig& output);
void read_execution(Section& s, ExecutionConfig& execution);

}  // namespace fedtide
