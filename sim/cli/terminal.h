#pragma once
// What the terminal is told while a run goes on.

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "sim/federation/protocol.h"
#include "sim/federation/records.h"

namespace fedtide {

/// Writes to stdout or stderr. What cannot be written is no error here: a long run must not die with its terminal.
void put(std::FILE* stream, std::string_view text);
/// A message: on stderr.
template <class... Values>
void say(fmt::format_string<Values...> format, Values&&... values) {
  put(stderr, fmt::format(format, std::forward<Values>(values)...));
}
/// A result: on stdout.
template <class... Values>
void show_result(fmt::format_string<Values...> format, Values&&... values) {
  put(stdout, fmt::format(format, std::forward<Values>(values)...));
}
/// From now on this process says nothing: another one speaks for it.
void fall_silent();
/// The system's number of the first error on stdout, everything flushed; 0: none. A reader that left (`| head -1`) is
/// none.
int stdout_error();

/// A terminal that wants color: a TTY, not dumb, NO_COLOR not set.
bool use_color(int descriptor);

/// "1.5 h", "3.2 d", "45 s": virtual time for people.
std::string short_time(double seconds);
/// "1.2 GB"
std::string short_bytes(double bytes);
/// "1.2 kJ"
std::string short_energy(double joules);
/// "1.2 kg"
std::string short_mass(double grams);

/// Console on stderr: one line that is overwritten on a TTY and never wraps, else a plain line at most every ten
/// seconds.
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
  bool tty_;  ///< a terminal on which a line can be overwritten
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point shown_;
  RoundRecord round_;
  EvaluationRecord evaluation_;
  std::int64_t first_ = 0;        ///< rounds that were there before: the run goes on after them
  std::size_t shown_length_ = 0;  ///< of the line that is to be overwritten
};

}  // namespace fedtide
