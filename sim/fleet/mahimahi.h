#pragma once
// Rate traces of the link emulator mahimahi (Netravali et al., USENIX ATC 2015): moments at which a packet may go.

#include <cstdint>
#include <vector>

#include "sim/base/quantity.h"
#include "sim/base/time.h"
#include "sim/files/gzip.h"

namespace fedtide {

/// A link whose rate changes in time. Each line of the file is a millisecond at which one packet of up to 1,500 bytes
/// is delivered; the same number again is one more in that millisecond. The trace repeats with its last number as the
/// period: a packet of that last millisecond and one of millisecond 0 of the next round go at the same time.
class MahimahiTrace {
 public:
  static constexpr std::int64_t kPacket = 1500;

  /// Whole numbers that do not fall, up to 4,294,967,295, the last one above 0. Memory: 4 bytes a line. Throws
  /// Failure(data_damaged) with line and column.
  static MahimahiTrace read(ContentReader content);

  /// When a transfer that has the link for itself ends: at the ceil(bytes / 1500)-th delivery at or after `start`; at
  /// `start` for no bytes; never() when that is beyond time's range. O(log of the lines).
  Time finish(Time start, Bytes bytes) const;
  /// The integral of the rate: what is delivered at or after `from` and before `to`, for from <= to.
  Bytes delivered(Time from, Time to) const;
  BitRate mean_rate() const;
  Duration period() const;

 private:
  explicit MahimahiTrace(std::vector<std::uint32_t> stamps) : stamps_(std::move(stamps)) {}
  /// Deliveries before a time, since time 0.
  std::int64_t before(Time at) const;

  std::vector<std::uint32_t> stamps_;  ///< ms
};

}  // namespace fedtide
