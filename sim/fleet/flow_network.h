#pragma once
// Transfers that share links: at every moment each flow has its max-min fair rate. Bertsekas and Gallager, Data
// Networks, section 6.5.2.
//
//   flow i crosses the links of its group's path and is limited by its own rate c_i (the client's access link);
//   rates are max-min fair: a flow has c_i, or one of its links is full and no flow there is faster
//
// All flows of one path that are not at their own limit have one rate, the group's level. What such a flow has moved is
// the group's virtual service, the integral of the level, so a change of level costs one update and not one a flow; a
// flow at its own limit finishes at a fixed time. A change looks at groups, and at the limits between the levels before
// and after it.

#include <cstdint>
#include <queue>
#include <span>
#include <vector>

#include "sim/base/quantity.h"
#include "sim/base/time.h"
#include "sim/fleet/flow_limits.h"

namespace fedtide {

class FlowNetwork {
 public:
  using Flow = std::uint32_t;
  using Group = std::uint32_t;

  /// One capacity a shared link.
  explicit FlowNetwork(std::span<const BitRate> capacities);

  /// Flows that cross these links, each at most once; none: only a flow's own limit holds.
  Group add_group(std::span<const std::uint32_t> path);
  /// A flow of so many bytes (at least 0) from `now` on. Its own limit is positive. A number is used again once its
  /// flow has ended.
  Flow start(Time now, Group group, BitRate limit, double bytes);
  /// Ends a flow before it is done; the bytes that it has not moved.
  double cancel(Time now, Flow flow);
  /// Bytes that a flow has yet to move.
  double left(Time now, Flow flow) const;
  /// bit/s of a flow now.
  double rate(Flow flow);

  /// When the next flow is done, if nothing changes before; rounded up to the nanosecond. Time::never(): none goes on.
  Time next();
  /// Ends the flows that are done by `now`, in the order in which they started. To be called no later than next().
  /// Valid until it is called again.
  const std::vector<Flow>& finish(Time now);

  std::size_t flows() const { return active_; }

 private:
  struct State {
    std::uint64_t started = 0;  // number of the start
    Group group = 0;
    double limit = 0;         // byte/s
    double mark = 0;          // at its limit: bytes left at `since`; else the virtual service at which it is done
    Time since;               // at its limit: when `mark` was taken
    std::uint32_t epoch = 0;  // entries of heaps with another one are void
    bool limited = false;     // it has its own limit
    bool active = false;
  };
  template <typename When>
  struct Due {
    When when;
    std::uint64_t started;
    Flow flow;
    std::uint32_t epoch;
    bool operator>(const Due& o) const { return when != o.when ? when > o.when : started > o.started; }
  };
  template <typename When>
  using Heap = std::priority_queue<Due<When>, std::vector<Due<When>>, std::greater<>>;
  struct Members {
    std::vector<std::uint32_t> path;
    FlowLimits limits;        // of its flows
    std::size_t limited = 0;  // the first so many flows of `limits` have their own limit: those not above the level
    double level = 0;         // byte/s of the others; infinite where there are none
    double service = 0;       // virtual, at `since`
    Time since;
    Heap<Time> by_time;       // of the limited
    Heap<double> by_service;  // of the others

    double service_at(Time now) const;
    Time due(double mark) const;  // when the service reaches it
  };

  void move_to(Time now);
  void settle();
  double level_of(std::uint32_t link);
  void set_level(Members& group, double level);
  void run_limited(Members& group, Flow flow, double bytes);
  void run_shared(Members& group, Flow flow, double bytes);
  void remove(Flow flow);
  template <typename When>
  void drop_void(Heap<When>& heap) const;

  std::vector<double> capacities_;                  // byte/s
  std::vector<std::vector<std::uint32_t>> across_;  // groups of each link
  std::vector<Members> groups_;
  std::vector<State> states_;
  std::vector<Flow> free_;
  std::size_t active_ = 0;
  std::uint64_t starts_ = 0;
  Time now_;
  bool changed_ = false;  // flows since the last settle()
  std::vector<Flow> done_;

  // Of one settle():
  std::vector<double> free_capacity_;
  std::vector<double> last_levels_;  // of each link, while it had flows whose level was not found elsewhere
  std::vector<double> levels_;       // of each link
  std::vector<std::uint8_t> stale_;  // of each link: its level is to be found again
  std::vector<std::uint8_t> fixed_;  // of each group: its level is found
};

}  // namespace fedtide
