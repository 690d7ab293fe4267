#include "sim/record/trajectory_file.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>

#include "sim/base/error.h"
#include "sim/federation/client_spread.h"
#include "sim/record/trajectory_layout.h"

namespace fedtide {

namespace {

void copy_column(Spool& spool, std::size_t column, Hdf5Variable& variable) {
  std::vector<std::byte> piece(static_cast<std::size_t>(Spool::kBlockRows) * size_of(variable.type()));
  for (std::int64_t first = 0; first < spool.rows(); first += Spool::kBlockRows) {
    const std::int64_t count = std::min(Spool::kBlockRows, spool.rows() - first);
    spool.read_bytes(column, first, piece.data(), count);
    variable.write_rows(first, count, piece.data());
  }
  variable.close();
}

/// The coordinate 0, 1, ..., length - 1.
void write_index(Hdf5Group& group, const std::string& name, const std::string& long_name, std::int64_t length) {
  std::vector<std::uint32_t> values(static_cast<std::size_t>(length));
  std::iota(values.begin(), values.end(), 0u);
  Hdf5Variable index =
      group.coordinate({.name = name, .type = ValueType::uint32, .units = "1", .long_name = long_name}, length);
  index.write(0, std::span<const std::uint32_t>(values));
  index.close();
}

template <class T>
void write_optional(Hdf5Group& group, const char* name, const char* units, const char* long_name,
                    const std::vector<std::string>& dimensions, const std::vector<T>& values) {
  if (values.empty()) return;
  group.write({.name = name, .units = units, .long_name = long_name}, dimensions, std::span<const T>(values));
}

template <class Record, class Field>
void write_field(Hdf5Group& group, const char* name, const char* units, const char* long_name,
                 const std::vector<Record>& records, Field Record::*field) {
  std::vector<Field> values;
  values.reserve(records.size());
  for (const auto& record : records) values.push_back(record.*field);
  group.write({.name = name, .units = units, .long_name = long_name}, {"client"}, std::span<const Field>(values));
}

template <class T>
void write_sampled(Hdf5Group& group, const Hdf5VariableInfo& info, Spool& spool, std::size_t column,
                   const std::vector<std::int64_t>& counts, std::int64_t width, T missing) {
  Hdf5Variable variable = group.variable(info, {"evaluation", "sampled"});
  std::vector<T> row(static_cast<std::size_t>(width));
  std::int64_t first = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto count = static_cast<std::size_t>(counts[i]);
    spool.read(column, first, std::span<T>(row.data(), count));
    std::fill(row.begin() + static_cast<std::ptrdiff_t>(count), row.end(), missing);
    variable.write(static_cast<std::int64_t>(i), std::span<const T>(row));
    first += counts[i];
  }
  variable.close();
}

/// How often each class was taken for each, at the last evaluation.
void write_confusion(Hdf5Group& group, const std::vector<double>& confusion) {
  const auto classes = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(confusion.size()))));
  write_index(group, "label", "class of the sample", classes);
  write_index(group, "predicted", "class that the model named", classes);
  const std::vector<std::int64_t> counts(confusion.begin(), confusion.end());
  group.write({.name = "test_confusion", .units = "1", .long_name = "samples of the test set at the last evaluation"},
              {"label", "predicted"}, std::span<const std::int64_t>(counts));
}

/// One value an evaluation of how the clients' scores are spread.
void write_spread(Hdf5Group& group, Spool& sampled, const std::vector<std::int64_t>& counts) {
  std::vector<ClientSpread> spreads;
  std::vector<double> losses;
  std::int64_t first = 0;
  for (const std::int64_t count : counts) {
    std::vector<double> scores(static_cast<std::size_t>(count));
    sampled.read(1, first, std::span<double>(scores));
    spreads.push_back(spread_of(scores));
    sampled.read(2, first, std::span<double>(scores));
    losses.push_back(spread_of(scores).mean);
    first += count;
  }
  const auto write = [&](const char* name, const char* long_name, double ClientSpread::*field) {
    std::vector<double> values;
    for (const ClientSpread& spread : spreads) values.push_back(spread.*field);
    group.write({.name = name, .units = "1", .long_name = long_name, .may_miss = true}, {"evaluation"},
                std::span<const double>(values));
  };
  write("client_accuracy_mean", "mean of client_accuracy", &ClientSpread::mean);
  write("client_accuracy_variance", "variance of client_accuracy over the clients", &ClientSpread::variance);
  write("client_accuracy_worst_decile", "mean of the lowest tenth of client_accuracy", &ClientSpread::worst_decile);
  write("client_accuracy_gini", "Gini coefficient of client_accuracy", &ClientSpread::gini);
  write("client_accuracy_jain", "Jain's index of client_accuracy", &ClientSpread::jain);
  group.write({.name = "client_loss_mean", .units = "1", .long_name = "mean of client_loss", .may_miss = true},
              {"evaluation"}, std::span<const double>(losses));
}

}  // namespace

void write_root_attributes(Hdf5Group& root, const TrajectoryFinal& last) {
  root.attribute("Conventions", "CF-1.10");
  root.attribute("title", last.title);
  root.attribute("history", "written by one run of fedtide; see the group provenance");
  root.attribute("source", last.provenance.program_version);
  root.attribute("filetype", kTrajectoryFiletype);
  root.attribute("version", std::span<const std::int32_t>(kTrajectoryVersion));
  root.attribute("seed", static_cast<std::int64_t>(last.seed));
  root.attribute("status", last.status);
  root.attribute("stop_reason", last.stop_reason);
}

void write_table(Hdf5Group& group, const std::string& dimension, const std::vector<Hdf5VariableInfo>& table,
                 Spool& spool) {
  const auto coordinate =
      std::find_if(table.begin(), table.end(), [&](const auto& info) { return info.name == dimension; });
  // The dimension must be there before the variables along it.
  if (coordinate == table.end()) {
    group.dimension(dimension, spool.rows());
  } else {
    Hdf5Variable variable = group.coordinate(*coordinate, spool.rows());
    copy_column(spool, static_cast<std::size_t>(coordinate - table.begin()), variable);
  }
  for (std::size_t column = 0; column < table.size(); ++column) {
    if (table[column].name == dimension) continue;
    Hdf5Variable variable = group.variable(table[column], {dimension});
    copy_column(spool, column, variable);
  }
}

void write_evaluations(Hdf5Group& root, const std::vector<std::string>& metrics, Spool& evaluations, Spool& sampled,
                       const std::vector<std::int64_t>& counts, const std::vector<double>& confusion) {
  Hdf5Group group = root.group("evaluation");
  write_table(group, "evaluation", evaluation_table(metrics), evaluations);
  if (!confusion.empty()) write_confusion(group, confusion);
  const std::int64_t width = counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
  if (width == 0) return;
  group.dimension("sampled", width);
  const auto table = sampled_table();
  write_sampled<std::int64_t>(group, table[0], sampled, 0, counts, width, -1);
  write_sampled<double>(group, table[1], sampled, 1, counts, width, kMissing);
  write_sampled<double>(group, table[2], sampled, 2, counts, width, kMissing);
  write_spread(group, sampled, counts);
}

void write_rest(Hdf5Group& root, const Accounts& accounts, Spool& rest) {
  Hdf5Group group = root.group("rest");
  write_table(group, "rest", rest_table(accounts), rest);
}

namespace {

/// What the clients' devices draw, and what they have drawn.
void write_energy(Hdf5Group& group, const std::vector<ClientSummary>& clients) {
  const auto power = [&](const char* name, const char* units, const char* long_name, double Power::*field) {
    std::vector<double> values;
    values.reserve(clients.size());
    for (const ClientSummary& client : clients) values.push_back(client.power.*field);
    group.write({.name = name, .units = units, .long_name = long_name}, {"client"}, std::span<const double>(values));
  };
  power("compute_w", "W", "power while it computes", &Power::compute_w);
  power("receive_w", "W", "power while bytes come", &Power::receive_w);
  power("send_w", "W", "power while bytes go", &Power::send_w);
  power("idle_w", "W", "power while a turn waits", &Power::idle_w);
  power("receive_j_per_byte", "J", "energy of a byte that comes, beside the power", &Power::receive_j_per_byte);
  power("send_j_per_byte", "J", "energy of a byte that goes, beside the power", &Power::send_j_per_byte);
  write_field(group, "energy_j", "J", "energy of the client's turns", clients, &ClientSummary::energy_j);
  write_field(group, "wasted_j", "J", "energy of the client's turns whose report was not used", clients,
              &ClientSummary::wasted_j);
}

void write_metered(Hdf5Group& group, const std::vector<ClientSummary>& clients) {
  std::vector<std::uint8_t> values;
  values.reserve(clients.size());
  for (const ClientSummary& client : clients) values.push_back(client.metered ? 1 : 0);
  group.write({.name = "metered", .units = "1", .long_name = "whether the client's link is paid by the byte"},
              {"client"}, std::span<const std::uint8_t>(values));
}

}  // namespace

void write_clients(Hdf5Group& root, const std::vector<ClientSummary>& clients, const Accounts& accounts) {
  Hdf5Group group = root.group("clients");
  write_index(group, "client", "client", static_cast<std::int64_t>(clients.size()));
  std::vector<std::int64_t> train;
  std::vector<std::int64_t> test;
  for (const auto& client : clients) {
    train.push_back(static_cast<std::int64_t>(client.train_samples));
    test.push_back(static_cast<std::int64_t>(client.test_samples));
  }
  const auto along = std::vector<std::string>{"client"};
  write_field(group, "compute_rate", "s-1", "floating-point operations a second", clients,
              &ClientSummary::compute_rate);
  write_field(group, "down_rate", "bit s-1", "rate of the link to the client", clients, &ClientSummary::down_rate);
  write_field(group, "up_rate", "bit s-1", "rate of the link from the client", clients, &ClientSummary::up_rate);
  write_field(group, "latency_s", "s", "latency of the link", clients, &ClientSummary::latency_s);
  group.write({.name = "train_samples", .units = "1", .long_name = "training samples of the client"}, along,
              std::span<const std::int64_t>(train));
  group.write({.name = "test_samples", .units = "1", .long_name = "held-out samples of the client"}, along,
              std::span<const std::int64_t>(test));
  write_field(group, "dispatched", "1", "times the client was sent work", clients, &ClientSummary::dispatched);
  write_field(group, "reported", "1", "reports of the client that were accepted", clients, &ClientSummary::reported);
  if (accounts.energy) write_energy(group, clients);
  if (accounts.metered) write_metered(group, clients);
}

void write_rows(Hdf5Group& group, const std::string& which, std::span<const std::uint32_t> rows) {
  if (rows.empty()) return;
  const std::string along = which + "_sample";
  group.dimension(along, static_cast<std::int64_t>(rows.size()));
  group.write({.name = which + "_row", .units = "1", .long_name = "index into the data set, client after client"},
              {along}, rows);
}

/// Which samples of the data set each client holds.
void write_assignment(Hdf5Group& root, const PartitionSummary& partition) {
  if (partition.train_rows.empty() && partition.client_names.empty()) return;
  Hdf5Group group = root.group("assignment");
  write_rows(group, "train", partition.train_rows);
  write_rows(group, "test", partition.test_rows);
  if (partition.client_names.empty()) return;
  group.dimension("client", static_cast<std::int64_t>(partition.client_names.size()));
  group.strings("client_name", "client", "what the partition calls the client",
                {partition.client_names.begin(), partition.client_names.end()});
}

void write_partition(Hdf5Group& root, const PartitionSummary& partition) {
  Hdf5Group group = root.group("partition");
  write_index(group, "client", "client", partition.clients);
  const std::vector<std::string> along = {"client"};
  if (!partition.label_count.empty()) {
    write_index(group, "class", "class", partition.classes);
    write_optional(group, "label_count", "1", "training samples of the class", {"client", "class"},
                   partition.label_count);
  }
  write_optional(group, "train_samples", "1", "training samples of the client", along, partition.train_samples);
  write_optional(group, "test_samples", "1", "held-out samples of the client", along, partition.test_samples);
  write_optional(group, "entropy", "1", "entropy of the client's labels in nats", along, partition.entropy);
  write_optional(group, "emd", "1", "sum of |p - q| between the client's labels and all", along, partition.emd);
  write_optional(group, "js", "1", "Jensen-Shannon divergence of the client's labels from all, in nats", along,
                 partition.js);
  write_assignment(root, partition);
}

void write_trace(Hdf5Group& root, const Accounts& accounts, Spool& trace) {
  Hdf5Group group = root.group("trace");
  write_table(group, "turn", trace_table(accounts), trace);
}

void write_model(Hdf5Group& root, const TrajectoryFinal& last) {
  Hdf5Group group = root.group("model");
  group.attribute("version", last.version);
  group.dimension("weight", static_cast<std::int64_t>(last.weights.size()));
  group.write({.name = "weights", .units = "1", .long_name = "weights of the final model"}, {"weight"},
              std::span<const float>(last.weights));
  if (last.spans.empty()) return;
  std::vector<std::string> names;
  std::vector<std::int64_t> offsets;
  std::vector<std::int64_t> sizes;
  for (const auto& span : last.spans) {
    names.push_back(span.name);
    offsets.push_back(span.offset);
    sizes.push_back(span.size);
  }
  group.dimension("range", static_cast<std::int64_t>(last.spans.size()));
  group.strings("range_name", "range", "name of the range", names);
  group.write({.name = "range_offset", .units = "1", .long_name = "first weight of the range"}, {"range"},
              std::span<const std::int64_t>(offsets));
  group.write({.name = "range_size", .units = "1", .long_name = "weights in the range"}, {"range"},
              std::span<const std::int64_t>(sizes));
}

void write_provenance(Hdf5Group& root, const TrajectoryFinal& last) {
  const Provenance& from = last.provenance;
  Hdf5Group group = root.group("provenance");
  group.attribute("config_yaml", from.config_yaml);
  group.attribute("program_version", from.program_version);
  group.attribute("compiler", from.compiler);
  group.attribute("flags", from.flags);
  group.attribute("eigen_version", from.eigen_version);
  group.attribute("cpu", from.cpu);
  group.attribute("host", from.host);
  group.attribute("command", from.command);
  group.attribute("started", from.started);
  group.attribute("ended", from.ended);
  group.attribute("wall_seconds", from.wall_seconds);
  group.attribute("threads", from.threads);
  group.attribute("seed", static_cast<std::int64_t>(last.seed));
}

}  // namespace fedtide
