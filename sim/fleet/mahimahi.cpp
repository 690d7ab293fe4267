#include "sim/fleet/mahimahi.h"

#include <algorithm>
#include <limits>

#include "sim/base/error.h"
#include "sim/files/lines.h"
#include "sim/files/number.h"

namespace fedtide {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kCountless = std::numeric_limits<std::int64_t>::max();

}  // namespace

MahimahiTrace MahimahiTrace::read(ContentReader content) {
  LineReader lines(std::move(content));
  std::vector<std::uint32_t> stamps;
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  for (std::string_view line; lines.next(line);) {
    const auto stamp = parse_whole(line, 0, kMost);
    if (!stamp) {
      lines.damaged(
          1, fmt::format("found {}, must be a whole number of milliseconds from 0 to {}", in_quotes(line), kMost));
    }
    if (!stamps.empty() && *stamp < stamps.back()) {
      lines.damaged(1, fmt::format("found {}, must be at least {}, the line above it", *stamp, stamps.back()));
    }
    stamps.push_back(static_cast<std::uint32_t>(*stamp));
  }
  if (stamps.empty()) lines.damaged_at(1, 0, "the file is empty, must have one number at least");
  if (stamps.back() == 0) lines.damaged(1, "the last number is 0, must be greater than 0: the trace repeats after it");
  return MahimahiTrace(std::move(stamps));
}

Duration MahimahiTrace::period() const { return {stamps_.back() * kMillisecond}; }

BitRate MahimahiTrace::mean_rate() const {
  return {8.0 * kPacket * static_cast<double>(stamps_.size()) / period().seconds()};
}

std::int64_t MahimahiTrace::before(Time at) const {
  const std::int64_t round = at.ns / period().ns;
  const std::int64_t rest = at.ns % period().ns;
  const auto rounds_up = static_cast<std::uint64_t>((rest + kMillisecond - 1) / kMillisecond);
  const auto first_not = [&](std::uint64_t stamp) {
    return std::lower_bound(stamps_.begin(), stamps_.end(), stamp) - stamps_.begin();
  };
  const auto lines = static_cast<std::int64_t>(stamps_.size());
  // Those of the last millisecond of the round before go now, not before.
  const std::int64_t now = rest == 0 && round > 0 ? lines - first_not(stamps_.back()) : 0;
  std::int64_t full = 0;
  if (__builtin_mul_overflow(round, lines, &full)) return kCountless;
  return saturating_add(full, first_not(rounds_up) - now);
}

Time MahimahiTrace::finish(Time start, Bytes bytes) const {
  if (bytes.count <= 0) return start;
  const auto lines = static_cast<std::int64_t>(stamps_.size());
  const std::int64_t packets = (bytes.count - 1) / kPacket + 1;
  const std::int64_t last = saturating_add(before(start), packets - 1);
  const std::int64_t rest = stamps_[static_cast<std::size_t>(last % lines)] * kMillisecond;
  std::int64_t round = 0;
  if (last == kCountless || __builtin_mul_overflow(last / lines, period().ns, &round)) return Time::never();
  return Time{round} + Duration{rest};
}

Bytes MahimahiTrace::delivered(Time from, Time to) const { return {(before(to) - before(from)) * kPacket}; }

}  // namespace fedtide
