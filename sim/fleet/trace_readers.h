#pragma once
// Files of recorded hours. All readers are strict, take memory in proportion to
// the file at most, and throw Failure(data_damaged) with the place: "FILE: line
// 3, column 5: ..." in CSV, "FILE: byte 12: "device": ..." in JSON.

#include "sim/files/gzip.h"
#include "sim/fleet/trace_intervals.h"

namespace fedtide {

/// Times within twice a period must not overflow.
constexpr Duration kLongestTrace{36500 * 86'400'000'000'000};

/// Rows client,begin,end below a header of just these names: times in seconds,
/// to the nanosecond. A client's rows stand together, its intervals in order
/// and disjoint, within [0, period]. Traces are in the order of the file.
IntervalTraces read_csv_traces(ContentReader content, Duration period);

/// FLASH's state_traces.json: {uid: {"messages": "YYYY-MM-DD
/// HH:MM:SS\tSTATE\n...", ...}}. A device is available while it is locked, on
/// Wi-Fi and charging (Yang et al., WWW 2021; models/timer.py); time 0 is
/// 2020-01-02 00:00:00, and a trace repeats from its last message on. An
/// interval open at the end ends there (FLASH drops it). Devices that are never
/// available, or whose messages have all one time, are left out, as FLASH draws
/// them again. Messages are in order.
IntervalTraces read_flash_traces(ContentReader content);

/// FedScale's client_behave_trace as JSON: {id: {"active": [s], "inactive":
/// [s], "finish_time": s, ...}}: available from active[i] until inactive[i],
/// repeated at finish_time (Lai et al., ICML 2022;
/// cloud/internal/client_metadata.py). Devices that are never available are
/// left out.
IntervalTraces read_fedscale_traces(ContentReader content);

}  // namespace fedtide
