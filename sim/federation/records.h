#pragma once
// What is recorded of a run, as plain values in event order. The protocol makes them; an Observer (sim/record) keeps
// them.

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/base/vector.h"
#include "sim/fleet/cause.h"
#include "sim/fleet/energy.h"

namespace fedtide {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// What clients spent: bytes over the network, seconds of computing; the rest where the run knows it (Accounts).
struct Spending {
  std::int64_t bytes_down = 0;
  std::int64_t bytes_up = 0;
  double compute_s = 0;
  Energy energy;
  double carbon_g = 0;             ///< CO2-equivalent
  std::int64_t metered_bytes = 0;  ///< of those down and up, over links that are paid by the byte

  Spending& operator+=(const Spending& o) {
    bytes_down += o.bytes_down;
    bytes_up += o.bytes_up;
    compute_s += o.compute_s;
    energy += o.energy;
    carbon_g += o.carbon_g;
    metered_bytes += o.metered_bytes;
    return *this;
  }
};

/// One committed round. Counts and spending cover everything since the previous commit, abandoned rounds included.
struct RoundRecord {
  std::int64_t round = 0;  ///< 1, 2, ...: the version it committed
  Time started;            ///< when its cohort was selected
  Time committed;
  std::int64_t dispatched = 0;
  std::array<std::int64_t, kOutcomes> outcomes{};  ///< how many clients ended each way
  std::int64_t abandoned_rounds = 0;               ///< rounds given up since the previous commit
  Spending spent;                                  ///< by everyone
  Spending wasted;                                 ///< the part by clients whose report was not used
  std::int64_t trained_samples = 0;                ///< samples passed through the model in accepted reports
  double train_loss = kMissing;  ///< mean over the accepted reports' samples, at the weights before each local step
  double train_accuracy = kMissing;
  double update_norm = kMissing;      ///< L2 norm of the aggregated update
  std::int64_t total_bytes_down = 0;  ///< since the start of the run
  std::int64_t total_bytes_up = 0;
};

/// One evaluation of the global model.
struct EvaluationRecord {
  std::int64_t round = 0;  ///< version evaluated; 0 is the initial model
  Time at;
  double test_loss = kMissing;
  double test_accuracy = kMissing;
  double test_samples = 0;
  /// Where every node has a model of its own and the mean of them is evaluated: the mean of ||x_i - mean||^2.
  double consensus_distance = kMissing;
  /// On the test set, in the order asked for (evaluate.metrics), without tables; then, where there are unseen clients,
  /// accuracy and loss on all their samples.
  std::vector<double> metrics;
  std::vector<double> confusion;  ///< [classes, classes], rows are labels; empty when not asked for
  /// On a sample of clients' own held-out data, in the order of `clients`; empty when not asked for.
  std::vector<ClientId> clients;
  std::vector<double> client_accuracy;
  std::vector<double> client_loss;
};

/// One client's turn in full (`output.trace: clients`).
struct ClientTrace {
  std::int64_t round = 0;  ///< the version it would have contributed to
  ClientId client{};
  std::uint32_t turn = 0;
  std::uint32_t version = 0;  ///< the version it was sent
  Time dispatched;
  Time downloaded;  ///< when the phase ended or would have ended
  Time computed;
  Time ended;                             ///< when the turn ended, however it did
  ClientPhase phase = ClientPhase::done;  ///< where it was when it ended
  Outcome outcome = Outcome::reported;
  Spending spent;
  double receive_s = 0;  ///< these where the run knows the energy: seconds in which bytes came
  double send_s = 0;     ///< in which they went
  double idle_s = 0;     ///< in which they were waited for
  double away_s = 0;     ///< where turns may pause: in which the client was away
};

/// One client over the whole run.
struct ClientSummary {
  double compute_rate = 0;  ///< FLOP/s
  double down_rate = 0;     ///< bit/s
  double up_rate = 0;       ///< bit/s
  double latency_s = 0;
  std::uint64_t train_samples = 0;
  std::uint64_t test_samples = 0;
  std::uint32_t dispatched = 0;
  std::uint32_t reported = 0;
  Power power;           ///< these where the run knows the energy
  double energy_j = 0;   ///< over the run
  double wasted_j = 0;   ///< the part of turns whose report was not used
  bool metered = false;  ///< its link is paid by the byte; where the run knows that
};

struct Sessions;  // sim/federation/traffic.h

/// Told of everything in event order, on the engine's thread.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_evaluation(const EvaluationRecord& record) = 0;
  /// After the evaluation of the same round, when there is one.
  virtual void on_round(const RoundRecord& record) = 0;
  virtual void on_trace(const ClientTrace& record) = 0;
  /// What happened after the last commit, once, at the end of a run that was not cut short: counts and spending of the
  /// round that never was; `round` is the one it would have been.
  virtual void on_end(const RoundRecord& /*rest*/) {}
  /// Of a protocol with check-ins: all of the run's, once, at the end of a run that was not cut short.
  virtual void on_sessions(const Sessions& /*sessions*/) {}
};

}  // namespace fedtide
