#include "sim/cli/data_report.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/base/opened_files.h"
#include "sim/base/text.h"
#include "sim/cli/sha256.h"
#include "sim/cli/terminal.h"
#include "sim/config/overrides.h"
#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/experiment/load.h"

namespace fedtide {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostClassesShown = 20;

bool names_a_place(const std::string& key) { return key == "path" || key.ends_with("_path"); }

ChosenData choose_by_name(const std::string& name, std::vector<std::string> overrides) {
  for (std::string& word : overrides) {
    if (word.starts_with("data.")) word = word.substr(5);
  }
  Problems problems;
  Node root = load_yaml_text("dataset: " + name + "\n", name);
  apply_overrides(root, overrides, problems);
  ChosenData chosen;
  read_config(root, problems, [&](Section& section) {
    section.choose_from<DatasetEntry>("dataset", std::nullopt, "data set", [&](const DatasetEntry& entry) {
      chosen.name = entry.about.name;
      chosen.loader = entry.read(section);
    });
  });
  return chosen;
}

bool may_be_a_file(const std::string& what) {
  std::error_code ignored;
  return what.ends_with(".yaml") || what.ends_with(".yml") || what.find('/') != std::string::npos ||
         fs::exists(what, ignored);
}

std::vector<std::string> dataset_names() {
  std::vector<std::string> names;
  for (const About& about : Registry<DatasetEntry>::instance().list()) names.push_back(about.name);
  return names;
}

std::string shape_text(const InputShape& shape) {
  const auto times = [&] { return fmt::format("{}", fmt::join(shape.dims, " x ")); };
  switch (shape.kind) {
    case InputShape::Kind::dense:
      return times() + " numbers";
    case InputShape::Kind::sequence:
      return fmt::format("{} tokens of {}", times(), shape.vocabulary);
    case InputShape::Kind::sparse:
      return shape.dims.size() == 1
                 ? fmt::format("sparse rows of {} columns", shape.features())
                 : fmt::format("sparse rows of {} columns in {} fields", shape.features(), shape.dims.size());
    case InputShape::Kind::graph:
      return fmt::format("nodes of a graph with {} numbers each", times());
  }
  return "";
}

std::vector<std::uint64_t> count_classes(const Dataset& dataset) {
  std::vector<std::uint64_t> counts(static_cast<std::size_t>(dataset.shape().classes));
  for (const std::int32_t label : dataset.labels()) {
    if (label >= 0) ++counts.at(static_cast<std::size_t>(label));
  }
  return dataset.labels().empty() ? std::vector<std::uint64_t>{} : counts;
}

std::vector<ReadFile> read_files(const std::vector<std::string>& paths, const DataCard* card) {
  std::vector<ReadFile> files;
  for (const std::string& path : paths) {
    const FileDigest digest = digest_file(path);
    ReadFile file{path, digest.bytes, digest.sha256, digest.content, std::nullopt};
    const fs::path name = fs::path(path).filename();
    const std::string plain = name.extension() == ".gz" ? name.stem().string() : name.string();
    for (const KnownFile& known : card != nullptr ? card->known : std::vector<KnownFile>{}) {
      if (known.name == plain) file.known = known.sha256;
    }
    files.push_back(std::move(file));
  }
  return files;
}

void describe_source(const DataSource& source, DataReport& r) {
  r.provenance = source.provenance;
  r.has_samples = source.train != nullptr;
  if (!source.train) {
    r.client_sizes.assign(source.sizes_only.begin(), source.sizes_only.end());
    for (const std::uint64_t size : r.client_sizes) r.samples += size;
  } else {
    r.samples = source.train->size();
    r.memory = source.train->memory().count;
    r.shape = shape_text(source.train->shape());
    r.class_counts = count_classes(*source.train);
  }
  if (source.test) {
    r.test_samples = source.test->size();
    r.memory += source.test->memory().count;
  }
  if (source.natural_clients) {
    const Shards& shards = *source.natural_clients;
    for (std::uint32_t i = 0; i < shards.population(); ++i) r.client_sizes.push_back(shards.size(ClientId{i}));
  }
  std::sort(r.client_sizes.begin(), r.client_sizes.end());
  for (const Column& column : source.columns) r.columns.emplace_back(column.name, column.groups.size());
}

std::string classes_text(const std::vector<std::uint64_t>& counts) {
  if (counts.empty()) return "none: the samples have no labels";
  if (counts.size() <= kMostClassesShown) return fmt::format("{}: {}", counts.size(), fmt::join(counts, " "));
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  return fmt::format("{} of {} to {} samples", counts.size(), *least, *most);
}

std::string clients_text(const std::vector<std::uint64_t>& sizes) {
  if (sizes.empty()) return "none of its own";
  return fmt::format("{} of {} to {} samples, median {}", sizes.size(), sizes.front(), sizes.back(),
                     sizes[sizes.size() / 2]);
}

}  // namespace

DataPlace default_place(const DatasetEntry& entry) {
  Problems problems;
  const Node root = load_yaml_text("{}", "");
  Resolved resolved = Resolved::of_mapping();
  YamlSection section(root, root.place, "", "", problems, resolved);
  entry.read(section);
  DataPlace place;
  for (const Resolved::Entry& each : resolved.entries) {
    if (!names_a_place(each.key) || each.value.kind != Resolved::Kind::text || each.value.text.empty()) continue;
    std::error_code ignored;
    const bool found = fs::exists(each.value.text, ignored);
    return {found ? DataPlace::State::found : DataPlace::State::missing, each.key, each.value.text};
  }
  for (const Problem& problem : problems.all()) {
    if (names_a_place(problem.path)) return {DataPlace::State::to_be_given, problem.path, ""};
  }
  return place;
}

ChosenData choose_data(const std::string& what, const std::vector<std::string>& overrides) {
  const auto names = dataset_names();
  if (std::find(names.begin(), names.end(), what) != names.end()) return choose_by_name(what, overrides);
  if (!may_be_a_file(what)) {
    throw Failure(ExitCode::usage,
                  fmt::format("data: there is no data set and no file \"{}\"{}", what, suggestion(what, names)));
  }
  LoadedExperiment loaded = load_experiment(what, overrides);
  return {loaded.config.data.dataset, std::move(loaded.config.data.loader), loaded.config.seed};
}

DataReport report_data(const ChosenData& chosen) {
  DataReport r;
  r.about = Registry<DatasetEntry>::instance().at(chosen.name).about;
  const DataCard* card = Registry<DataCard>::instance().find(chosen.name);
  if (card != nullptr) r.license = card->license;
  OpenedFiles opened;
  const auto started = std::chrono::steady_clock::now();
  const DataSource source = chosen.loader->load(chosen.seed);
  r.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  r.files = read_files(opened.paths(), card);
  describe_source(source, r);
  return r;
}

std::string to_text(const DataReport& r) {
  std::string text;
  const auto line = [&](const char* name, const std::string& value) { text += fmt::format("{:<16}{}\n", name, value); };
  line("data set", r.about.name + ": " + r.about.summary);
  if (!r.about.source.empty()) line("cite", r.about.source);
  line("license", !r.license.empty() ? r.license : r.files.empty() ? "none needed: it is generated" : "not known here");
  line("from", r.provenance);
  for (const ReadFile& file : r.files) {
    line("file", fmt::format("{}, {} bytes{}", file.path, file.bytes,
                             !file.known       ? ""
                             : file.as_known() ? ", as published"
                                               : ", NOT as published"));
    line("", "sha256 " + file.sha256);
    if (file.content_sha256 != file.sha256) line("", "unpacked " + file.content_sha256);
  }
  line("samples", r.test_samples == 0 ? fmt::format("{} for training", r.samples)
                                      : fmt::format("{} for training, {} for testing", r.samples, r.test_samples));
  if (r.has_samples) {
    line("shape", r.shape);
    line("classes", classes_text(r.class_counts));
  }
  line("clients", clients_text(r.client_sizes));
  for (const auto& [name, groups] : r.columns) line("column", fmt::format("{} of {} groups", name, groups));
  line("memory", short_bytes(static_cast<double>(r.memory)));
  line("loaded in", fmt::format("{:.3f} s", r.seconds));
  return text;
}

nlohmann::ordered_json to_json(const DataReport& r) {
  nlohmann::ordered_json json{{"name", r.about.name},       {"summary", r.about.summary},
                              {"cite", r.about.source},     {"license", nullptr},
                              {"provenance", r.provenance}, {"files", nlohmann::ordered_json::array()},
                              {"samples", r.samples},       {"test_samples", r.test_samples},
                              {"shape", nullptr},           {"class_counts", r.class_counts},
                              {"clients", nullptr},         {"columns", nlohmann::ordered_json::object()},
                              {"memory_bytes", r.memory},   {"load_seconds", r.seconds}};
  if (!r.license.empty()) json["license"] = r.license;
  if (r.has_samples) json["shape"] = r.shape;
  for (const ReadFile& file : r.files) {
    nlohmann::ordered_json each{{"path", file.path},
                                {"bytes", file.bytes},
                                {"sha256", file.sha256},
                                {"content_sha256", file.content_sha256},
                                {"as_published", nullptr}};
    if (file.known) each["as_published"] = file.as_known();
    json["files"].push_back(std::move(each));
  }
  if (!r.client_sizes.empty()) {
    json["clients"] = {{"count", r.client_sizes.size()},
                       {"smallest", r.client_sizes.front()},
                       {"median", r.client_sizes[r.client_sizes.size() / 2]},
                       {"largest", r.client_sizes.back()}};
  }
  for (const auto& [name, groups] : r.columns) json["columns"][name] = groups;
  return json;
}

}  // namespace fedtide
