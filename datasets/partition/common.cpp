#include "datasets/partition/common.h"

#include <algorithm>

#include "sim/base/distributions.h"
#include "sim/base/error.h"
#include "sim/base/random.h"

namespace fedtide {

void require_samples(const PartitionInput& in) {
  if (in.clients == 0) throw Failure(ExitCode::usage, "data.clients: found 0, must be at least 1");
  if (in.clients > in.samples) {
    throw Failure(ExitCode::usage, fmt::format("data.clients: {} clients cannot share {} samples, must be at most {}",
                                               in.clients, in.samples, in.samples));
  }
}

void require_labels(std::string_view scheme, const PartitionInput& in) {
  if (in.labels.empty()) {
    throw Failure(ExitCode::usage,
                  fmt::format("data.partition: {} hands out samples by their labels, and this data set has none; use "
                              "iid or natural",
                              scheme));
  }
  require_samples(in);
}

std::vector<std::uint32_t> equal_sizes(std::uint64_t samples, std::uint32_t parts) {
  const std::uint64_t rest = samples % parts;
  std::vector<std::uint32_t> sizes(parts, static_cast<std::uint32_t>(samples / parts));
  for (std::uint64_t i = 0; i < rest; ++i) ++sizes[i];
  return sizes;
}

ClassPools::ClassPools(std::span<const std::int32_t> labels, int classes)
    : begin_(static_cast<std::size_t>(classes) + 1), rows_(labels.size()) {
  for (const std::int32_t label : labels) {
    FEDTIDE_REQUIRE(label >= 0 && label < classes, "label {} of {} classes", label, classes);
    ++begin_[static_cast<std::size_t>(label) + 1];
  }
  for (std::size_t k = 1; k < begin_.size(); ++k) begin_[k] += begin_[k - 1];
  std::vector<std::uint64_t> next(begin_.begin(), begin_.end() - 1);
  for (std::size_t row = 0; row < labels.size(); ++row) {
    rows_[next[static_cast<std::size_t>(labels[row])]++] = static_cast<std::uint32_t>(row);
  }
}

void ClassPools::shuffle_each(std::uint64_t seed) {
  for (std::uint32_t k = 0; k < classes(); ++k) {
    Stream stream(seed, Purpose::partition, k, 0);
    shuffle(stream, std::span(rows_).subspan(begin_[k], size(k)));
  }
}

void append_sorted(Shards& shards, std::vector<std::uint32_t>& rows) {
  std::sort(rows.begin(), rows.end());
  shards.append(rows);
}

}  // namespace fedtide
