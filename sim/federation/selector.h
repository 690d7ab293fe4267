#pragma once
// Whom to select. A selector sees values about clients, never fleet objects.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/config/section.h"
#include "sim/federation/privacy.h"

namespace fedtide {

/// What the server may know of a client.
struct ClientView {
  std::uint64_t samples = 0;
  Duration estimated;                ///< expected duration of a turn
  std::optional<Duration> observed;  ///< its last turn's
  std::optional<double> last_loss;   ///< of its last accepted report; a selector that asks for it joins the values
  std::uint32_t dispatched = 0;      ///< how often it was selected before
};

/// The population as a selector sees it at one instant.
class Candidates {
 public:
  virtual ~Candidates() = default;
  virtual std::uint32_t population() const = 0;
  /// Available, idle, and with data to train on.
  virtual bool eligible(ClientId client) const = 0;
  virtual ClientView view(ClientId client) const = 0;
  /// It is going to be asked about: a hint to the memory.
  virtual void fetch(ClientId /*client*/) const {}
};

class Selector {
 public:
  virtual ~Selector() = default;
  /// Up to `count` different eligible clients, in the order of dispatch. O(count / eligible share) where the scheme
  /// allows it.
  virtual std::vector<ClientId> select(const Candidates& candidates, std::uint32_t count, Stream stream) = 0;
  /// How a cohort of `count` out of `population` is drawn.
  virtual CohortSampling sampling(std::uint32_t count, std::uint32_t population) const = 0;
};
struct SelectorEntry {
  About about;
  std::unique_ptr<Selector> (*read)(Section& section);  ///< reads its keys from `selection:`
};

}  // namespace fedtide
