// A run back from its trajectory.

#include <algorithm>

#include "sim/base/error.h"
#include "sim/experiment/verify.h"
#include "sim/record/trajectory_reader.h"

namespace fedtide {
namespace {

Time time_of(double seconds) {
  const Duration since_start = Duration::from_seconds(seconds);  // what was never reached is NaN
  return {since_start.ns};
}

/// Columns of one group, all of one length.
class Group {
 public:
  Group(const TrajectoryReader& file, std::string prefix, const std::string& measure)
      : file_(file), prefix_(std::move(prefix)), rows_(file.has(prefix_ + measure) ? wholes(measure).size() : 0) {}

  std::size_t rows() const { return rows_; }
  bool has(const std::string& column) const { return file_.has(prefix_ + column); }

  /// Calls `put(row, value)` for each value.
  template <class Put>
  void each_whole(const std::string& column, const Put& put) const {
    each(column, wholes(column), put);
  }
  template <class Put>
  void each_real(const std::string& column, const Put& put) const {
    each(column, file_.reals(prefix_ + column), put);
  }
  [[noreturn]] void refuse(const std::string& column, std::size_t row, std::int64_t found,
                           const std::string& right) const {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: {}{}: found {} in row {}, {}", file_.path().string(),
                                                      prefix_, column, found, row, right));
  }

 private:
  std::vector<std::int64_t> wholes(const std::string& column) const { return file_.wholes(prefix_ + column); }
  template <class Value, class Put>
  void each(const std::string& column, const std::vector<Value>& values, const Put& put) const {
    if (values.size() != rows_) {
      throw Failure(ExitCode::data_damaged, fmt::format("{}: {}{} has {} rows, the others have {}",
                                                        file_.path().string(), prefix_, column, values.size(), rows_));
    }
    for (std::size_t row = 0; row < values.size(); ++row) put(row, values[row]);
  }

  const TrajectoryReader& file_;
  std::string prefix_;
  std::size_t rows_;
};

/// Of which parts of spending there are columns.
Accounts accounts_of(const TrajectoryReader& file) {
  return {file.has("/spent_compute_j"), file.has("/spent_carbon_g"), file.has("/spent_metered_bytes"),
          file.has("/trace/away_s")};
}

/// What not every run knows of spending; `spending(row)` is where it goes.
template <class Place>
void read_spending(const Group& group, const std::string& prefix, const Accounts& accounts, const Place& spending) {
  const auto real = [&](const char* column, auto&& field) {
    group.each_real(prefix + column, [&](std::size_t row, double value) { field(spending(row)) = value; });
  };
  if (accounts.energy) {
    real("compute_j", [](Spending& s) -> double& { return s.energy.compute_j; });
    real("receive_j", [](Spending& s) -> double& { return s.energy.receive_j; });
    real("send_j", [](Spending& s) -> double& { return s.energy.send_j; });
    real("idle_j", [](Spending& s) -> double& { return s.energy.idle_j; });
  }
  if (accounts.carbon) real("carbon_g", [](Spending& s) -> double& { return s.carbon_g; });
  if (!accounts.metered) return;
  group.each_whole(prefix + "metered_bytes",
                   [&](std::size_t row, std::int64_t value) { spending(row).metered_bytes = value; });
}

/// Counts and spending, which rounds and the rest have alike. A cause of a later format's is not there in an older one.
void read_accounts(const Group& group, const Accounts& accounts, std::vector<RoundRecord>& rounds) {
  const auto whole = [&](const char* column, auto&& field) {
    group.each_whole(column, [&](std::size_t row, std::int64_t value) { field(rounds[row]) = value; });
  };
  const auto real = [&](const char* column, auto&& field) {
    group.each_real(column, [&](std::size_t row, double value) { field(rounds[row]) = value; });
  };
  whole(
      "round", [](RoundRecord & r) -> auto& { return r.round; });
  whole(
      "dispatched", [](RoundRecord & r) -> auto& { return r.dispatched; });
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    const std::string column(name(static_cast<Outcome>(i)));
    if (i > 0 && !group.has(column)) continue;
    whole(
        column.c_str(), [i](RoundRecord & r) -> auto& { return r.outcomes[i]; });
  }
  whole(
      "bytes_down", [](RoundRecord & r) -> auto& { return r.total_bytes_down; });
  whole(
      "bytes_up", [](RoundRecord & r) -> auto& { return r.total_bytes_up; });
  whole(
      "spent_bytes_down", [](RoundRecord & r) -> auto& { return r.spent.bytes_down; });
  whole(
      "spent_bytes_up", [](RoundRecord & r) -> auto& { return r.spent.bytes_up; });
  real(
      "spent_compute_s", [](RoundRecord & r) -> auto& { return r.spent.compute_s; });
  whole(
      "wasted_bytes_down", [](RoundRecord & r) -> auto& { return r.wasted.bytes_down; });
  whole(
      "wasted_bytes_up", [](RoundRecord & r) -> auto& { return r.wasted.bytes_up; });
  real(
      "wasted_compute_s", [](RoundRecord & r) -> auto& { return r.wasted.compute_s; });
  read_spending(group, "spent_", accounts, [&](std::size_t row) -> Spending& { return rounds[row].spent; });
  read_spending(group, "wasted_", accounts, [&](std::size_t row) -> Spending& { return rounds[row].wasted; });
}

std::vector<RoundRecord> read_rounds(const TrajectoryReader& file, const Accounts& accounts) {
  const Group group(file, "/", "round");
  std::vector<RoundRecord> rounds(group.rows());
  read_accounts(group, accounts, rounds);
  group.each_real("time_s", [&](std::size_t row, double s) { rounds[row].committed = time_of(s); });
  group.each_real("started_s", [&](std::size_t row, double s) { rounds[row].started = time_of(s); });
  return rounds;
}

std::vector<EvaluationRecord> read_evaluations(const TrajectoryReader& file) {
  const Group group(file, "/evaluation/", "round");
  std::vector<EvaluationRecord> evaluations(group.rows());
  if (group.rows() == 0) return evaluations;
  group.each_whole("round", [&](std::size_t row, std::int64_t round) { evaluations[row].round = round; });
  group.each_real("time_s", [&](std::size_t row, double s) { evaluations[row].at = time_of(s); });
  return evaluations;
}

void read_energy(const Group& group, std::vector<ClientSummary>& clients) {
  const auto power = [&](const char* column, double Power::*field) {
    group.each_real(column, [&](std::size_t row, double value) { clients[row].power.*field = value; });
  };
  power("compute_w", &Power::compute_w);
  power("receive_w", &Power::receive_w);
  power("send_w", &Power::send_w);
  power("idle_w", &Power::idle_w);
  power("receive_j_per_byte", &Power::receive_j_per_byte);
  power("send_j_per_byte", &Power::send_j_per_byte);
  group.each_real("energy_j", [&](std::size_t row, double joules) { clients[row].energy_j = joules; });
  group.each_real("wasted_j", [&](std::size_t row, double joules) { clients[row].wasted_j = joules; });
}

std::vector<ClientSummary> read_clients(const TrajectoryReader& file, const Accounts& accounts) {
  const Group group(file, "/clients/", "dispatched");
  std::vector<ClientSummary> clients(group.rows());
  group.each_whole("dispatched",
                   [&](std::size_t row, std::int64_t n) { clients[row].dispatched = static_cast<std::uint32_t>(n); });
  group.each_whole("reported",
                   [&](std::size_t row, std::int64_t n) { clients[row].reported = static_cast<std::uint32_t>(n); });
  if (accounts.energy) read_energy(group, clients);
  if (accounts.metered) {
    group.each_whole("metered", [&](std::size_t row, std::int64_t is) { clients[row].metered = is != 0; });
  }
  return clients;
}

template <class Code>
void read_codes(const Group& group, const char* column, int codes, std::vector<ClientTrace>& turns,
                Code ClientTrace::*field) {
  group.each_whole(column, [&](std::size_t row, std::int64_t code) {
    if (code < 0 || code >= codes) group.refuse(column, row, code, fmt::format("known are 0 to {}", codes - 1));
    turns[row].*field = static_cast<Code>(code);
  });
}

std::vector<ClientTrace> read_turns(const TrajectoryReader& file, const Accounts& accounts) {
  const Group group(file, "/trace/", "client");
  std::vector<ClientTrace> turns(group.rows());
  const auto whole = [&](const char* column, auto&& set) {
    group.each_whole(column, [&](std::size_t row, std::int64_t value) { set(turns[row], value); });
  };
  const auto time = [&](const char* column, Time ClientTrace::*field) {
    group.each_real(column, [&](std::size_t row, double s) { turns[row].*field = time_of(s); });
  };
  whole("round", [](ClientTrace& t, std::int64_t value) { t.round = value; });
  whole("client", [](ClientTrace& t, std::int64_t value) { t.client = ClientId{static_cast<std::uint32_t>(value)}; });
  whole("client_turn", [](ClientTrace& t, std::int64_t value) { t.turn = static_cast<std::uint32_t>(value); });
  whole("version", [](ClientTrace& t, std::int64_t value) { t.version = static_cast<std::uint32_t>(value); });
  time("dispatched_s", &ClientTrace::dispatched);
  time("downloaded_s", &ClientTrace::downloaded);
  time("computed_s", &ClientTrace::computed);
  time("ended_s", &ClientTrace::ended);
  read_codes(group, "phase", static_cast<int>(ClientPhase::done) + 1, turns, &ClientTrace::phase);
  read_codes(group, "outcome", kOutcomes, turns, &ClientTrace::outcome);
  whole("bytes_down", [](ClientTrace& t, std::int64_t value) { t.spent.bytes_down = value; });
  whole("bytes_up", [](ClientTrace& t, std::int64_t value) { t.spent.bytes_up = value; });
  const auto real = [&](const char* column, auto&& set) {
    group.each_real(column, [&](std::size_t row, double value) { set(turns[row], value); });
  };
  real("compute_s", [](ClientTrace& t, double s) { t.spent.compute_s = s; });
  read_spending(group, "", accounts, [&](std::size_t row) -> Spending& { return turns[row].spent; });
  if (accounts.pauses) real("away_s", [](ClientTrace& t, double s) { t.away_s = s; });
  if (!accounts.energy) return turns;
  real("receive_s", [](ClientTrace& t, double s) { t.receive_s = s; });
  real("send_s", [](ClientTrace& t, double s) { t.send_s = s; });
  real("idle_s", [](ClientTrace& t, double s) { t.idle_s = s; });
  return turns;
}

/// Files of an older format do not say what the trace is of: then it is whole or absent.
TraceDetail detail_of(const TrajectoryReader& file) {
  if (!file.has("/trace/client")) return TraceDetail::none;
  return file.text("trace") == "sample" ? TraceDetail::sample : TraceDetail::clients;
}

}  // namespace

RecordedRun read_run(const std::filesystem::path& run) {
  const TrajectoryReader file(run);
  RecordedRun recorded;
  recorded.seed = static_cast<std::uint64_t>(file.number("seed").value_or(0));
  recorded.trace = detail_of(file);
  recorded.trace_share = file.number("trace_share").value_or(1);
  recorded.equal_turns = file.text("turns") != "different";
  recorded.accounts = accounts_of(file);
  recorded.rounds = read_rounds(file, recorded.accounts);
  if (const Group rest(file, "/rest/", "round"); rest.rows() == 1) {
    std::vector<RoundRecord> row(1);
    read_accounts(rest, recorded.accounts, row);
    recorded.rest = row.front();
  }
  recorded.evaluations = read_evaluations(file);
  recorded.clients = read_clients(file, recorded.accounts);
  if (recorded.trace != TraceDetail::none) recorded.turns = read_turns(file, recorded.accounts);
  return recorded;
}

}  // namespace fedtide
