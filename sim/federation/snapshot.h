#pragma once
// How a run is taken up again: by replay. All random numbers are named, and the timeline does not depend on values, so
// it can be played once more without any training, in a blink. What a replay cannot know are values; a snapshot holds
// those, and nothing of queue, fleet or protocol. It says: the first so many of the ledger's entries are resolved, and
// these are the values that later ones may read. What the rows of a record got is kept apart, one after the other, so
// that a snapshot's size does not grow with the run.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/vector.h"
#include "sim/federation/records.h"
#include "sim/model/model.h"

namespace fedtide {

class Ledger;

/// A running hash of what the timeline enters into the ledger: the same for the same timeline.
class TimelineDigest {
 public:
  void add(std::uint64_t x) {
    value_ = (value_ ^ x) * 0x9e3779b97f4a7c15u;  // odd: loses nothing; the shift brings high bits down
    value_ ^= value_ >> 32;
  }
  void add(std::initializer_list<std::uint64_t> all) {
    for (const std::uint64_t x : all) add(x);
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0x6665647469646531u;
};

/// Values at a boundary between two entries of the ledger.
struct Snapshot {
  /// A model by the order in which the timeline makes them.
  struct Model {
    std::uint64_t id = 0;
    SharedVector<float> weights;
    SharedVector<float> broadcast;  ///< may be null
  };

  std::uint64_t entries = 0;                                           ///< resolved
  std::uint64_t timeline = 0;                                          ///< TimelineDigest of them
  std::int64_t round = 0;                                              ///< newest that is recorded
  std::vector<Model> models;                                           ///< that are alive, by id
  std::vector<std::pair<std::uint32_t, SharedVector<float>>> clients;  ///< states that clients have, by client
  std::vector<std::pair<std::uint64_t, std::string>> sums;             ///< that hold something, by id: state_bytes()
  std::string server;                                                  ///< state_bytes() of these three
  std::string aggregator;
  std::string privacy;
  Score train_score;  ///< of what was trained since the newest record
  std::int64_t trained_samples = 0;
  double update_norm = kMissing;
};

/// The values of a run's records, in their order, for a replay.
class RowSource {
 public:
  virtual ~RowSource() = default;
  /// Fills in what training gave; the rest is the timeline's. Errors of both: Failure when the next row is of another
  /// round or kind.
  virtual void fill(RoundRecord& record) = 0;
  virtual void fill(EvaluationRecord& record) = 0;
};

/// Told by the ledger when there is something to keep. Engine's thread.
class Keeper {
 public:
  virtual ~Keeper() = default;
  /// An entry has its values; `round`: it was the record of a round. Not called in a replay.
  virtual void on_resolved(const Ledger& /*ledger*/, bool /*round*/) {}
  /// The run is cut short here, before its end. Not called in a replay.
  virtual void on_interrupted(const Ledger& /*ledger*/) {}
  /// A replay is over: from now on values are computed.
  virtual void on_caught_up(const Ledger& /*ledger*/) {}
};

}  // namespace fedtide
