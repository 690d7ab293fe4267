#include "sim/base/units.h"

#include <fmt/format.h>
#include <array>

#include <vector>

#include "sim/base/text.h"

namespace fedtide {

namespace {

constexpr auto kUnits = std::to_array<WrittenUnit>({
    {"ns", Unit::second, 1, -9},
    {"us", Unit::second, 1, -6},
    {"ms", Unit::second, 1, -3},
    {"s", Unit::second, 1, 0},
    {"min", Unit::second, 60, 0},
    {"h", Unit::second, 3600, 0},
    {"d", Unit::second, 86400, 0},
    {"B", Unit::byte, 1, 0},
    {"kB", Unit::byte, 1, 3},
    {"KiB", Unit::byte, 1 << 10, 0},
    {"MB", Unit::byte, 1, 6},
    {"MiB", Unit::byte, 1 << 20, 0},
    {"GB", Unit::byte, 1, 9},
    {"GiB", Unit::byte, 1 << 30, 0},
    {"TB", Unit::byte, 1, 12},
    {"bit/s", Unit::bit_per_second, 1, 0},
    {"B/s", Unit::bit_per_second, 8, 0},
    {"kbit/s", Unit::bit_per_second, 1, 3},
    {"kB/s", Unit::bit_per_second, 8, 3},
    {"Mbit/s", Unit::bit_per_second, 1, 6},
    {"MB/s", Unit::bit_per_second, 8, 6},
    {"Gbit/s", Unit::bit_per_second, 1, 9},
    {"GB/s", Unit::bit_per_second, 8, 9},
    {"FLOP", Unit::flop, 1, 0},
    {"kFLOP", Unit::flop, 1, 3},
    {"MFLOP", Unit::flop, 1, 6},
    {"GFLOP", Unit::flop, 1, 9},
    {"TFLOP", Unit::flop, 1, 12},
    {"FLOP/s", Unit::flop_per_second, 1, 0},
    {"kFLOP/s", Unit::flop_per_second, 1, 3},
    {"MFLOP/s", Unit::flop_per_second, 1, 6},
    {"GFLOP/s", Unit::flop_per_second, 1, 9},
    {"TFLOP/s", Unit::flop_per_second, 1, 12},
    {"mJ", Unit::joule, 1, -3},
    {"J", Unit::joule, 1, 0},
    {"kJ", Unit::joule, 1, 3},
    {"Wh", Unit::joule, 3600, 0},
    {"kWh", Unit::joule, 3600, 3},
    {"mW", Unit::watt, 1, -3},
    {"W", Unit::watt, 1, 0},
    {"kW", Unit::watt, 1, 3},
});

struct Hint {
  std::string_view wrong;
  std::string_view right;
};

/// What people write by habit and is too far from the right name for a spelling hint, or near the name of another unit.
constexpr auto kHints = std::to_array<Hint>({
    {"m", "min"},          {"sec", "s"},        {"secs", "s"},         {"second", "s"},       {"seconds", "s"},
    {"msec", "ms"},        {"minute", "min"},   {"minutes", "min"},    {"mins", "min"},       {"hr", "h"},
    {"hrs", "h"},          {"hour", "h"},       {"hours", "h"},        {"day", "d"},          {"days", "d"},
    {"\u00b5s", "us"},     {"\u03bcs", "us"},   {"byte", "B"},         {"bytes", "B"},        {"KB", "kB"},
    {"bps", "bit/s"},      {"kbps", "kbit/s"},  {"Kbps", "kbit/s"},    {"Mbps", "Mbit/s"},    {"Gbps", "Gbit/s"},
    {"kbit", "kbit/s"},    {"Mbit", "Mbit/s"},  {"Gbit", "Gbit/s"},    {"kb/s", "kbit/s"},    {"Mb/s", "Mbit/s"},
    {"Gb/s", "Gbit/s"},    {"FLOPS", "FLOP/s"}, {"kFLOPS", "kFLOP/s"}, {"MFLOPS", "MFLOP/s"}, {"GFLOPS", "GFLOP/s"},
    {"TFLOPS", "TFLOP/s"}, {"FLOPs", "FLOP"},   {"kFLOPs", "kFLOP"},   {"MFLOPs", "MFLOP"},   {"GFLOPs", "GFLOP"},
    {"TFLOPs", "TFLOP"},   {"joule", "J"},      {"joules", "J"},       {"watt", "W"},         {"watts", "W"},
});

std::string quoted(std::string_view text) { return fmt::format("\"{}\"", text); }

}  // namespace

std::span<const WrittenUnit> written_units() { return kUnits; }

const WrittenUnit* find_unit(std::string_view name) {
  for (const WrittenUnit& unit : kUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

std::string unknown_unit(std::string_view name) {
  if (name == "%") return "\"%\" is not a unit; write a share as a number, for example 0.05 for five percent";
  if (name == "k" || name == "K" || name == "M" || name == "G" || name == "T") {
    const std::string letter(name == "K" ? "k" : name);
    return fmt::format(
        "\"{}\" is not a unit but a prefix; say of what, for example \"{}B\", \"{}bit/s\" or \"{}FLOP/s\"", name,
        letter, letter, letter);
  }
  if (name == "Kb" || name == "kb" || name == "Mb" || name == "Gb") {
    const std::string letter(name.starts_with('K') ? "k" : name.substr(0, 1));
    return fmt::format("\"{}\" may mean bits or bytes; write \"{}bit/s\" or \"{}B\"", name, letter, letter);
  }
  if (name == "mAh" || name == "Ah") {
    return quoted(name) + " is a charge and no energy; multiply by the voltage: 3000 mAh at 3.85 V are \"11.55 Wh\"";
  }
  for (const Hint& hint : kHints) {
    if (hint.wrong == name) return quoted(name) + " is not a unit; did you mean " + quoted(hint.right) + "?";
  }
  std::vector<std::string> names;
  for (const WrittenUnit& unit : kUnits) names.emplace_back(unit.name);
  return quoted(name) + " is not a unit" + suggestion(name, names);
}

}  // namespace fedtide
