// Devices from files: rates, or speeds in relation to each other and the rate of the median one.

#include <algorithm>
#include <string>
#include <vector>

#include "sim/base/statistics.h"
#include "sim/files/path.h"
#include "sim/fleet/device.h"
#include "sim/fleet/number_table.h"
#include "sim/fleet/row_pick.h"
#include "sim/fleet/trace_records.h"

namespace fedtide {
namespace {

// That of catalog phones-2020: 16 x 2.26 MFLOP of LeNet-5 in 19.1 ms.
constexpr double kMedianPhone = 16 * 2.26e6 / 19.1e-3;
constexpr double kSlowest = 1;
constexpr double kFastest = 1e21;

class ListedDevices final : public DeviceModel {
 public:
  ListedDevices(std::vector<Device> devices, RowPick pick) : devices_(std::move(devices)), pick_(pick) {}
  Device device(std::uint64_t seed, ClientId client) const override {
    return devices_[pick_.row(seed, client, devices_.size())];
  }
  bool knows_memory() const override { return devices_.front().memory.has_value(); }

 private:
  std::vector<Device> devices_;
  RowPick pick_;
};

/// Speeds as rates, so that their median is the one asked for.
std::vector<double> scaled(const std::string& name, std::vector<double> speeds, double median) {
  const double middle = quantile(speeds, 0.5);
  for (std::size_t i = 0; i < speeds.size(); ++i) {
    speeds[i] *= median / middle;
    if (speeds[i] >= kSlowest && speeds[i] <= kFastest) continue;
    throw Failure(ExitCode::data_damaged,
                  fmt::format("{}: device {} of {} would have {:.3g} FLOP/s beside the median one's {:.3g}, must have "
                              "{:g} to {:g}",
                              name, i + 1, speeds.size(), speeds[i], median, kSlowest, kFastest));
  }
  return speeds;
}

std::vector<Device> devices_of(const std::vector<double>& rates) {
  std::vector<Device> devices;
  devices.reserve(rates.size());
  for (const double rate : rates) devices.push_back({{rate}, {}});
  return devices;
}

std::vector<Device> read_csv(ContentReader content, double median) {
  const std::string name = content.name();
  const NumberTable table =
      NumberTable::read(std::move(content), {{"compute", Unit::flop_per_second, between(kSlowest, kFastest), false},
                                             {"relative", Unit::none, positive(), false},
                                             {"memory", Unit::byte, between(0, 1e15), false}});
  if (table.has(0) == table.has(1)) {
    throw Failure(ExitCode::data_damaged,
                  fmt::format("{}: line 1: must have one of the columns compute (FLOP/s) and relative", name));
  }
  std::vector<double> values;
  for (std::size_t row = 0; row < table.rows(); ++row) values.push_back(table.value(row, table.has(0) ? 0 : 1));
  std::vector<Device> devices = devices_of(table.has(0) ? values : scaled(name, std::move(values), median));
  for (std::size_t row = 0; row < table.rows() && table.has(2); ++row) {
    devices[row].memory = Bytes{static_cast<std::int64_t>(table.value(row, 2))};
  }
  return devices;
}

/// One speed a record.
std::vector<double> read_speeds(ContentReader content, double (*speed)(const TraceRecordReader&)) {
  std::vector<double> speeds;
  read_trace_records(content, [&](const TraceRecordReader& record) { speeds.push_back(speed(record)); });
  if (speeds.empty()) throw Failure(ExitCode::data_damaged, content.name() + ": no devices, must be one at least");
  return speeds;
}

using ReadDevices = std::vector<Device> (*)(ContentReader content, double median);

std::unique_ptr<DeviceModel> read(Section& s, ReadDevices read_devices) {
  const std::string path =
      s.text("path", {std::nullopt, "file with the devices, plain or .gz; relative to the config file", ""});
  const double median = s.flop_rate("median", {.fallback = kMedianPhone,
                                               .bounds = positive(),
                                               .help = "rate of the median device, where the file has relative speeds",
                                               .source = "as phones-2020"})
                            .per_second;
  const RowPick pick = RowPick::read(s, Purpose::device);
  if (s.describing() || path.empty()) return nullptr;
  return std::make_unique<ListedDevices>(read_devices(open_trace(resolve_path(path, s.folder())), median), pick);
}

const Registration<DeviceEntry> csv{
    {{"csv", "a file with a column compute (FLOP/s) or relative (to the median device) and perhaps memory (B)", ""},
     [](Section& s) { return read(s, read_csv); }}};

const Registration<DeviceEntry> fedscale{
    {{"fedscale", "FedScale's client_device_capacity as JSON: as fast as its inference is short",
      "Lai et al., ICML 2022"},
     [](Section& s) {
       return read(s, [](ContentReader content, double median) {
         const auto speed = [](const TraceRecordReader& record) { return 1 / record.positive("computation"); };
         const std::string name = content.name();
         return devices_of(scaled(name, read_speeds(std::move(content), speed), median));
       });
     }}};

const Registration<DeviceEntry> flash{
    {{"flash", "FLASH's benchmark2score.json: as fast as its AI-Benchmark score", "Yang et al., WWW 2021"},
     [](Section& s) {
       return read(s, [](ContentReader content, double median) {
         const auto speed = [](const TraceRecordReader& record) { return record.positive(""); };
         const std::string name = content.name();
         return devices_of(scaled(name, read_speeds(std::move(content), speed), median));
       });
     }}};

}  // namespace
}  // namespace fedtide
