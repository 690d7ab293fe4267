// /traffic and /sessions of trajectory.h5: what went on between devices and server, and how the sessions went.

#include <string>

#include "sim/federation/traffic.h"
#include "sim/record/trajectory_file.h"

namespace fedtide {
namespace {

template <class Value, class Of>
std::vector<Value> column(const Sessions& sessions, const Of& of) {
  std::vector<Value> values;
  values.reserve(sessions.rows.size());
  for (const TrafficRow& row : sessions.rows) values.push_back(of(row));
  return values;
}

void write_traffic(Hdf5Group group, const Sessions& sessions) {
  group.attribute("span_s", sessions.bin.seconds());
  std::vector<double> begins;
  for (std::size_t i = 0; i < sessions.rows.size(); ++i) {
    begins.push_back(static_cast<double>(i) * sessions.bin.seconds());
  }
  const std::vector<std::string> along = {"begin_s"};
  Hdf5Variable begin =
      group.coordinate({.name = along[0], .units = "s", .long_name = "virtual time at which the row's span begins"},
                       static_cast<std::int64_t>(begins.size()));
  begin.write(0, std::span<const double>(begins));
  begin.close();
  for (std::size_t i = 0; i < kTrafficCounts; ++i) {
    const auto what = static_cast<TrafficCount>(i);
    const bool is_bytes = what == TrafficCount::bytes_down || what == TrafficCount::bytes_up;
    const auto values = column<std::int64_t>(sessions, [&](const TrafficRow& row) { return row.of(what); });
    group.write(
        {.name = std::string(name(what)), .units = is_bytes ? "byte" : "1", .long_name = std::string(describe(what))},
        along, std::span<const std::int64_t>(values));
  }
  const auto write_seconds = [&](const char* name, const char* long_name, double TrafficRow::*seconds) {
    const auto values = column<double>(sessions, [&](const TrafficRow& row) { return row.*seconds; });
    group.write({.name = name, .units = "s", .long_name = long_name}, along, std::span<const double>(values));
  };
  write_seconds("waiting_s", "device-seconds from check-ins to what followed them", &TrafficRow::waiting_s);
  write_seconds("participating_s", "device-seconds of sessions, from the plan's dispatch on",
                &TrafficRow::participating_s);
}

}  // namespace

void write_sessions(Hdf5Group& root, const Sessions& sessions) {
  write_traffic(root.group("traffic"), sessions);
  Hdf5Group group = root.group("sessions");
  std::vector<std::string> shapes;
  std::vector<std::int64_t> counts;
  for (const auto& [shape, count] : sessions.shapes) {
    shapes.push_back(shape);
    counts.push_back(count);
  }
  group.dimension("shape", static_cast<std::int64_t>(shapes.size()));
  group.strings("session_shape", "shape",
                "how sessions went: - check-in, v plan downloaded, [ ] training, + upload, ^ done, # rejected, "
                "! interrupted, * error",
                shapes);
  group.write({.name = "sessions", .units = "1", .long_name = "sessions of the shape"}, {"shape"},
              std::span<const std::int64_t>(counts));
}

}  // namespace fedtide
