#include "sim/cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>

namespace fedtide {
namespace {

constexpr std::chrono::milliseconds kTtyInterval{100};
constexpr std::chrono::seconds kPlainInterval{10};

}  // namespace

bool use_color(int descriptor) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal && std::string_view(terminal) == "dumb";
  return isatty(descriptor) && !(no_color && *no_color) && !dumb;
}

std::string short_time(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.1f} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{:.1f} h", seconds / 3600);
  return fmt::format("{:.1f} d", seconds / 86400);
}

std::string short_bytes(double bytes) {
  constexpr std::string_view units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  while (bytes >= 1000 && unit + 1 < std::size(units)) {
    bytes /= 1000;
    ++unit;
  }
  return unit == 0 ? fmt::format("{:.0f} B", bytes) : fmt::format("{:.1f} {}", bytes, units[unit]);
}

Console::Console(const StopRule& stop, bool quiet)
    : stop_(stop),
      quiet_(quiet),
      tty_(isatty(STDERR_FILENO) != 0),
      started_(std::chrono::steady_clock::now()),
      shown_(started_) {}

Console::~Console() {
  if (quiet_ || round_.round == 0) return;
  show(true);
  if (line_open_) fmt::print(stderr, "\n");
}

void Console::on_evaluation(const EvaluationRecord& record) { evaluation_ = record; }

void Console::on_round(const RoundRecord& record) {
  round_ = record;
  if (quiet_) return;
  const auto since = std::chrono::steady_clock::now() - shown_;
  if (tty_ ? since >= kTtyInterval : since >= kPlainInterval) show(false);
}

void Console::show(bool last) {
  shown_ = std::chrono::steady_clock::now();
  const double wall = std::chrono::duration<double>(shown_ - started_).count();
  std::string line = "round " + std::to_string(round_.round);
  if (stop_.rounds) line += "/" + std::to_string(*stop_.rounds);
  if (!std::isnan(evaluation_.test_accuracy)) line += fmt::format("  accuracy {:.4f}", evaluation_.test_accuracy);
  line += fmt::format("  virtual {}  {:.1f} rounds/s", short_time(round_.committed.seconds()),
                      static_cast<double>(round_.round) / std::max(wall, 1e-9));
  if (stop_.rounds && !last && round_.round > 0) {
    const double left = wall * (static_cast<double>(*stop_.rounds) / static_cast<double>(round_.round) - 1);
    line += "  left " + short_time(left);
  }
  if (tty_) {
    fmt::print(stderr, "\r{}\033[K", line);
    line_open_ = true;
  } else {
    fmt::print(stderr, "{}\n", line);
  }
}

}  // namespace fedtide
