// Recorded hours, repeated for as long as a run lasts.

#include <string>

#include "sim/base/distributions.h"
#include "sim/files/path.h"
#include "sim/fleet/availability.h"
#include "sim/fleet/row_pick.h"
#include "sim/fleet/trace_readers.h"
#include "sim/fleet/trace_records.h"

namespace fedtide {
namespace {

constexpr double kWeek = 7 * 86400;

class Traced final : public Availability {
 public:
  Traced(IntervalTraces traces, RowPick pick, bool shifted)
      : traces_(std::move(traces)), pick_(pick), shifted_(shifted) {}

  bool available(std::uint64_t seed, ClientId client, Time at) const override {
    const View view = view_of(seed, client);
    return traces_.available(view.trace, {at.ns % view.period.ns + view.shift.ns});
  }

  Time leaves(std::uint64_t seed, ClientId client, Time at, Time horizon) const override {
    const View view = view_of(seed, client);
    const Duration local{at.ns % view.period.ns + view.shift.ns};
    const Duration left = traces_.leaves(view.trace, local);
    if (left == Duration::max()) return Time::never();
    const Time end = at + (left - local);
    return end <= horizon ? end : Time::never();
  }

  Time returns(std::uint64_t seed, ClientId client, Time at, Time horizon) const override {
    const View view = view_of(seed, client);
    const Duration local{at.ns % view.period.ns + view.shift.ns};
    const Duration back = traces_.returns(view.trace, local);
    if (back == Duration::max()) return Time::never();
    const Time begin = at + (back - local);
    return begin <= horizon ? begin : Time::never();
  }

 private:
  /// How a client looks at the file: its trace, and how far into it the run
  /// starts.
  struct View {
    std::size_t trace;
    Duration period;
    Duration shift;
  };
  View view_of(std::uint64_t seed, ClientId client) const {
    const std::size_t trace = pick_.row(seed, client, traces_.size());
    View view{trace, traces_.period(trace), {}};
    if (shifted_ && !pick_.own(client, traces_.size())) {
      Stream stream(~seed, Purpose::availability, client);
      view.shift.ns = static_cast<std::int64_t>(uniform_below64(stream, static_cast<std::uint64_t>(view.period.ns)));
    }
    return view;
  }

  IntervalTraces traces_;
  RowPick pick_;
  bool shifted_;
};

std::unique_ptr<Availability> read(Section& s) {
  const std::string path =
      s.text("path", {std::nullopt, "file with the hours, plain or .gz; relative to the config file", ""});
  const std::string format = s.word(
      "format",
      {.fallback = "csv",
       .options = {{"csv", "rows client,begin,end in seconds, a client's rows together", ""},
                   {"flash", "FLASH's state_traces.json: locked, on Wi-Fi and charging", "Yang et al., WWW 2021"},
                   {"fedscale", "FedScale's client_behave_trace as JSON", "Lai et al., ICML 2022"}},
       .help = "how the file is written",
       .source = ""});
  const Duration period = s.duration("period", {.fallback = kWeek,
                                                .bounds = between(1, 3650 * 86400.0),
                                                .help = "time after which a CSV file's hours repeat; the other formats "
                                                        "have their own",
                                                .source = ""});
  const RowPick pick = RowPick::read(s, Purpose::availability);
  const bool shifted = s.flag("shift", {.fallback = true,
                                        .help = "move a trace that more than one client has by a random part of its "
                                                "period, for each anew",
                                        .source = ""});
  if (format != "csv" && s.given("period")) {
    s.reject("period", fmt::format("is for format: csv; {} files say themselves when they repeat", format));
  }
  if (s.describing() || path.empty()) return nullptr;
  ContentReader content = open_trace(resolve_path(path, s.folder()));
  IntervalTraces traces = format == "csv"     ? read_csv_traces(std::move(content), period)
                          : format == "flash" ? read_flash_traces(std::move(content))
                                              : read_fedscale_traces(std::move(content));
  return std::make_unique<Traced>(std::move(traces), pick, shifted);
}

const Registration<AvailabilityEntry> trace{
    {{"trace", "recorded hours from a file, which repeat", "FLASH (WWW 2021), FedScale (ICML 2022)"}, read}};

}  // namespace
}  // namespace fedtide
