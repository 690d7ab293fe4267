#include "datasets/partition/urn.h"

#include <algorithm>

#include "datasets/partition/common.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"

namespace fedtide {

Urn::Urn(std::span<const std::int32_t> labels, const ClassPools& pools, double alpha)
    : labels_(labels), pools_(pools), alpha_(alpha), stamp_(labels.size()), held_(pools.classes()) {}

bool Urn::whole(std::uint32_t k) const { return held_[k] == pools_.size(k); }

void Urn::leave_out(std::uint32_t k) {
  std::erase(earlier_, k);
  std::uint64_t open = 0;
  for (std::uint32_t c = 0; c < pools_.classes(); ++c) open += whole(c) ? 0 : pools_.size(c);
  open_share_ = static_cast<double>(open) / static_cast<double>(labels_.size());
}

/// A class that the client does not hold as a whole.
std::uint32_t Urn::draw_class(Stream& stream) const {
  const double fresh = alpha_ * open_share_;
  const auto earlier = static_cast<double>(earlier_.size());
  if (earlier_.empty() || uniform(stream) * (fresh + earlier) < fresh) {
    for (;;) {
      const std::uint32_t row = uniform_below(stream, static_cast<std::uint32_t>(labels_.size()));
      const auto k = static_cast<std::uint32_t>(labels_[row]);
      if (!whole(k)) return k;
    }
  }
  return earlier_[uniform_below(stream, static_cast<std::uint32_t>(earlier_.size()))];
}

/// A row of the class that the client does not have yet.
std::uint32_t Urn::draw_row(Stream& stream, std::uint32_t k) const {
  for (;;) {
    const std::uint32_t row = pools_.of(k)[uniform_below(stream, pools_.size(k))];
    if (stamp_[row] != client_) return row;
  }
}

void Urn::draw(Stream& stream, std::uint32_t size, std::vector<std::uint32_t>& mine) {
  FEDTIDE_REQUIRE(size <= labels_.size(), "{} of {} samples", size, labels_.size());
  ++client_;
  mine.clear();
  earlier_.clear();
  std::fill(held_.begin(), held_.end(), 0u);
  open_share_ = 1;
  while (mine.size() < size) {
    const std::uint32_t k = draw_class(stream);
    const std::uint32_t row = draw_row(stream, k);
    stamp_[row] = client_;
    mine.push_back(row);
    earlier_.push_back(k);
    if (++held_[k] == pools_.size(k)) leave_out(k);
  }
}

}  // namespace fedtide
