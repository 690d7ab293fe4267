#include "sim/fleet/carbon.h"

#include <algorithm>

#include "sim/files/gzip.h"
#include "sim/files/path.h"
#include "sim/fleet/number_table.h"

namespace fedtide {
namespace {

constexpr std::int64_t kHour = 3'600'000'000'000;
constexpr double kMostGrams = 1e5;

std::int64_t floor_mod(std::int64_t a, std::int64_t b) { return (a % b + b) % b; }

std::vector<double> read_file(const std::string& path) {
  const NumberTable table =
      NumberTable::read(ContentReader::open(path), {{"intensity", Unit::none, between(0, kMostGrams), true}});
  std::vector<double> hours;
  for (std::size_t row = 0; row < table.rows(); ++row) hours.push_back(table.value(row, 0));
  return hours;
}

}  // namespace

double CarbonIntensity::mean(Time from, Time to, Duration zone) const {
  if (hours_.size() == 1) return hours_.front();
  const std::int64_t period = static_cast<std::int64_t>(hours_.size()) * kHour;
  // The place within the period; whole periods between the two are all alike.
  std::int64_t at = floor_mod(from.ns + zone.ns, period);
  std::int64_t left = (to - from).ns;
  const auto intensity = [&] { return hours_[static_cast<std::size_t>(at / kHour)]; };
  if (left <= 0) return intensity();
  double sum = 0;
  if (left >= period) {
    for (const double hour : hours_) sum += hour * static_cast<double>(kHour);
    sum *= static_cast<double>(left / period);
    left %= period;
  }
  while (left > 0) {
    const std::int64_t step = std::min(left, kHour - at % kHour);
    sum += intensity() * static_cast<double>(step);
    left -= step;
    at = (at + step) % period;
  }
  return sum / static_cast<double>((to - from).ns);
}

std::unique_ptr<CarbonIntensity> read_carbon(Section& s) {
  std::vector<double> hours = s.reals(
      "intensity", {},
      {.fallback = {},
       .bounds = between(0, kMostGrams),
       .help = "grams of CO2-equivalent a kWh: a list of one number, or of 24, one for each hour of the clients' "
               "clocks",
       .source = ""});
  const auto path = s.maybe_text("path", {std::nullopt,
                                          "CSV file with a column intensity, a row an hour from midnight on, repeated "
                                          "after the last; relative to the config file",
                                          ""});
  if (s.describing()) return nullptr;
  if (path && !hours.empty()) s.reject("path", "the intensity is given too; remove one of the two");
  if (!hours.empty() && hours.size() != 1 && hours.size() != 24) {
    s.reject("intensity", fmt::format("must be one number or 24, got {}", hours.size()));
  }
  if (path) hours = read_file(resolve_path(*path, s.folder()));
  return hours.empty() ? nullptr : std::make_unique<CarbonIntensity>(std::move(hours));
}

}  // namespace fedtide
