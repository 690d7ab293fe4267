#pragma once
// A group of the clients, numbered from 0, as a selector sees it.

#include <vector>

#include "sim/federation/population.h"

namespace fedtide {

class Members final : public Candidates {
 public:
  Members(const Population& all, const std::vector<ClientId>& members) : all_(all), members_(members) {}
  std::uint32_t population() const override { return static_cast<std::uint32_t>(members_.size()); }
  bool eligible(ClientId client) const override { return all_.eligible(members_[raw(client)]); }
  void fetch(ClientId client) const override { all_.fetch(members_[raw(client)]); }
  ClientView view(ClientId client) const override { return all_.view(members_[raw(client)]); }

 private:
  const Population& all_;
  const std::vector<ClientId>& members_;
};

/// Up to `count` of the group, as the selector chooses them.
inline std::vector<ClientId> select_among(Selector& selector, const Population& population,
                                          const std::vector<ClientId>& members, std::uint32_t count, Stream stream) {
  const auto wanted = std::min(count, static_cast<std::uint32_t>(members.size()));
  std::vector<ClientId> chosen = selector.select(Members(population, members), wanted, stream);
  for (ClientId& client : chosen) client = members[raw(client)];
  return chosen;
}

}  // namespace fedtide
