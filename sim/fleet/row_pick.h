#pragma once
// Which row of a file a client has.

#include <cstdint>

#include "sim/base/ids.h"
#include "sim/base/random.h"
#include "sim/config/section.h"

namespace fedtide {

class RowPick {
 public:
  /// Reads `assignment:`; `purpose` names the random draws.
  static RowPick read(Section& section, Purpose purpose);

  /// The rows of a file of `rows` > 0: in_order gives client i row i, and those
  /// beyond the file's number, like all clients with `random`, a row at random.
  std::size_t row(std::uint64_t seed, ClientId client, std::size_t rows) const;
  /// The client has a row to itself.
  bool own(ClientId client, std::size_t rows) const { return in_order_ && raw(client) < rows; }

 private:
  RowPick(bool in_order, Purpose purpose) : in_order_(in_order), purpose_(purpose) {}

  bool in_order_;
  Purpose purpose_;
};

}  // namespace fedtide
