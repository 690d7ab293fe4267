#pragma once
// Samples drawn with sharing: each client on its own, from all samples, at most once each.

#include <cstdint>
#include <span>
#include <vector>

#include "sim/base/random.h"
#include "sim/learn/dataset.h"

namespace fedtide {

class ClassPools;

/// Draws a client's samples by Polya's urn (Blackwell and MacQueen 1973): the j-th sample is with probability
/// alpha / (alpha + j) any of all, else of the class of an earlier one. The classes so drawn have the law of a mix
/// q ~ Dir(alpha p) and then a class by q for each sample, p being the mix of all samples; it takes O(1) a sample and
/// no memory a client. A class that the client holds as a whole is left out from then on. One thread.
class Urn {
 public:
  /// labels [samples] and their pools, which must outlive the urn. alpha > 0.
  Urn(std::span<const std::int32_t> labels, const ClassPools& pools, double alpha);

  /// Fills mine with `size` different rows; size <= number of samples.
  void draw(Stream& stream, std::uint32_t size, std::vector<std::uint32_t>& mine);

 private:
  bool whole(std::uint32_t k) const;
  void leave_out(std::uint32_t k);
  std::uint32_t draw_class(Stream& stream) const;
  std::uint32_t draw_row(Stream& stream, std::uint32_t k) const;

  std::span<const std::int32_t> labels_;
  const ClassPools& pools_;
  double alpha_;
  double open_share_ = 1;               // of all samples: those in classes that the client does not hold as a whole
  std::uint32_t client_ = 0;            // draws so far
  std::vector<std::uint32_t> stamp_;    // [samples] the last draw that took the row
  std::vector<std::uint32_t> held_;     // [classes] of this client
  std::vector<std::uint32_t> earlier_;  // classes of this client's samples, without those left out
};

}  // namespace fedtide
