#pragma once
// Keys that links from several sources share: the rates and the way's properties as distributions.

#include "sim/config/section.h"
#include "sim/fleet/device.h"

namespace fedtide {

/// `down:` and `up:`.
struct RateDraws {
  Draw down;
  Draw up;

  static RateDraws read(Section& section);
  void apply(Stream& stream, Link& link) const;
};

Draw read_latency(Section& section);

/// `jitter:` and `loss:`.
struct NoiseDraws {
  Draw jitter;
  Draw loss;

  static NoiseDraws read(Section& section);
  /// After rates and latency are known. Without loss, one value is drawn.
  void apply(Stream& stream, Link& link) const;
};

}  // namespace fedtide
