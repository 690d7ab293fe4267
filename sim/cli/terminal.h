#pragma once
// What the terminal is told while a run goes on.

#include <chrono>
#include <cstdint>
#include <string>

#include "sim/federation/protocol.h"
#include "sim/federation/records.h"

namespace fedtide {

/// A terminal that wants color: a TTY, not dumb, NO_COLOR not set.
bool use_color(int descriptor);

/// "1.5 h", "3.2 d", "45 s": virtual time for people.
std::string short_time(double seconds);
/// "1.2 GB"
std::string short_bytes(double bytes);

/// Console on stderr: one line that is overwritten on a TTY, else a plain line at most every ten seconds.
class Console final : public Observer {
 public:
  Console(const StopRule& stop, bool quiet);
  ~Console() override;

  void on_evaluation(const EvaluationRecord& record) override;
  void on_round(const RoundRecord& record) override;
  void on_trace(const ClientTrace&) override {}

 private:
  void show(bool last);

  StopRule stop_;
  bool quiet_;
  bool tty_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point shown_;
  RoundRecord round_;
  EvaluationRecord evaluation_;
  bool line_open_ = false;
};

}  // namespace fedtide
