#include "sim/fleet/row_pick.h"

#include "sim/base/distributions.h"

namespace fedtide {

RowPick RowPick::read(Section& section, Purpose purpose) {
  const std::string assignment = section.word(
      "assignment", {.fallback = "in_order",
                     .options = {{"in_order", "client i has the file's i-th, clients beyond it a random one", ""},
                                 {"random", "each client has a random one of the file's", ""}},
                     .help = "which of the file's each client has",
                     .source = ""});
  return {assignment == "in_order", purpose};
}

std::size_t RowPick::row(std::uint64_t seed, ClientId client, std::size_t rows) const {
  if (own(client, rows)) return raw(client);
  Stream stream(seed, purpose_, client);
  return static_cast<std::size_t>(uniform_below64(stream, rows));
}

}  // namespace fedtide
