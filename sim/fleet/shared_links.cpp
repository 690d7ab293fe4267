#include "sim/fleet/shared_links.h"

#include <algorithm>

#include "sim/base/distributions.h"

namespace fedtide {

SharedLinks read_shared(Section& section) {
  SharedLinks links;
  const auto rate = [](Section& s, const char* key, const char* help) {
    return s.maybe_bit_rate(key, {.fallback = {}, .bounds = positive(), .help = help, .source = ""});
  };
  section.section("server", "the server's own link", [&](Section& s) {
    links.server_down = rate(s, "down", "what the server sends to all clients together; none: no bottleneck");
    links.server_up = rate(s, "up", "what the server receives of all clients together; none: no bottleneck");
  });
  section.section("cell", "links near the clients, each shared by those of one cell", [&](Section& s) {
    links.cells = static_cast<std::uint32_t>(s.whole("count", {.fallback = 0.0,
                                                               .bounds = between(0, 1e5),
                                                               .help = "cells; every client is in one, drawn evenly",
                                                               .source = ""}));
    links.cell_down = rate(s, "down", "what the clients of one cell receive together; none: no bottleneck");
    links.cell_up = rate(s, "up", "what the clients of one cell send together; none: no bottleneck");
    if (links.cells == 0 && (links.cell_down || links.cell_up))
      s.reject("count", "must be at least 1 where cells have a rate, got 0");
  });
  return links;
}

ClientNetwork::ClientNetwork(const SharedLinks& links, std::uint64_t seed) : cells_(links.cells), seed_(seed) {
  std::vector<BitRate> capacities;
  const auto add = [&](const std::optional<BitRate>& rate) -> std::optional<std::uint32_t> {
    if (!rate) return std::nullopt;
    capacities.push_back(*rate);
    return static_cast<std::uint32_t>(capacities.size() - 1);
  };
  const std::optional<std::uint32_t> server_down = add(links.server_down), server_up = add(links.server_up);
  std::vector<std::vector<std::uint32_t>> paths;
  for (std::uint32_t cell = 0; cell < std::max(cells_, 1u); ++cell) {
    std::vector<std::uint32_t> down, up;
    if (server_down) down.push_back(*server_down);
    if (server_up) up.push_back(*server_up);
    if (cells_ > 0) {
      if (const auto link = add(links.cell_down)) down.push_back(*link);
      if (const auto link = add(links.cell_up)) up.push_back(*link);
    }
    paths.push_back(std::move(down));
    paths.push_back(std::move(up));
  }
  network_.emplace(capacities);
  for (std::size_t i = 0; i < paths.size(); i += 2) {
    down_.push_back(network_->add_group(paths[i]));
    up_.push_back(network_->add_group(paths[i + 1]));
  }
}

std::uint32_t ClientNetwork::cell(ClientId client) const {
  if (cells_ <= 1) return 0;
  Stream stream(seed_, Purpose::cell, raw(client));
  return uniform_below(stream, cells_);
}

FlowNetwork::Flow ClientNetwork::start(Time now, ClientId client, Direction direction, BitRate limit, double bytes) {
  const std::vector<FlowNetwork::Group>& groups = direction == Direction::down ? down_ : up_;
  return network_->start(now, groups[cell(client)], limit, bytes);
}

}  // namespace fedtide
