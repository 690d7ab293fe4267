#pragma once
// Bottlenecks that many clients' transfers meet in: the server's own link, and cells of clients. Rates there are
// max-min fair (flow_network.h).

#include <optional>
#include <vector>

#include "sim/base/ids.h"
#include "sim/config/section.h"
#include "sim/fleet/flow_network.h"

namespace fedtide {

/// `fleet.shared:`; absent rates are no bottleneck.
struct SharedLinks {
  std::optional<BitRate> server_down;  ///< what the server sends, all clients together
  std::optional<BitRate> server_up;    ///< what it receives
  std::uint32_t cells = 0;             ///< every client is in one, drawn evenly; 0: there are none
  std::optional<BitRate> cell_down;    ///< what one cell's clients receive
  std::optional<BitRate> cell_up;      ///< what they send

  bool any() const { return server_down || server_up || (cells > 0 && (cell_down || cell_up)); }
};
SharedLinks read_shared(Section& section);

enum class Direction : std::uint8_t { down, up };

/// The network that shared links make, and each client's paths through it.
class ClientNetwork {
 public:
  ClientNetwork(const SharedLinks& links, std::uint64_t seed);
  /// The cell of a client, below max(cells, 1): a pure function of (seed, client).
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
