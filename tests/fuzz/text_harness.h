#pragma once
// What the fuzzers of text formats do with any bytes, so that a test can do it with their corpora: only Failure may
// come out, and what is read is sound.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "datasets/formats/arff.h"
#include "datasets/formats/edges.h"
#include "datasets/formats/libsvm.h"
#include "datasets/formats/script.h"
#include "datasets/formats/text.h"
#include "datasets/tables/table.h"
#include "sim/base/error.h"

namespace fedtide {

using TextBytes = std::span<const std::uint8_t>;

/// Damage is a Failure; a bug of ours is one too, and must not pass.
template <class Run>
void expect_failure_at_most(Run run) {
  try {
    run();
  } catch (const Failure& failure) {
    if (failure.code() == ExitCode::bug) throw;
  }
}

inline void run_libsvm(TextBytes bytes) {
  expect_failure_at_most([bytes] {
    LibsvmRules rules;
    rules.whole_labels = bytes.size() % 2 == 0;
    const LibsvmFile file = read_libsvm(ContentReader::over("fuzz", bytes), rules);
    FEDTIDE_REQUIRE(file.rows.size() == file.labels.size(), "{} rows", file.rows.size());
    for (std::size_t row = 0; row < file.rows.size(); ++row) {
      FEDTIDE_REQUIRE(std::isfinite(file.labels[row]), "row {}", row);
      for (std::uint64_t e = file.rows.begin[row]; e < file.rows.begin[row + 1]; ++e) {
        FEDTIDE_REQUIRE(file.rows.columns[e] < file.features, "row {}", row);
        FEDTIDE_REQUIRE(e == file.rows.begin[row] || file.rows.columns[e - 1] < file.rows.columns[e], "row {}", row);
        FEDTIDE_REQUIRE(file.rows.values.empty() || std::isfinite(file.rows.values[e]), "row {}", row);
      }
    }
  });
}

inline void run_arff(TextBytes bytes) {
  expect_failure_at_most([bytes] {
    LineReader lines(ContentReader::over("fuzz", bytes));
    for (const ArffAttribute& attribute : read_arff_header(lines)) {
      FEDTIDE_REQUIRE(!attribute.name.empty(), "a name is empty");
      FEDTIDE_REQUIRE(attribute.values.empty() || attribute.kind == ArffAttribute::Kind::nominal, "values");
    }
    CsvReader rows(std::move(lines), arff_rows());
    while (rows.next()) FEDTIDE_REQUIRE(!rows.fields().empty(), "a row without fields");
  });
}

/// A label y, a category c, a client or a group k, and numbers, some of which may be missing.
inline TableRules fuzz_rules(std::size_t size) {
  const auto column = [](std::string name, ColumnType type) {
    ColumnRule rule;
    rule.name = std::move(name);
    rule.type = type;
    return rule;
  };
  TableRules rules;
  rules.columns = {column("y", ColumnType::label), column("c", ColumnType::category),
                   column("k", size % 2 == 0 ? ColumnType::client : ColumnType::group)};
  rules.columns[1].missing = Missing::own;
  rules.others.missing = size % 3 == 0 ? Missing::drop : Missing::mean;
  return rules;
}

inline void run_csv(TextBytes bytes) {
  expect_failure_at_most([bytes] {
    CsvReader rows(ContentReader::over("fuzz", bytes), {});
    if (!rows.next()) return;
    std::vector<std::string> names;
    for (const Field& field : rows.fields()) names.emplace_back(field.text);
    TableReader reader(fuzz_rules(bytes.size()));
    reader.read(rows, names, false);
    const Table table = reader.finish();
    for (const TableColumn& column : table.columns) {
      const bool is_number = column.rule.type == ColumnType::number;
      FEDTIDE_REQUIRE((is_number ? column.numbers.size() : column.codes.size()) == table.in_test.size(), "{}",
                      column.rule.name);
      for (const std::uint32_t code : column.codes)
        FEDTIDE_REQUIRE(code < column.values.size(), "{}", column.rule.name);
      for (const float x : column.numbers) FEDTIDE_REQUIRE(!std::isinf(x), "{}", column.rule.name);
    }
  });
}

/// Edges from a to b with a number w and a time t, among nodes 0 to 9.
inline void run_edges(TextBytes bytes) {
  expect_failure_at_most([bytes] {
    Dictionary nodes;
    for (char node = '0'; node <= '9'; ++node) nodes.add(std::string(1, node));
    const Edges edges =
        read_edges(CsvReader(ContentReader::over("fuzz", bytes), {}), {"a", "b", {"w"}, "t"}, nodes, "nodes");
    FEDTIDE_REQUIRE(edges.numbers.at(0).size() == edges.ends.size() && edges.times.size() == edges.ends.size(),
                    "columns");
    for (std::size_t e = 0; e < edges.ends.size(); ++e) {
      FEDTIDE_REQUIRE(edges.ends[e].first < 10 && edges.ends[e].second < 10, "edge {}", e);
      FEDTIDE_REQUIRE(std::isfinite(edges.numbers[0][e]) && std::isfinite(edges.times[e]), "edge {}", e);
    }
    for (const auto& [from, to] : undirected(edges)) FEDTIDE_REQUIRE(from != to, "node {}", from);
  });
}

/// Plain text, and a play.
inline void run_text(TextBytes bytes) {
  expect_failure_at_most([bytes] {
    ContentReader content = ContentReader::over("fuzz", bytes);
    FEDTIDE_REQUIRE(!read_text(content).empty(), "nothing was read");
  });
  expect_failure_at_most([bytes] {
    const Script script = read_script(ContentReader::over("fuzz", bytes));
    FEDTIDE_REQUIRE(script.speakers.size() == script.texts.size() && !script.texts.empty(), "speakers");
    for (const std::string& text : script.texts) FEDTIDE_REQUIRE(!text.empty() && text.back() == '\n', "a speech");
  });
}

}  // namespace fedtide
