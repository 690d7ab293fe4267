#pragma once
// What there is to say of a data set: for `fedtide data`.

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/learn/data_card.h"
#include "sim/learn/dataset.h"

namespace fedtide {

/// Where a data set looks for its files, as far as that is known without a config.
struct DataPlace {
  enum class State {
    generated,   ///< needs no files
    found,       ///< its default place is there
    missing,     ///< its default place is not
    to_be_given  ///< there is no default place
  } state = State::generated;
  std::string key;   ///< of `data:`, that names the place; empty for generated ones
  std::string path;  ///< the default place; empty where there is none
};
DataPlace default_place(const DatasetEntry& entry);

/// A data set that was chosen by name or by an experiment, ready to be loaded.
struct ChosenData {
  std::string name;
  std::unique_ptr<DataLoader> loader;
  std::uint64_t seed = 1;
};
/// `what` is the name of a data set, whose keys `overrides` may set (path=DIR), or an experiment. Errors: ConfigError;
/// Failure(usage) for a name that there is not, Failure(no_input) for a file that there is not.
ChosenData choose_data(const std::string& what, const std::vector<std::string>& overrides);

struct ReadFile {
  std::string path;
  std::uint64_t bytes = 0;
  std::string sha256;                ///< of the file
  std::string content_sha256;        ///< of what is in it, where it is packed
  std::optional<std::string> known;  ///< the digest its content must have, where one is known
  bool as_known() const { return !known || *known == content_sha256; }
};

struct DataReport {
  About about;
  std::string license;  ///< empty: not stated
  std::string provenance;
  std::vector<ReadFile> files;
  std::string shape;                        ///< "1 x 28 x 28 numbers", "80 tokens of 65"
  std::vector<std::uint64_t> class_counts;  ///< of the training set; empty without labels
  std::uint64_t samples = 0;                ///< for training
  std::uint64_t test_samples = 0;
  bool has_samples = true;                                   ///< false: sizes only
  std::vector<std::uint64_t> client_sizes;                   ///< of natural clients, ascending; empty: none
  std::vector<std::pair<std::string, std::size_t>> columns;  ///< name, number of groups
  std::uint64_t memory = 0;                                  ///< bytes that the samples take
  double seconds = 0;                                        ///< it took to load
};
/// Loads everything. Errors of the data set: Failure(no_input), Failure(data_damaged).
DataReport report_data(const ChosenData& chosen);

std::string to_text(const DataReport& report);
nlohmann::ordered_json to_json(const DataReport& report);

}  // namespace fedtide
