// Links from files: CSV, and the network parts of FLASH and FedScale.

#include <string>
#include <vector>

#include "sim/base/error.h"
#include "sim/config/sample.h"
#include "sim/files/path.h"
#include "sim/fleet/device.h"
#include "sim/fleet/link_measured.h"
#include "sim/fleet/link_path.h"
#include "sim/fleet/number_table.h"
#include "sim/fleet/row_pick.h"
#include "sim/fleet/tcp.h"
#include "sim/fleet/trace_records.h"

namespace fedtide {
namespace {

std::string read_path(Section& s) {
  const std::string path =
      s.text("path", {std::nullopt, "file with the links, plain or .gz; relative to the config file", ""});
  return s.describing() || path.empty() ? "" : resolve_path(path, s.folder());
}

/// A link a row, as it is.
class ListedLinks final : public LinkModel {
 public:
  ListedLinks(std::vector<Link> links, RowPick pick) : links_(std::move(links)), pick_(pick) {}
  Link link(std::uint64_t seed, ClientId client) const override {
    return links_[pick_.row(seed, client, links_.size())];
  }

 private:
  std::vector<Link> links_;
  RowPick pick_;
};

std::vector<Link> read_links(ContentReader content) {
  const Bounds below_one{.low = 0, .high = 1, .low_open = false, .high_open = true};
  const NumberTable table = NumberTable::read(std::move(content), {{"down", Unit::bit_per_second, at_least(1), true},
                                                                   {"up", Unit::bit_per_second, at_least(1), true},
                                                                   {"latency", Unit::second, non_negative(), true},
                                                                   {"jitter", Unit::second, non_negative(), false},
                                                                   {"loss", Unit::none, below_one, false}});
  std::vector<Link> links;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    Link& link = links.emplace_back();
    link.down = {table.value(row, 0)};
    link.up = {table.value(row, 1)};
    link.latency = Duration::from_seconds(table.value(row, 2));
    link.jitter = Duration::from_seconds(table.value_or(row, 3, 0));
    limit_by_loss(link, table.value_or(row, 4, 0));
  }
  return links;
}

const Registration<LinkEntry> csv{{{"csv", "a file with the columns down, up, latency and perhaps jitter and loss", ""},
                                   [](Section& s) -> std::unique_ptr<LinkModel> {
                                     const std::string path = read_path(s);
                                     const RowPick pick = RowPick::read(s, Purpose::link);
                                     if (path.empty()) return nullptr;
                                     return std::make_unique<ListedLinks>(read_links(ContentReader::open(path)), pick);
                                   }}};

/// Measured users, each with the way's properties as the experiment gives them.
class UserLinks final : public LinkModel {
 public:
  UserLinks(std::vector<MeasuredRates> users, RowPick pick, Draw latency, NoiseDraws noise)
      : users_(std::move(users)), pick_(pick), latency_(latency), noise_(noise) {}
  Link link(std::uint64_t seed, ClientId client) const override {
    Stream stream(~seed, Purpose::link, client);
    Link link;
    draw_rates(users_[pick_.row(seed, client, users_.size())], stream, link);
    link.latency = Duration::from_seconds(sample(latency_, stream));
    noise_.apply(stream, link);
    return link;
  }

 private:
  std::vector<MeasuredRates> users_;
  RowPick pick_;
  Draw latency_;
  NoiseDraws noise_;
};

MeasuredRates flash_user(const TraceRecordReader& record) {
  const auto deviation = [&](const char* field) {
    const double value = record.number(field);
    if (value < 0) record.damaged(field, fmt::format("found {}, must be at least 0", value));
    return value;
  };
  return {record.positive("down_u"), deviation("down_sigma"), record.positive("up_u"), deviation("up_sigma")};
}

MeasuredRates fedscale_client(const TraceRecordReader& record) {
  const double kilobytes = record.positive("communication") / 8;
  return {kilobytes, 0, kilobytes, 0};
}

std::unique_ptr<LinkModel> read_users(Section& s, MeasuredRates (*user)(const TraceRecordReader&)) {
  const std::string path = read_path(s);
  const RowPick pick = RowPick::read(s, Purpose::link);
  const Draw latency = read_latency(s);
  const NoiseDraws noise = NoiseDraws::read(s);
  if (path.empty()) return nullptr;
  ContentReader content = open_trace(path);
  std::vector<MeasuredRates> users;
  read_trace_records(content, [&](const TraceRecordReader& record) { users.push_back(user(record)); });
  if (users.empty()) throw Failure(ExitCode::data_damaged, path + ": no links, must be one at least");
  return std::make_unique<UserLinks>(std::move(users), pick, latency, noise);
}

const Registration<LinkEntry> flash{
    {{"flash", "FLASH's speed_distri.json: a normal distribution of kB/s a user", "Yang et al., WWW 2021"},
     [](Section& s) { return read_users(s, flash_user); }}};

const Registration<LinkEntry> fedscale{
    {{"fedscale", "FedScale's client_device_capacity as JSON: kbit/s, the same both ways", "Lai et al., ICML 2022"},
     [](Section& s) { return read_users(s, fedscale_client); }}};

}  // namespace
}  // namespace fedtide
