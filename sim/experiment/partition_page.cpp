#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "sim/base/text.h"
#include "sim/experiment/partition_report.h"

namespace fedtide {
namespace {

constexpr std::uint32_t kMapClients = 20;
constexpr std::uint32_t kMapColumns = 60;
constexpr std::string_view kShades = " .:-=+*#%@";

using Out = std::back_insert_iterator<std::string>;

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

void put_spread(Out out, std::string_view name, const Spread& spread, int digits) {
  fmt::format_to(out, "{:<16}", name);
  for (const double value : spread.values) fmt::format_to(out, "{:>10.{}f}", value, digits);
  fmt::format_to(out, "{:>10.{}f}\n", spread.mean, digits == 0 ? 1 : digits);
}

/// One character for each class, or for several side by side: the share that the client's samples have there.
std::string shades(std::span<const std::uint32_t> counts, std::uint32_t columns) {
  std::uint64_t total = 0;
  for (const std::uint32_t n : counts) total += n;
  std::string line;
  for (std::size_t column = 0; column < columns; ++column) {
    std::uint64_t here = 0;
    for (std::size_t k = column * counts.size() / columns; k < (column + 1) * counts.size() / columns; ++k)
      here += counts[k];
    const double share = total > 0 ? static_cast<double>(here) / static_cast<double>(total) : 0;
    const auto shade = static_cast<std::size_t>(std::ceil(share * static_cast<double>(kShades.size() - 1)));
    line += kShades[std::min(shade, kShades.size() - 1)];
  }
  return line;
}

std::string client_name(const PartitionReport& report, std::uint32_t client) {
  return report.names.empty() ? fmt::format("{}", client) : report.names[client];
}

/// Short enough for a column; names of people may have any length.
std::string shortened(const std::string& name, std::size_t width) {
  return name.size() <= width ? name : name.substr(0, width - 2) + "..";
}

void put_map(Out out, const PartitionReport& report) {
  const std::uint32_t columns = std::min(report.labels->classes, kMapColumns);
  const std::uint32_t rows = std::min(report.clients, kMapClients);
  fmt::format_to(out, "\nlabels of {} {}: a column is {}, a shade a tenth of the client's samples\n",
                 rows == report.clients ? "all" : "the first", plural(rows, "client"),
                 columns == report.labels->classes ? "a label" : fmt::format("one of {} runs of labels", columns));
  for (std::uint32_t i = 0; i < rows; ++i) {
    fmt::format_to(out, "{:>14} |{}| {}\n", shortened(client_name(report, i), 14),
                   shades(report.labels->of(ClientId{i}), columns), report.sizes[i]);
  }
}

}  // namespace

std::string partition_page(const PartitionReport& r) {
  std::string page;
  const Out out = std::back_inserter(page);
  fmt::format_to(out, "{:<16}{}\n", "data", r.provenance);
  fmt::format_to(out, "{:<16}{}{}, seed {}\n", "partition", r.scheme, r.sharing ? " with sharing" : "", r.seed);
  fmt::format_to(out, "{:<16}{} with {}\n", "clients", r.clients, plural(r.train_samples, "training sample"));
  if (r.held_out_samples > 0)
    fmt::format_to(out, "{:<16}{} of the clients' own\n", "held out", plural(r.held_out_samples, "sample"));
  if (r.unseen_clients > 0) {
    fmt::format_to(out, "{:<16}{} with {}\n", "unseen", plural(r.unseen_clients, "client"),
                   plural(r.unseen_samples, "sample"));
  }
  fmt::format_to(out, "{:<16}{}\n", "test set", r.test_samples > 0 ? plural(r.test_samples, "sample") : "none");
  if (!r.shifts.empty()) fmt::format_to(out, "{:<16}{}\n", "shifts", join(r.shifts));
  fmt::format_to(out, "\n{:<16}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "of a client", "min", "10 %", "median", "90 %",
                 "max", "mean");
  put_spread(out, "samples", r.size, 0);
  if (r.labels) {
    put_spread(out, "labels", r.classes, 0);
    put_spread(out, "entropy [nats]", r.entropy, 3);
    put_spread(out, "EMD", r.emd, 3);
    put_spread(out, "JS [nats]", r.jensen_shannon, 3);
  }
  fmt::format_to(out, "{:<16}{:.3f} (0: all equal, 1: one client holds all)\n", "size Gini", r.size_gini);
  if (r.labels) {
    fmt::format_to(out, "{:<16}{:.3f} nats, at most {:.3f}\n", "all labels", r.skew->global_entropy,
                   std::log(static_cast<double>(std::max(1u, r.labels->classes))));
    put_map(out, r);
  } else {
    fmt::format_to(out, "{:<16}none: no skew of labels\n", "labels");
  }
  return page;
}

}  // namespace fedtide
