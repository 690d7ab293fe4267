#pragma once
// Bottlenecks that many clients' transfers meet in: the server's own link, and cells and regions of
// clients. Rates there are
// max-min fair (flow_network.h).

#include <optional>
#include <vector>

#include "sim/base/ids.h"
#include "sim/config/section.h"
#include "sim/fleet/flow_network.h"

namespace fedtide {

/// Links of the clients of one part of the population, each shared by those in it; absent rates are no bottleneck.
struct SharedArea {
  std::uint32_t count = 0;      ///< how many there are; 0: none
  std::optional<BitRate> down;  ///< what the clients of one receive together
  std::optional<BitRate> up;    ///< what they send together

  bool any() const { return count > 0 && (down || up); }
};

/// `fleet.shared:`
struct SharedLinks {
  SharedArea server{.count = 1, .down = {}, .up = {}};  ///< its own link: all clients are behind it
  SharedArea cell;                                      ///< every client is in one, drawn evenly
  SharedArea region;  ///< cells are spread evenly over them, in order; without cells, clients are drawn evenly

  bool any() const { return server.any() || cell.any() || region.any(); }
};
SharedLinks read_shared(Section& section);

enum class Direction : std::uint8_t { down, up };

/// The network that shared links make, and each client's paths through it.
class ClientNetwork {
 public:
  ClientNetwork(const SharedLinks& links, std::uint64_t seed);
  /// The cell of a client, or its region where there are no cells: a pure function of (seed, client), 0 without both.
  std::uint32_t cell(ClientId client) const;
  /// Starts a client's transfer, whose own link allows `limit`.
  FlowNetwork::Flow start(Time now, ClientId client, Direction direction, BitRate limit, double bytes);
  FlowNetwork& flows() { return *network_; }

 private:
  std::uint32_t cells_;
  std::uint64_t seed_;
  std::optional<FlowNetwork> network_;
  std::vector<FlowNetwork::Group> down_;  // of each cell
  std::vector<FlowNetwork::Group> up_;
};

}  // namespace fedtide
