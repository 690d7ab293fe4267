#pragma once
// Who talks to whom and when. A protocol handles the events of a run: it selects, dispatches, accepts, commits. It
// decides by time and counts alone; where it wants a value it asks the ledger, which joins there.

#include <memory>
#include <optional>
#include <string>

#include "sim/engine/event_queue.h"
#include "sim/federation/ledger.h"
#include "sim/federation/population.h"
#include "sim/federation/selector.h"

namespace fedtide {

/// When a run ends; whichever comes first.
struct StopRule {
  std::optional<std::int64_t> rounds;
  std::optional<double> accuracy;  ///< of the global model on the test set, at an evaluation
  std::optional<Duration> time;    ///< virtual
  std::optional<Bytes> bytes;      ///< down and up, all clients
};

/// When and on whom the global model is evaluated.
struct EvaluationRule {
  std::int64_t every = 1;        ///< rounds; the initial and the final model always are
  std::uint32_t per_client = 0;  ///< how many clients' own held-out data, drawn anew each time
};

/// Why a run ended.
struct StopReason {
  enum class Kind { rounds, accuracy, time, bytes, gave_up, diverged, interrupted } kind = Kind::rounds;
  std::string text;  ///< a sentence
};

/// What a protocol works with.
struct World {
  std::uint64_t seed = 0;
  EventQueue& queue;
  const Fleet& fleet;
  Population& population;
  Selector& selector;
  Ledger& ledger;
  StopRule stop;
  EvaluationRule evaluation;
  std::vector<ClientId> evaluable;  ///< clients with held-out data
};

class Protocol {
 public:
  virtual ~Protocol() = default;
  /// Pushes the first events.
  virtual void begin() = 0;
  virtual void handle(const Event& event) = 0;
  /// Ends the run now: turns under way are booked as abandoned, the newest model is evaluated, what is left is
  /// recorded.
  virtual void end(StopReason reason) = 0;
  /// Set when the run is over.
  const std::optional<StopReason>& stopped() const { return stopped_; }

 protected:
  void stop(StopReason reason) { stopped_ = std::move(reason); }
  /// Ends the run where there is a reason to; whether there is.
  bool end_if(std::optional<StopReason> reason) {
    if (reason) end(std::move(*reason));
    return stopped_.has_value();
  }

 private:
  std::optional<StopReason> stopped_;
};

/// A protocol with its parameters read.
struct ProtocolSpec {
  virtual ~ProtocolSpec() = default;
  /// The goal of one round: reports that make a commit.
  virtual std::uint32_t cohort() const = 0;
  /// How many clients are asked for in one round.
  virtual std::uint32_t selected() const = 0;
  /// Why it cannot run this method; empty when it can.
  virtual std::string objection(const Method& /*method*/) const { return ""; }
  /// It asks the selector whom to dispatch.
  virtual bool selects() const { return true; }
  /// Clients send the server what they changed of the model that it sent them: what a codec is for. Else whole models
  /// pass from one to the other.
  virtual bool sends_updates() const { return true; }
  /// Why it is not for so many clients; empty when it is.
  virtual std::string mismatch(std::uint32_t /*population*/) const { return ""; }
  /// What goes down to a client beside the model.
  virtual Bytes plan() const { return {}; }
  /// Models that live at one time, beside those of the newest versions.
  virtual double models(std::uint32_t /*population*/) const { return 0; }
  /// Models that a client receives and sends in a turn, on average.
  virtual double transfers(std::uint32_t /*population*/) const { return 1; }
  /// Every turn receives and sends the same number of bytes.
  virtual bool equal_turns() const { return true; }
  virtual std::unique_ptr<Protocol> make(World& world) const = 0;
};
struct ProtocolEntry {
  About about;
  std::unique_ptr<ProtocolSpec> (*read)(Section& section);  ///< reads its keys from `protocol:`
};

}  // namespace fedtide
