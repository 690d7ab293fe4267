// The keys of `protocol: {name: hierarchical}`.

#include "sim/federation/hierarchical.h"
#include "sim/federation/serverless.h"

namespace fedtide {
namespace {

struct HierarchicalSpec final : ProtocolSpec {
  HierarchicalRule rule;
  std::uint32_t edges() const { return rule.levels.empty() ? 1 : rule.levels.front().groups; }
  std::uint32_t cohort() const override { return 1; }
  std::uint32_t selected() const override { return 1; }
  bool selects() const override { return rule.cohort.has_value(); }
  std::string objection(const Method& method) const override { return needs_server(method, "hierarchical"); }
  bool sends_updates() const override { return false; }
  std::string mismatch(std::uint32_t population) const override {
    if (edges() <= population) return "";
    return fmt::format("levels: {} groups need at least as many clients, there are {}", edges(), population);
  }
  /// Each server's model, and an edge's sum in double.
  double models(std::uint32_t) const override {
    double models = 0;
    for (const ServerLevel& level : rule.levels) models += level.groups;
    return models + 2.0 * edges();
  }
  std::unique_ptr<Protocol> make(World& world) const override { return std::make_unique<Hierarchical>(rule, world); }
};

const char* const kSource = "Liu et al. 2020, arXiv 1905.06641";

ServerLevel read_level(Section& s) {
  const auto count = [&](const char* key, double fallback, const char* help) {
    return static_cast<std::uint32_t>(
        s.whole(key, {.fallback = fallback, .bounds = between(1, 1e6), .help = help, .source = kSource}));
  };
  ServerLevel level;
  level.groups = count("groups", 10, "servers of this level, each with a group of what is below");
  level.rounds = count("rounds", 1, "rounds of a server before it sends its model up (kappa_2 of the edges)");
  level.rate = s.bit_rate(
      "rate",
      {.fallback = 1e9, .bounds = positive(), .help = "of the link to the level above, each way", .source = ""});
  level.latency = s.duration(
      "latency", {.fallback = 0.0, .bounds = non_negative(), .help = "of that link, before each model", .source = ""});
  return level;
}

void read_levels(Section& s, std::vector<ServerLevel>& levels) {
  s.sections("levels", "servers between clients and cloud, from the clients upwards",
             [&](Section& each) { levels.push_back(read_level(each)); });
  if (s.describing()) return;
  if (levels.empty()) s.reject("levels", "needs at least one level, for example [{groups: 10, rounds: 5}]");
  for (std::size_t i = 1; i < levels.size(); ++i) {
    if (levels[i].groups <= levels[i - 1].groups) continue;
    s.reject("levels", fmt::format("level {} has {} groups of the {} servers below it: at most as many can have one",
                                   i + 1, levels[i].groups, levels[i - 1].groups));
  }
}

std::unique_ptr<ProtocolSpec> read_hierarchical(Section& s) {
  auto spec = std::make_unique<HierarchicalSpec>();
  HierarchicalRule& rule = spec->rule;
  read_levels(s, rule.levels);
  const std::string by =
      s.word("group_by", {.fallback = "number",
                          .options = {{"number", "clients with neighboring numbers share an edge", ""},
                                      {"draw", "drawn, in groups of the same size", ""},
                                      {"cell", "the clients of one cell of fleet.shared.cell", ""}},
                          .help = "which clients share an edge",
                          .source = ""});
  rule.grouping = by == "cell" ? Grouping::cell : by == "draw" ? Grouping::drawn : Grouping::contiguous;
  const auto cohort = s.maybe_whole("cohort", {.fallback = {},
                                               .bounds = between(1, 1e9),
                                               .help = "clients of each edge's round; none: all that are there",
                                               .source = ""});
  if (cohort) rule.cohort = static_cast<std::uint32_t>(*cohort);
  rule.deadline = s.maybe_duration("deadline", {.fallback = {},
                                                .bounds = positive(),
                                                .help = "reporting window of an edge's round; none: wait for all",
                                                .source = ""});
  rule.retry = s.duration("retry", {.fallback = 60.0,
                                    .bounds = positive(),
                                    .help = "what an edge's round takes in which no client is there",
                                    .source = ""});
  rule.pause = s.duration("pause", {.fallback = 0.0,
                                    .bounds = non_negative(),
                                    .help = "pause between a round of the cloud and the next",
                                    .source = ""});
  rule.give_up =
      s.whole("give_up", {.fallback = 1000.0,
                          .bounds = between(1, 1e9),
                          .help = "rounds of the cloud in a row in which no client reported that end the run",
                          .source = ""});
  return spec;
}

const Registration<ProtocolEntry> entry{
    {{"hierarchical", "edge servers near the clients, and levels above them up to the cloud", kSource},
     read_hierarchical}};

}  // namespace
}  // namespace fedtide
