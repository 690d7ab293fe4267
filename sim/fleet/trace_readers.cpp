#include "sim/fleet/trace_readers.h"

#include <string>
#include <unordered_set>
#include <vector>

#include "sim/base/error.h"
#include "sim/base/quantity.h"
#include "sim/files/csv.h"
#include "sim/files/number.h"
#include "sim/fleet/trace_records.h"

namespace fedtide {
namespace {

std::string shown(Duration duration) { return format_quantity(duration.seconds(), Unit::second); }

/// Seconds with at most nine decimals are exact; others are rounded to the
/// nearest nanosecond.
std::optional<Duration> parse_seconds(std::string_view text) {
  const std::size_t point = text.find('.');
  std::string nanoseconds(point == std::string_view::npos ? std::string_view() : text.substr(point + 1));
  const auto whole = parse_whole(text.substr(0, point), 0, 1'000'000'000);
  if (whole && (point == std::string_view::npos || !nanoseconds.empty()) && nanoseconds.size() <= 9) {
    nanoseconds.resize(9, '0');
    const auto part = parse_whole(nanoseconds, 0, 999'999'999);
    if (part && nanoseconds[0] != '+' && nanoseconds[0] != '-') return Duration{*whole * 1'000'000'000 + *part};
  }
  const auto seconds = parse_number(text);
  return seconds ? std::optional(Duration::from_seconds(*seconds)) : std::nullopt;
}

/// The rows of one client after the other.
class CsvTraces {
 public:
  CsvTraces(ContentReader content, Duration period) : rows_(std::move(content), {}), period_(period) {}

  IntervalTraces read() {
    check_header();
    while (rows_.next()) add_row();
    if (traces_.size() == 0 && intervals_.empty())
      rows_.lines().damaged_at(1, 0, "no rows follow, must be one at least");
    traces_.add(intervals_, period_);
    return std::move(traces_);
  }

 private:
  void check_header() {
    constexpr std::string_view kNames[] = {"client", "begin", "end"};
    bool good = rows_.next() && rows_.fields().size() == 3;
    for (std::size_t i = 0; good && i < 3; ++i) good = rows_.fields()[i].text == kNames[i];
    if (!good) rows_.lines().damaged_at(1, 0, "must be the header client,begin,end");
  }

  void add_row() {
    const auto fields = rows_.fields();
    if (fields.size() != 3) {
      rows_.lines().damaged(fields.front().column,
                            fmt::format("a row of {} fields, must have 3: client,begin,end", fields.size()));
    }
    start_client(fields[0]);
    const Interval interval{time_of(fields[1]), time_of(fields[2])};
    if (interval.begin < last_) {
      rows_.lines().damaged(fields[1].column,
                            fmt::format("begins at {}, before the client's interval above ends, at {}",
                                        shown(interval.begin), shown(last_)));
    }
    if (interval.end <= interval.begin) {
      rows_.lines().damaged(fields[2].column, fmt::format("ends at {}, must end after its begin, {}",
                                                          shown(interval.end), shown(interval.begin)));
    }
    intervals_.push_back(interval);
    last_ = interval.end;
  }

  void start_client(const Field& name) {
    if (name.text.empty()) rows_.lines().damaged(name.column, "found nothing, must be a client's name");
    if (name.text == client_) return;
    if (!intervals_.empty()) traces_.add(intervals_, period_);
    intervals_.clear();
    last_ = {};
    client_ = name.text;
    if (!seen_.insert(client_).second) {
      rows_.lines().damaged(name.column, fmt::format("the client {} has rows further up, "
                                                     "must have all its rows together",
                                                     in_quotes(client_)));
    }
  }

  Duration time_of(const Field& field) const {
    const auto time = parse_seconds(field.text);
    if (!time) rows_.lines().damaged(field.column, why_no_number(field.text));
    if (*time < Duration{0} || *time > period_) {
      rows_.lines().damaged(field.column, fmt::format("found {}, must be between 0 s and the period, {}",
                                                      in_quotes(field.text), shown(period_)));
    }
    return *time;
  }

  CsvReader rows_;
  Duration period_;
  IntervalTraces traces_;
  std::unordered_set<std::string> seen_;
  std::string client_;
  std::vector<Interval> intervals_;  // of the client at hand
  Duration last_;                    // where they end
};

/// Whole seconds of a record, as FedScale counts them; what is beyond 292 years
/// saturates and fails a bound.
Duration seconds(double value) { return Duration::from_seconds(value); }

void add_fedscale(const TraceRecordReader& record, IntervalTraces& traces) {
  const Duration period = seconds(record.positive("finish_time"));
  const std::vector<double>& active = record.numbers("active");
  const std::vector<double>& inactive = record.numbers("inactive");
  if (active.size() != inactive.size()) {
    record.damaged("inactive",
                   fmt::format("found {} times for {} in active, must be as many", inactive.size(), active.size()));
  }
  if (period > kLongestTrace) record.damaged("finish_time", "must be at most 100 years");
  std::vector<Interval> intervals;
  Duration last;
  for (std::size_t i = 0; i < active.size(); ++i) {
    const Interval interval{seconds(active[i]), seconds(inactive[i])};
    if (interval.begin < last) {
      record.damaged("active", fmt::format("begins at {}, must be at least {}, "
                                           "where the interval before it ends",
                                           shown(interval.begin), shown(last)));
    }
    if (interval.end < interval.begin || interval.end > period) {
      record.damaged("inactive", fmt::format("ends at {}, must be between its begin, {}, and finish_time, {}",
                                             shown(interval.end), shown(interval.begin), shown(period)));
    }
    if (interval.end > interval.begin) intervals.push_back(interval);
    last = interval.end;
  }
  if (!intervals.empty()) traces.add(intervals, period);
}

}  // namespace

IntervalTraces read_csv_traces(ContentReader content, Duration period) {
  return CsvTraces(std::move(content), period).read();
}

IntervalTraces read_fedscale_traces(ContentReader content) {
  IntervalTraces traces;
  read_trace_records(content, [&](const TraceRecordReader& record) { add_fedscale(record, traces); });
  if (traces.size() == 0) {
    throw Failure(ExitCode::data_damaged, content.name() + ": no device is ever available; must be one at least");
  }
  return traces;
}

}  // namespace fedtide
