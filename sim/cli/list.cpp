// fedtide list KIND: the plug-ins there are, from their registries.

#include <fmt/format.h>

#include "sim/base/text.h"
#include "sim/cli/app.h"
#include "sim/cli/terminal.h"
#include "sim/experiment/config.h"
#include "sim/federation/topology.h"
#include "sim/model/layer_entry.h"
#include "sim/model/losses/read.h"

namespace fedtide {
namespace {

struct Kind {
  std::string name;
  std::vector<About> (*list)();
};

template <class Entry>
std::vector<About> entries() {
  return Registry<Entry>::instance().list();
}

std::vector<About> optimizer_entries() {
  std::vector<About> abouts;
  for (const Optimizer* each : optimizers()) abouts.push_back(each->about);
  return abouts;
}

std::vector<About> metric_entries() {
  std::vector<About> abouts;
  for (const Metric& each : metrics()) abouts.push_back(each.about);
  return abouts;
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"algorithms", entries<AlgorithmEntry>}, {"selectors", entries<SelectorEntry>},
      {"codecs", entries<CodecEntry>},         {"protocols", entries<ProtocolEntry>},
      {"topologies", entries<TopologyEntry>},  {"models", entries<ModelEntry>},
      {"layers", entries<LayerEntry>},         {"losses", entries<LossEntry>},
      {"optimizers", optimizer_entries},       {"metrics", metric_entries},
      {"datasets", entries<DatasetEntry>},     {"partitions", entries<PartitionEntry>},
      {"shifts", entries<ShiftEntry>},         {"devices", entries<DeviceEntry>},
      {"links", entries<LinkEntry>},           {"availability", entries<AvailabilityEntry>},
      {"energy", entries<EnergyEntry>}};
  return all;
}

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const Kind& kind : kinds()) names.push_back(kind.name);
  return names;
}

void print(const Kind& kind) {
  show_result("{}\n", kind.name);
  for (const About& about : kind.list()) {
    const std::string source = about.source.empty() ? "" : "  [" + about.source + "]";
    show_result("  {:<18} {}{}\n", about.name, about.summary, source);
  }
}

}  // namespace

void add_list(CLI::App& app, Session& session) {
  CLI::App* verb =
      app.add_subcommand("list", "List what there is: " + fmt::format("{}", fmt::join(kind_names(), ", ")));
  const auto wanted = std::make_shared<std::string>();
  verb->add_option("KIND", *wanted, "one of these kinds; all when left out");
  verb->callback([&session, wanted] {
    session.action = [wanted] {
      bool found = false;
      for (const Kind& kind : kinds()) {
        if (!wanted->empty() && kind.name != *wanted) continue;
        print(kind);
        found = true;
      }
      if (!found)
        throw Failure(ExitCode::usage,
                      fmt::format("list: there is no kind \"{}\"{}", *wanted, suggestion(*wanted, kind_names())));
      return ExitCode::done;
    };
  });
}

}  // namespace fedtide
