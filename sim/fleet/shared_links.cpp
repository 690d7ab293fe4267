#include "sim/fleet/shared_links.h"

#include <algorithm>

#include "sim/base/distributions.h"

namespace fedtide {

namespace {

std::optional<BitRate> rate(Section& s, const char* key, const char* help) {
  return s.maybe_bit_rate(key, {.fallback = {}, .bounds = positive(), .help = help, .source = ""});
}

SharedArea read_area(Section& section, const char* key, const char* help, const char* count) {
  SharedArea area;
  section.section(key, help, [&](Section& s) {
    area.count = static_cast<std::uint32_t>(
        s.whole("count", {.fallback = 0.0, .bounds = between(0, 1e5), .help = count, .source = ""}));
    area.down = rate(s, "down", "what the clients of one receive together; none: no bottleneck");
    area.up = rate(s, "up", "what the clients of one send together; none: no bottleneck");
    if (area.count == 0 && (area.down || area.up)) s.reject("count", "must be at least 1 where there are rates, got 0");
  });
  return area;
}

}  // namespace

SharedLinks read_shared(Section& section) {
  SharedLinks links;
  section.section("server", "the server's own link", [&](Section& s) {
    links.server.down = rate(s, "down", "what the server sends to all clients together; none: no bottleneck");
    links.server.up = rate(s, "up", "what the server receives of all clients together; none: no bottleneck");
  });
  links.cell = read_area(section, "cell", "links near the clients, each shared by those of one cell",
                         "cells; every client is in one, drawn evenly");
  links.region = read_area(section, "region", "links of regions, each shared by the clients of one",
                           "regions; cells are spread evenly over them, or, where there are none, clients");
  if (links.cell.count > 0 && links.region.count > links.cell.count)
    section.reject(
        "region", fmt::format("has {} regions for {} cells; at most one a cell", links.region.count, links.cell.count));
  return links;
}

ClientNetwork::ClientNetwork(const SharedLinks& links, std::uint64_t seed)
    : cells_(std::max(links.cell.count, links.region.count)), seed_(seed) {
  std::vector<BitRate> capacities;
  const auto add = [&](const std::optional<BitRate>& rate, std::uint32_t count) {
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t i = 0; rate && i < count; ++i) {
      numbers.push_back(static_cast<std::uint32_t>(capacities.size()));
      capacities.push_back(*rate);
    }
    return numbers;
  };
  const std::uint32_t groups = std::max(cells_, 1u);
  std::vector<std::vector<std::uint32_t>> paths[2];
  for (const Direction direction : {Direction::down, Direction::up}) {
    auto& of_groups = paths[static_cast<std::size_t>(direction)];
    of_groups.resize(groups);
    for (const SharedArea* area : {&links.server, &links.region, &links.cell}) {
      const std::vector<std::uint32_t> numbers = add(direction == Direction::down ? area->down : area->up, area->count);
      // Each area has as many groups as the others, or one more.
      for (std::uint32_t group = 0; group < groups && !numbers.empty(); ++group) {
        of_groups[group].push_back(numbers[std::uint64_t{group} * numbers.size() / groups]);
      }
    }
  }
  network_.emplace(capacities);
  for (std::uint32_t group = 0; group < groups; ++group) {
    down_.push_back(network_->add_group(paths[0][group]));
    up_.push_back(network_->add_group(paths[1][group]));
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
