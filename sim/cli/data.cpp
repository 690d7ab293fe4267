// fedtide data list | info | check | prepare: which data sets there are, what is in one, whether its files are sound,
// and a cache of files that take long to read.

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/cli/app.h"
#include "sim/cli/data_report.h"
#include "sim/cli/terminal.h"
#include "sim/learn/preparable.h"

namespace fedtide {
namespace {

using Json = nlohmann::ordered_json;

struct Wanted {
  std::string what;
  std::vector<std::string> overrides;
  bool json = false;
};

void show_json(const Json& json) {
  // Names of files may be no UTF-8.
  show_result("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

/// The words of `list`: a state, and for JSON the same.
std::string state_text(const DataPlace& place) {
  switch (place.state) {
    case DataPlace::State::generated:
      return "generated";
    case DataPlace::State::found:
      return "found";
    case DataPlace::State::missing:
      return "missing";
    case DataPlace::State::to_be_given:
      return "to be given";
  }
  return "";
}

std::string place_text(const DataPlace& place) {
  if (place.state == DataPlace::State::to_be_given) return "data." + place.key;
  return place.path;
}

ExitCode list_data(const Wanted& wanted) {
  Json all = Json::array();
  for (const About& about : Registry<DatasetEntry>::instance().list()) {
    const DataPlace place = default_place(Registry<DatasetEntry>::instance().at(about.name));
    if (wanted.json) {
      const DataCard* card = Registry<DataCard>::instance().find(about.name);
      Json each{{"name", about.name}, {"summary", about.summary},   {"cite", about.source},
                {"license", nullptr}, {"state", state_text(place)}, {"path", nullptr}};
      if (card != nullptr) each["license"] = card->license;
      if (!place.path.empty()) each["path"] = place.path;
      all.push_back(std::move(each));
    } else {
      const std::string where = place_text(place).empty() ? "" : "  [" + place_text(place) + "]";
      show_result("{:<18} {:<12} {}{}\n", about.name, state_text(place), about.summary, where);
    }
  }
  if (wanted.json) show_json(all);
  return ExitCode::done;
}

ExitCode show_data(const Wanted& wanted) {
  const DataReport report = report_data(choose_data(wanted.what, wanted.overrides));
  if (wanted.json) {
    show_json(to_json(report));
  } else {
    show_result("{}", to_text(report));
  }
  return ExitCode::done;
}

/// Loading reads every byte, and so finds what is damaged; a digest finds what is another file than the published one.
ExitCode check_data(const Wanted& wanted) {
  const DataReport report = report_data(choose_data(wanted.what, wanted.overrides));
  std::size_t published = 0;
  for (const ReadFile& file : report.files) {
    if (!file.as_known()) {
      throw Failure(ExitCode::data_damaged,
                    fmt::format("{}: is not the published file of {}: the SHA-256 of its content is {}, must be {}",
                                file.path, report.about.name, file.content_sha256, *file.known));
    }
    published += file.known ? 1 : 0;
  }
  if (wanted.json) {
    Json json = to_json(report);
    json["sound"] = true;
    show_json(json);
    return ExitCode::done;
  }
  const std::string digests = published == report.files.size() ? "all as published"
                              : published == 0                 ? "no published digests are known of them"
                                                               : fmt::format("{} of them as published", published);
  show_result("{}: {} files read without a mistake, {}; {} + {} samples\n", report.about.name, report.files.size(),
              report.files.empty() ? "it is generated" : digests, report.samples, report.test_samples);
  return ExitCode::done;
}

/// Seconds that loading takes now.
double load_seconds(const ChosenData& chosen) {
  const auto started = std::chrono::steady_clock::now();
  chosen.loader->load(chosen.seed);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

ExitCode prepare_data(const Wanted& wanted) {
  const ChosenData chosen = choose_data(wanted.what, wanted.overrides);
  const auto* preparable = dynamic_cast<const Preparable*>(chosen.loader.get());
  const std::vector<std::string> caches = preparable != nullptr ? preparable->prepare() : std::vector<std::string>{};
  Json json{{"name", chosen.name}, {"caches", caches}, {"load_seconds", nullptr}};
  if (caches.empty()) {
    if (!wanted.json) show_result("{}: nothing to prepare; it is read or generated fast enough\n", chosen.name);
  } else {
    json["load_seconds"] = load_seconds(chosen);
    for (const std::string& cache : wanted.json ? std::vector<std::string>{} : caches) {
      show_result("{}: {} of {}\n", chosen.name, cache,
                  short_bytes(static_cast<double>(std::filesystem::file_size(cache))));
    }
    if (!wanted.json) show_result("{}: loads in {:.3f} s now\n", chosen.name, json["load_seconds"].get<double>());
  }
  if (wanted.json) show_json(json);
  return ExitCode::done;
}

void add_json(CLI::App& verb, Wanted& wanted) { verb.add_flag("--json", wanted.json, "print JSON"); }

/// A verb behind `data` that takes a data set or an experiment.
void add_verb(CLI::App& data, Session& session, const char* name, const char* help,
              ExitCode (*act)(const Wanted& wanted)) {
  CLI::App* verb = data.add_subcommand(name, help);
  const auto wanted = std::make_shared<Wanted>();
  verb->add_option("DATA", wanted->what, "name of a data set, or YAML file of an experiment")->required();
  verb->add_option("OVERRIDES", wanted->overrides, "values to use instead: path=DIR for a name, a.b=c for a file");
  add_json(*verb, *wanted);
  verb->callback([&session, wanted, act] { session.action = [wanted, act] { return act(*wanted); }; });
}

}  // namespace

void add_data(CLI::App& app, Session& session) {
  CLI::App* data = app.add_subcommand("data", "List data sets, show what is in one, check or convert its files");
  data->require_subcommand(1);
  data->footer("Examples: fedtide data list    fedtide data info mnist path=~/mnist    fedtide data check exp.yaml");
  CLI::App* list = data->add_subcommand("list", "List the data sets and whether their files are there");
  const auto wanted = std::make_shared<Wanted>();
  add_json(*list, *wanted);
  list->callback([&session, wanted] { session.action = [wanted] { return list_data(*wanted); }; });
  add_verb(*data, session, "info", "Load a data set and show what is in it", show_data);
  add_verb(*data, session, "prepare", "Convert files that take long to read, once, into a cache", prepare_data);
  add_verb(*data, session, "check", "Load a data set and compare its files with the published ones", check_data);
}

}  // namespace fedtide
