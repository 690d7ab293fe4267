// Links with measured latencies and drawn rates.

#include <string>

#include "sim/base/distributions.h"
#include "sim/files/path.h"
#include "sim/fleet/device.h"
#include "sim/fleet/link_path.h"
#include "sim/fleet/row_pick.h"
#include "sim/fleet/rtt_table.h"

namespace fedtide {
namespace {

class MeasuredLatency final : public LinkModel {
 public:
  MeasuredLatency(RttTable table, RowPick pick, RateDraws rates, NoiseDraws noise)
      : table_(std::move(table)), pick_(pick), rates_(rates), noise_(noise) {}
  Link link(std::uint64_t seed, ClientId client) const override {
    Stream stream(~seed, Purpose::link, client);
    const std::size_t node = pick_.row(seed, client, table_.nodes());
    Link link;
    rates_.apply(stream, link);
    const auto which = static_cast<std::size_t>(uniform_below64(stream, table_.count(node)));
    link.latency = Duration::from_seconds(table_.seconds(node, which) / 2);
    noise_.apply(stream, link);
    return link;
  }

 private:
  RttTable table_;
  RowPick pick_;
  RateDraws rates_;
  NoiseDraws noise_;
};

std::unique_ptr<LinkModel> read(Section& s) {
  const std::string path =
      s.text("path", {std::nullopt, "table of round-trip times, plain or .gz; relative to the config file", ""});
  const std::string unit = s.word("unit", {.fallback = "ms",
                                           .options = {{"ms", "milliseconds", ""}, {"s", "seconds", ""}},
                                           .help = "what the table's times are in",
                                           .source = ""});
  const auto server = s.maybe_whole("server", {.fallback = {},
                                               .bounds = between(0, 1e6),
                                               .help = "the node, from 0, that is the server; else each client's way "
                                                       "leads to a random node",
                                               .source = ""});
  const RowPick pick = RowPick::read(s, Purpose::link);
  const RateDraws rates = RateDraws::read(s);
  const NoiseDraws noise = NoiseDraws::read(s);
  if (s.describing() || path.empty()) return nullptr;
  RttTable table =
      RttTable::read(ContentReader::open(resolve_path(path, s.folder())), unit == "ms" ? 1e-3 : 1.0, server);
  return std::make_unique<MeasuredLatency>(std::move(table), pick, rates, noise);
}

const Registration<LinkEntry> rtt{
    {{"rtt", "latencies of half the round-trip times of a measured table, rates from distributions",
      "for example PlanetLab: Zhu et al., IEEE/ACM ToN 2017"},
     read}};

}  // namespace
}  // namespace fedtide
