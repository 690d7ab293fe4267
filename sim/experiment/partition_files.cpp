#include <fcntl.h>
#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "sim/base/error.h"
#include "sim/experiment/data.h"
#include "sim/experiment/partition_report.h"
#include "sim/record/atomic_file.h"
#include "sim/record/posix_file.h"

namespace fedtide {
namespace {

/// Text for a file that is whole or absent; a piece at a time in memory.
class TextFile {
 public:
  explicit TextFile(const std::filesystem::path& path)
      : path_(path),
        file_(path),
        descriptor_(open_file(file_.temporary(), O_WRONLY | O_CREAT | O_TRUNC, ExitCode::no_output)) {}

  template <class... Values>
  void put(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
    if (text_.size() > kPiece) flush();
  }
  void finish() {
    flush();
    sync_file(descriptor_, file_.temporary());
    descriptor_ = FileDescriptor();
    file_.commit();
  }

 private:
  static constexpr std::size_t kPiece = 1 << 20;

  void flush() {
    write_all(descriptor_, path_, text_);
    text_.clear();
  }

  std::filesystem::path path_;
  AtomicFile file_;
  FileDescriptor descriptor_;
  std::string text_;
};

/// A name as a CSV's first field.
std::string plain_name(const std::vector<std::string>& names, std::uint32_t client) {
  if (names.empty()) return fmt::format("{}", client);
  const std::string& name = names[client];
  const bool plain = !name.empty() && name.find_first_of(",\"\r\n") == name.npos;
  if (plain) return name;
  throw Failure(
      ExitCode::usage,
      fmt::format("client {} is called {}: a name with commas, quotes or line ends cannot stand in "
                  "a CSV file, nor can an empty one",
                  client, nlohmann::json(name).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)));
}

nlohmann::ordered_json json_of(const Spread& spread) {
  return {{"min", spread.values[0]}, {"q10", spread.values[1]}, {"median", spread.values[2]},
          {"q90", spread.values[3]}, {"max", spread.values[4]}, {"mean", spread.mean}};
}

nlohmann::ordered_json head_of(const PartitionReport& r) {
  nlohmann::ordered_json j;
  j["name"] = r.name;
  j["dataset"] = r.dataset;
  j["provenance"] = r.provenance;
  j["scheme"] = r.scheme;
  j["seed"] = r.seed;
  j["sharing"] = r.sharing;
  j["shifts"] = r.shifts;
  j["clients"] = r.clients;
  j["unseen_clients"] = r.unseen_clients;
  j["train_samples"] = r.train_samples;
  j["held_out_samples"] = r.held_out_samples;
  j["unseen_samples"] = r.unseen_samples;
  j["test_samples"] = r.test_samples;
  j["size"] = json_of(r.size);
  j["size_gini"] = r.size_gini;
  if (r.labels) {
    j["classes"] = r.labels->classes;
    j["global_entropy"] = r.skew->global_entropy;
    j["labels_of_client"] = json_of(r.classes);
    j["entropy"] = json_of(r.entropy);
    j["emd"] = json_of(r.emd);
    j["js"] = json_of(r.jensen_shannon);
  }
  if (!r.names.empty()) j["client_names"] = r.names;
  return j;
}

}  // namespace

/// The counts are added as text: as a tree they would take thirty times their room.
std::string partition_json(const PartitionReport& r) {
  std::string text = head_of(r).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text.resize(text.size() - 2);  // "\n}"
  const auto out = std::back_inserter(text);
  fmt::format_to(out, ",\n  \"train_samples_of_client\": [{}]", fmt::join(r.sizes, ","));
  if (r.labels) {
    fmt::format_to(out, ",\n  \"label_count\": [");
    for (std::uint32_t i = 0; i < r.clients; ++i) {
      fmt::format_to(out, "{}\n    [{}]", i > 0 ? "," : "", fmt::join(r.labels->of(ClientId{i}), ","));
    }
    fmt::format_to(out, "\n  ]");
  }
  text += "\n}\n";
  return text;
}

void write_label_counts(const PartitionReport& r, const std::filesystem::path& path) {
  TextFile file(path);
  file.put("client");
  for (std::uint32_t k = 0; r.labels && k < r.labels->classes; ++k) file.put(",label_{}", k);
  file.put("{}", r.labels ? "\n" : ",samples\n");
  for (std::uint32_t i = 0; i < r.clients; ++i) {
    if (r.labels) {
      file.put("{},{}\n", plain_name(r.names, i), fmt::join(r.labels->of(ClientId{i}), ","));
    } else {
      file.put("{},{}\n", plain_name(r.names, i), r.sizes[i]);
    }
  }
  file.finish();
}

void export_partition(const ExperimentConfig& config, const std::filesystem::path& path) {
  const DataSource source = load_source(config);
  if (!source.train) {
    throw Failure(ExitCode::usage,
                  fmt::format("the data set {} has no samples whose partition could be exported", config.data.dataset));
  }
  const Shards shards = hand_out(config, source);
  TextFile file(path);
  file.put("client,index\n");
  for (std::uint32_t i = 0; i < shards.population(); ++i) {
    const std::string name = plain_name(shards.names, i);
    if (shards.size(ClientId{i}) == 0) file.put("{},\n", name);
    for (const std::uint32_t row : shards.of(ClientId{i})) file.put("{},{}\n", name, row);
  }
  file.finish();
}

}  // namespace fedtide
