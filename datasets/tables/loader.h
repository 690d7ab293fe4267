#pragma once
// What the tabular data sets share: the loader, files with a header, and the keys that they all have.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/tables/table.h"
#include "sim/config/section.h"
#include "sim/learn/dataset.h"

namespace fedtide {

/// Loads a table, once, when it is first asked for: a config is checked against it.
class TableLoader final : public DataLoader {
 public:
  /// `read` is empty where the config has a mistake, or is only described.
  TableLoader(std::function<Table()> read, bool has_clients) : read_(std::move(read)), has_clients_(has_clients) {}

  std::optional<InputShape> shape() const override;
  bool has_clients() const override { return has_clients_; }
  std::optional<std::uint32_t> clients() const override;
  DataSource load(std::uint64_t seed) const override;

 private:
  const Table& table() const;

  std::function<Table()> read_;
  bool has_clients_;
  mutable std::optional<Table> table_;
};

/// A file of a table.
struct TableFile {
  std::string path;
  bool test = false;
  std::optional<std::string> client;  ///< who holds all of its rows
};

/// How the files of a table are written.
struct TableFormat {
  char separator = ',';
  bool header = true;              ///< the first row has the names
  std::vector<std::string> names;  ///< without a header; empty: the columns are called 1, 2, ...
};

/// Reads them all, training files first.
Table read_csv_table(const std::vector<TableFile>& files, const TableFormat& format, TableRules rules);

/// The same for ARFF files, whose header says what the rules do not: nominal attributes are categories, text is
/// ignored, and without a label or a target the last attribute is it.
Table read_arff_table(const std::vector<TableFile>& files, TableRules rules);

/// A path of the config: relative to its folder.
std::string resolved(const Section& section, const std::string& path);
/// The required key `path`, resolved; empty where it is missing, or the config is only described.
std::string read_path(Section& section, const std::string& help);
/// The key `test_fraction`.
double read_test_fraction(Section& section, double fallback);
/// The key `standardize`.
Standardize read_standardize(Section& section, const std::string& fallback);

/// path/name or path/name.gz. Throws Failure(no_input) where neither is there.
std::string file_in(const std::string& folder, const std::string& name);

}  // namespace fedtide
