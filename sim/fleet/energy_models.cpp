// What devices draw: from distributions, from a file, and as published for phones.

#include <string>
#include <vector>

#include "sim/config/sample.h"
#include "sim/files/gzip.h"
#include "sim/files/path.h"
#include "sim/fleet/energy.h"
#include "sim/fleet/number_table.h"
#include "sim/fleet/row_pick.h"

namespace fedtide {
namespace {

constexpr Turn kPowerDraws{1};  // of a client's device: the first is its rate
constexpr double kMega = 1e6;
// Bounds that no device of a client reaches; they keep sums finite.
constexpr double kMostWatts = 1e6;
constexpr double kMostJoules = 1e6;

Draw read_power(Section& s, const char* key, double fallback, const char* help) {
  return s.draw(key, Unit::watt, Draw{Draw::Kind::constant, fallback, 0},
                {.fallback = {}, .bounds = between(0, kMostWatts), .help = help, .source = ""});
}

Draw read_per_megabyte(Section& s, const char* key, const char* help) {
  return s.draw(key, Unit::joule, Draw{Draw::Kind::constant, 0, 0},
                {.fallback = {}, .bounds = between(0, kMostJoules), .help = help, .source = ""});
}

class DrawnPower final : public EnergyModel {
 public:
  explicit DrawnPower(Section& s)
      : compute_(read_power(s, "compute", 4, "power while it computes")),
        receive_(read_power(s, "receive", 1, "power while bytes come")),
        send_(read_power(s, "send", 1, "power while bytes go")),
        idle_(read_power(s, "idle", 0, "power while a turn waits for latency")),
        receive_each_(read_per_megabyte(s, "receive_per_megabyte", "energy of 1 MB that comes, beside the power")),
        send_each_(read_per_megabyte(s, "send_per_megabyte", "energy of 1 MB that goes, beside the power")) {}

  Power power(std::uint64_t seed, ClientId client, const Device&) const override {
    Stream stream(seed, Purpose::device, client, kPowerDraws);
    Power p;
    p.compute_w = sample(compute_, stream);
    p.receive_w = sample(receive_, stream);
    p.send_w = sample(send_, stream);
    p.idle_w = sample(idle_, stream);
    p.receive_j_per_byte = sample(receive_each_, stream) / kMega;
    p.send_j_per_byte = sample(send_each_, stream) / kMega;
    return p;
  }

 private:
  Draw compute_;
  Draw receive_;
  Draw send_;
  Draw idle_;
  Draw receive_each_;
  Draw send_each_;
};

const Registration<EnergyEntry> drawn{
    {{"drawn", "powers from distributions", ""},
     [](Section& s) -> std::unique_ptr<EnergyModel> { return std::make_unique<DrawnPower>(s); }}};

/// A radio that transfers at t Mbit/s draws base + slope x t: base over the time, slope over the bytes.
struct Radio {
  double base_mw;
  double down_mw_per_mbit;  ///< a second
  double up_mw_per_mbit;
};
// Huang et al.: A close examination of performance and power characteristics of 4G LTE networks. MobiSys 2012, table 4.
constexpr Radio kWifi{132.86, 137.01, 283.17};
constexpr Radio k3g{817.88, 122.12, 868.98};
constexpr Radio kLte{1288.04, 51.97, 438.39};

constexpr double kMilli = 1e-3;
constexpr double kMegabitsPerByte = 8e-6;

// Peak power of the CPU of a low-end, a middle and a high-end phone: Moto X Force, Galaxy S10e, Mi 8 Pro. Kim and Wu:
// AutoScale. MICRO 2020, table 2; the classes of AutoFL (MICRO 2021).
constexpr double kLowWatts = 3.6;
constexpr double kMiddleWatts = 5.6;
constexpr double kHighWatts = 5.5;
// The first and second third of the phones of catalog phones-2020 by speed, FLOP/s.
constexpr double kLowFlops = 1.24e9;
constexpr double kMiddleFlops = 2.40e9;

class Phones final : public EnergyModel {
 public:
  explicit Phones(const Radio& radio) {
    base_.receive_w = base_.send_w = base_.idle_w = kMilli * radio.base_mw;
    base_.receive_j_per_byte = kMilli * radio.down_mw_per_mbit * kMegabitsPerByte;
    base_.send_j_per_byte = kMilli * radio.up_mw_per_mbit * kMegabitsPerByte;
  }

  Power power(std::uint64_t, ClientId, const Device& device) const override {
    Power p = base_;
    const double rate = device.compute.per_second;
    p.compute_w = rate < kLowFlops ? kLowWatts : rate < kMiddleFlops ? kMiddleWatts : kHighWatts;
    return p;
  }

 private:
  Power base_;
};

const Registration<EnergyEntry> phones{
    {{"phones", "published powers of phones: the CPU by the device's speed, the radio by its kind",
      "Kim and Wu, MICRO 2020; Huang et al., MobiSys 2012"},
     [](Section& s) -> std::unique_ptr<EnergyModel> {
       const std::string radio = s.word("radio", {.fallback = "wifi",
                                                  .options = {{"wifi", "0.13 W, 1.1 J/MB down, 2.3 J/MB up", ""},
                                                              {"3g", "0.82 W, 0.98 J/MB down, 7.0 J/MB up", ""},
                                                              {"lte", "1.29 W, 0.42 J/MB down, 3.5 J/MB up", ""}},
                                                  .help = "what the phones communicate with; it is on while they wait",
                                                  .source = "Huang et al., MobiSys 2012, table 4"});
       return std::make_unique<Phones>(radio == "wifi" ? kWifi : radio == "3g" ? k3g : kLte);
     }}};

/// A device a row.
class ListedPower final : public EnergyModel {
 public:
  ListedPower(std::vector<Power> rows, RowPick pick) : rows_(std::move(rows)), pick_(pick) {}
  Power power(std::uint64_t seed, ClientId client, const Device&) const override {
    return rows_[pick_.row(seed, client, rows_.size())];
  }

 private:
  std::vector<Power> rows_;
  RowPick pick_;
};

std::vector<Power> read_powers(ContentReader content) {
  const Bounds watts = between(0, kMostWatts);
  const Bounds joules = between(0, kMostJoules);
  const NumberTable table = NumberTable::read(std::move(content), {{"compute", Unit::watt, watts, true},
                                                                   {"receive", Unit::watt, watts, false},
                                                                   {"send", Unit::watt, watts, false},
                                                                   {"idle", Unit::watt, watts, false},
                                                                   {"receive_per_megabyte", Unit::joule, joules, false},
                                                                   {"send_per_megabyte", Unit::joule, joules, false}});
  std::vector<Power> rows;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    Power& p = rows.emplace_back();
    p.compute_w = table.value(row, 0);
    p.receive_w = table.value_or(row, 1, 0);
    p.send_w = table.value_or(row, 2, 0);
    p.idle_w = table.value_or(row, 3, 0);
    p.receive_j_per_byte = table.value_or(row, 4, 0) / kMega;
    p.send_j_per_byte = table.value_or(row, 5, 0) / kMega;
  }
  return rows;
}

const Registration<EnergyEntry> csv{
    {{"csv",
      "a file with the column compute and perhaps receive, send, idle (W), receive_per_megabyte and "
      "send_per_megabyte (J)",
      ""},
     [](Section& s) -> std::unique_ptr<EnergyModel> {
       const std::string path =
           s.text("path", {std::nullopt, "file with the powers, plain or .gz; relative to the config file", ""});
       // As fleet.device picks: files of as many rows, one of devices and one of their powers, are read side by side.
       const RowPick pick = RowPick::read(s, Purpose::device);
       if (s.describing() || path.empty()) return nullptr;
       return std::make_unique<ListedPower>(read_powers(ContentReader::open(resolve_path(path, s.folder()))), pick);
     }}};

}  // namespace
}  // namespace fedtide
