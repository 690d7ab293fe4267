#pragma once
// What a trajectory says of clients, partition and model beside what happened.

#include <vector>

#include "sim/experiment/assembly.h"
#include "sim/experiment/recorder.h"

namespace fedtide {

std::vector<ClientSummary> summarize_clients(const Assembly& assembly, const Recorder& recorder);
PartitionSummary summarize_partition(const Assembly& assembly);
std::vector<WeightSpan> spans_of(const Layout& layout);

}  // namespace fedtide
