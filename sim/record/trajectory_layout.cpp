#include "sim/record/trajectory_layout.h"

#include <string>

#include "sim/fleet/cause.h"

namespace fedtide {

namespace {

constexpr ValueType i64 = ValueType::int64;
constexpr ValueType u32 = ValueType::uint32;
constexpr ValueType u8 = ValueType::uint8;
constexpr ValueType f64 = ValueType::float64;

Hdf5VariableInfo of(const char* name, ValueType type, const char* units, const char* long_name) {
  return {.name = name, .type = type, .units = units, .long_name = long_name};
}

/// A value that may be missing.
Hdf5VariableInfo maybe(const char* name, const char* units, const char* long_name) {
  return {.name = name, .type = f64, .units = units, .long_name = long_name, .may_miss = true};
}

void add_metrics(const std::vector<std::string>& names, std::vector<Hdf5VariableInfo>& table) {
  for (const std::string& name : names) {
    table.push_back(maybe(("test_" + name).c_str(), "1", (name + " of the global model on the test set").c_str()));
  }
}

std::string describe(Outcome outcome) {
  switch (outcome) {
    case Outcome::reported:
      return "clients whose report was accepted";
    case Outcome::left:
      return "clients whose hours ended";
    case Outcome::crash:
      return "clients that dropped out by chance";
    case Outcome::deadline:
      return "clients too late for the reporting window";
    case Outcome::surplus:
      return "clients over-selected and not needed";
    case Outcome::abandoned:
      return "clients of rounds given up";
    case Outcome::stale:
      return "clients whose report was too stale";
    case Outcome::network:
      return "clients whose network went";
    case Outcome::battery:
      return "clients whose battery ran too low";
    case Outcome::unplugged:
      return "clients taken off their charger";
  }
  return "";
}

/// Columns of a Spending; `prefix` before each name, `whose` after what each is of.
void add_spending(const std::string& prefix, const std::string& whose, const Accounts& accounts,
                  std::vector<Hdf5VariableInfo>& columns) {
  const auto add = [&](const char* name, ValueType type, const char* units, const char* what) {
    columns.push_back(of((prefix + name).c_str(), type, units, (what + whose).c_str()));
  };
  add("bytes_down", i64, "byte", "bytes to ");
  add("bytes_up", i64, "byte", "bytes from ");
  add("compute_s", f64, "s", "seconds of computing by ");
  if (accounts.energy) {
    add("compute_j", f64, "J", "energy for computing by ");
    add("receive_j", f64, "J", "energy for receiving by ");
    add("send_j", f64, "J", "energy for sending by ");
    add("idle_j", f64, "J", "energy while waiting for latency by ");
  }
  if (accounts.carbon) add("carbon_g", f64, "g", "grams of CO2-equivalent by ");
  if (accounts.metered) add("metered_bytes", i64, "byte", "bytes over links paid by the byte of ");
}

/// Turns and spending since the last commit, and totals.
std::vector<Hdf5VariableInfo> account_columns(const Accounts& accounts) {
  std::vector<Hdf5VariableInfo> columns = {of("dispatched", i64, "1", "clients that were sent work")};
  for (int i = 0; i < kOutcomes; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    columns.push_back(of(std::string(name(outcome)).c_str(), i64, "1", describe(outcome).c_str()));
  }
  const std::vector<Hdf5VariableInfo> spending = {
      of("abandoned_rounds", i64, "1", "rounds given up since the previous commit"),
      of("bytes_down", i64, "byte", "bytes to clients since the start of the run"),
      of("bytes_up", i64, "byte", "bytes from clients since the start of the run"),
  };
  columns.insert(columns.end(), spending.begin(), spending.end());
  add_spending("spent_", "clients in the round", accounts, columns);
  add_spending("wasted_", "clients whose report was not used", accounts, columns);
  return columns;
}

}  // namespace

std::vector<Hdf5VariableInfo> round_table(const std::vector<std::string>& metrics, const Accounts& accounts) {
  std::vector<Hdf5VariableInfo> table = {
      of("round", i64, "1", "round: the version of the model that it committed"),
      of("time_s", f64, "s", "virtual time of the commit"),
      of("started_s", f64, "s", "virtual time at which the cohort was selected"),
  };
  for (Hdf5VariableInfo& info : account_columns(accounts)) table.push_back(std::move(info));
  const std::vector<Hdf5VariableInfo> rest = {
      of("trained_samples", i64, "1", "samples passed through the model in accepted reports"),
      maybe("train_loss", "1", "mean training loss over the accepted reports' samples"),
      maybe("train_accuracy", "1", "training accuracy over the accepted reports' samples"),
      maybe("update_norm", "1", "L2 norm of the aggregated update"),
      maybe("test_loss", "1", "loss of the global model on the test set"),
      maybe("test_accuracy", "1", "accuracy of the global model on the test set"),
      maybe("consensus_distance", "1", "mean over the nodes of their squared distance to the mean model"),
  };
  table.insert(table.end(), rest.begin(), rest.end());
  add_metrics(metrics, table);
  for (auto& info : table) {
    if (info.name != "round" && info.name != "time_s") info.coordinates = "time_s";
  }
  return table;
}

std::vector<Hdf5VariableInfo> rest_table(const Accounts& accounts) {
  std::vector<Hdf5VariableInfo> table = {of("round", i64, "1", "the round that it would have been")};
  for (Hdf5VariableInfo& info : account_columns(accounts)) table.push_back(std::move(info));
  return table;
}

std::vector<Hdf5VariableInfo> evaluation_table(const std::vector<std::string>& metrics) {
  std::vector<Hdf5VariableInfo> table = {
      of("round", i64, "1", "version of the model that was evaluated; 0 is the initial one"),
      of("time_s", f64, "s", "virtual time of the evaluation"),
      maybe("test_loss", "1", "loss of the global model on the test set"),
      maybe("test_accuracy", "1", "accuracy of the global model on the test set"),
      maybe("test_samples", "1", "samples of the test set"),
      maybe("consensus_distance", "1", "mean over the nodes of their squared distance to the mean model"),
  };
  add_metrics(metrics, table);
  return table;
}

std::vector<Hdf5VariableInfo> sampled_table() {
  Hdf5VariableInfo client = of("client", i64, "1", "client evaluated on its own held-out data");
  client.may_miss = true;
  return {
      client,
      maybe("client_accuracy", "1",
            "accuracy on the client's held-out data, of its own model where the method gives it one"),
      maybe("client_loss", "1", "the same for the loss"),
  };
}

std::vector<Hdf5VariableInfo> trace_table(const Accounts& accounts) {
  Hdf5VariableInfo phase = of("phase", u8, "", "where the client was when its turn ended");
  for (const auto value : {ClientPhase::download, ClientPhase::compute, ClientPhase::upload, ClientPhase::done}) {
    phase.meanings.emplace_back(name(value));
  }
  Hdf5VariableInfo outcome = of("outcome", u8, "", "how the turn ended");
  for (int i = 0; i < kOutcomes; ++i) outcome.meanings.emplace_back(name(static_cast<Outcome>(i)));
  std::vector<Hdf5VariableInfo> table = {
      of("round", i64, "1", "version it would have contributed to"),
      of("client", u32, "1", "client"),
      of("client_turn", u32, "1", "how many turns the client had before"),
      of("version", u32, "1", "version of the model that it was sent"),
      maybe("dispatched_s", "s", "virtual time of the dispatch"),
      maybe("downloaded_s", "s", "virtual time at which the download ended, or would have"),
      maybe("computed_s", "s", "virtual time at which the computing ended, or would have"),
      maybe("ended_s", "s", "virtual time at which the turn ended"),
      phase,
      outcome,
  };
  add_spending("", "the client", accounts, table);
  if (accounts.energy) {
    table.push_back(of("receive_s", f64, "s", "seconds in which bytes came"));
    table.push_back(of("send_s", f64, "s", "seconds in which bytes went"));
    table.push_back(of("idle_s", f64, "s", "seconds of waiting for latency"));
  }
  if (accounts.pauses) table.push_back(of("away_s", f64, "s", "seconds in which the turn paused: the client was away"));
  return table;
}

std::vector<ValueType> types_of(const std::vector<Hdf5VariableInfo>& table) {
  std::vector<ValueType> types;
  for (const auto& info : table) types.push_back(info.type);
  return types;
}

}  // namespace fedtide
