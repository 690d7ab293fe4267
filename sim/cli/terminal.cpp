#include "sim/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>

namespace fedtide {
namespace {

constexpr std::chrono::milliseconds kTtyInterval{100};
constexpr std::chrono::seconds kPlainInterval{10};

int first_stdout_error = 0;
bool silent = false;

/// A TTY that is more than a printer.
bool is_terminal(int descriptor) {
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal && std::string_view(terminal) == "dumb";
  return isatty(descriptor) && !dumb;
}

std::size_t columns_of(int descriptor) {
  winsize size{};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

void put(std::FILE* stream, std::string_view text) {
  if (silent) return;
  errno = 0;
  const bool written = std::fwrite(text.data(), 1, text.size(), stream) == text.size();
  if (!written && stream == stdout && first_stdout_error == 0) first_stdout_error = errno != 0 ? errno : EIO;
}

void fall_silent() { silent = true; }

int stdout_error() {
  errno = 0;
  if (std::fflush(stdout) != 0 && first_stdout_error == 0) first_stdout_error = errno != 0 ? errno : EIO;
  return first_stdout_error == EPIPE ? 0 : first_stdout_error;
}

bool use_color(int descriptor) {
  const char* no_color = std::getenv("NO_COLOR");
  return is_terminal(descriptor) && !(no_color && *no_color);
}

std::string short_time(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.1f} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{:.1f} h", seconds / 3600);
  return fmt::format("{:.1f} d", seconds / 86400);
}

namespace {

/// With the largest unit of which there is one at least; each is a thousand of the one before it.
std::string in_thousands(double value, std::initializer_list<std::string_view> units) {
  const std::string_view* unit = units.begin();
  for (; value >= 1000 && unit + 1 < units.end(); ++unit) value /= 1000;
  return fmt::format("{:.1f} {}", value, *unit);
}

}  // namespace

std::string short_bytes(double bytes) {
  if (bytes < 1000) return fmt::format("{:.0f} B", bytes);
  return in_thousands(bytes, {"B", "kB", "MB", "GB", "TB", "PB"});
}

std::string short_energy(double joules) { return in_thousands(joules, {"J", "kJ", "MJ", "GJ", "TJ"}); }

std::string short_mass(double grams) { return in_thousands(grams, {"g", "kg", "t", "kt", "Mt"}); }

Console::Console(const StopRule& stop, bool quiet)
    : stop_(stop),
      quiet_(quiet),
      tty_(is_terminal(STDERR_FILENO)),
      started_(std::chrono::steady_clock::now()),
      shown_(started_) {}

Console::~Console() {
  if (quiet_ || round_.round == 0) return;
  show(true);
  if (tty_) say("\n");
}

void Console::on_evaluation(const EvaluationRecord& record) { evaluation_ = record; }

void Console::on_round(const RoundRecord& record) {
  if (round_.round == 0) first_ = record.round - 1;
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
                      static_cast<double>(round_.round - first_) / std::max(wall, 1e-9));
  if (stop_.rounds && !last && round_.round > 0) {
    const double left =
        wall * static_cast<double>(*stop_.rounds - round_.round) / static_cast<double>(round_.round - first_);
    line += "  left " + short_time(left);
  }
  if (!tty_) return say("{}\n", line);
  // In the last column some terminals wrap already.
  line.resize(std::min(line.size(), columns_of(STDERR_FILENO) - 1));
  say("\r{:<{}}", line, shown_length_);
  shown_length_ = line.size();
}

}  // namespace fedtide
