#pragma once
// Data and weights in plain files, for the same work in another program. Numbers are raw little-endian float32 or int32
// with what they mean beside them in JSON.

#include <filesystem>

#include "benchmarks/support/workload.h"

namespace fedtide::bench {

/// workload.json {kind, dims, classes, vocabulary, train, test}, {train,test}.inputs and .labels: the first rows of
/// both sets, as a batch holds them (images: float32, channels last; text: int32 tokens).
void export_workload(const std::filesystem::path& folder, const Workload& data, std::uint32_t train,
                     std::uint32_t test);

/// steps.json {lr, batch, steps, ranges: [{name, offset, shape}]}, steps.before and steps.after: the weights before and
/// after five steps of local_sgd; steps.inputs, steps.labels: the samples in the order in which they were used.
void export_steps(const std::filesystem::path& folder, const Model<float>& model, const Workload& data, int batch,
                  double lr);

}  // namespace fedtide::bench
