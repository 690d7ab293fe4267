#include "datasets/partition/common.h"

#include <algorithm>
#include <numeric>

#include "sim/base/distributions.h"
#include "sim/base/error.h"
#include "sim/base/random.h"

namespace fedtide {

void require_some(const PartitionInput& in) {
  if (in.clients == 0) throw Failure(ExitCode::usage, "data.clients: found 0, must be at least 1");
  if (in.samples == 0) throw Failure(ExitCode::usage, "data: there are no samples to hand out");
}

void require_samples(const PartitionInput& in) {
  require_some(in);
  if (in.clients > in.samples) {
    throw Failure(ExitCode::usage, fmt::format("data.clients: {} clients cannot share {} samples, must be at most {}",
                                               in.clients, in.samples, in.samples));
  }
}

void require_labels(std::string_view scheme, std::span<const std::int32_t> labels) {
  if (labels.empty()) {
    throw Failure(ExitCode::usage,
                  fmt::format("data.partition: {} hands out samples by their labels, and this data set has none; use "
                              "iid or natural",
                              scheme));
  }
}

Failure too_few(std::uint32_t min_size, std::uint32_t clients, std::uint64_t samples) {
  return Failure(ExitCode::usage,
                 fmt::format("data.partition.min_size: {} samples for each of {} clients are more than the {} "
                             "there are, must be at most {}",
                             min_size, clients, samples, samples / clients));
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

Shards hand_out_classes(const ClassPools& pools, const std::vector<std::vector<ClassPart>>& parts,
                        std::uint32_t clients) {
  Shards shards;
  shards.begin.assign(std::size_t{clients} + 1, 0);
  for (const auto& of_class : parts) {
    for (const ClassPart& part : of_class) shards.begin[part.client + 1] += part.count;
  }
  for (std::size_t i = 0; i < clients; ++i) shards.begin[i + 1] += shards.begin[i];
  shards.rows.resize(shards.begin.back());
  std::vector<std::uint64_t> next(shards.begin.begin(), shards.begin.end() - 1);
  for (std::uint32_t k = 0; k < parts.size(); ++k) {
    auto row = pools.of(k).begin();
    for (const ClassPart& part : parts[k]) {
      std::copy_n(row, part.count, shards.rows.begin() + static_cast<std::ptrdiff_t>(next[part.client]));
      row += part.count;
      next[part.client] += part.count;
    }
    FEDTIDE_REQUIRE(row == pools.of(k).end(), "class {} is not handed out as a whole", k);
  }
  const auto at = [&](std::uint64_t place) { return shards.rows.begin() + static_cast<std::ptrdiff_t>(place); };
  for (std::size_t i = 0; i < clients; ++i) std::sort(at(shards.begin[i]), at(shards.begin[i + 1]));
  return shards;
}

Shards room_for(std::span<const std::uint32_t> sizes) {
  Shards shards;
  shards.begin.reserve(sizes.size() + 1);
  shards.rows.reserve(std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0}));
  return shards;
}

void append_sorted(Shards& shards, std::vector<std::uint32_t>& rows) {
  std::sort(rows.begin(), rows.end());
  shards.append(rows);
}

}  // namespace fedtide
