// libFuzzer: any bytes as a CSV table with a label, a category and numbers, plain or packed. Only Failure may come out,
// in bounded memory, and what is read is sound.
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -I. -isystem /usr/include/eigen3 -DFMT_HEADER_ONLY
//     -o fuzz_csv tests/fuzz/fuzz_csv.cpp datasets/formats/{csv,lines,number,dictionary,gzip}.cpp
//     datasets/tables/table.cpp sim/base/{error,text,quantity,units,opened_files}.cpp sim/config/tree.cpp -lz
//   ./fuzz_csv tests/fuzz/corpus/csv

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "datasets/tables/table.h"
#include "tests/fuzz/text_harness.h"

namespace fedtide {
namespace {

TableRules rules_for(std::size_t size) {
  TableRules rules;
  rules.columns.resize(3);
  rules.columns[0].name = "y";
  rules.columns[0].type = ColumnType::label;
  rules.columns[1].name = "c";
  rules.columns[1].type = ColumnType::category;
  rules.columns[1].missing = Missing::own;
  rules.columns[2].name = "k";
  rules.columns[2].type = size % 2 == 0 ? ColumnType::client : ColumnType::group;
  rules.others.missing = size % 3 == 0 ? Missing::drop : Missing::mean;
  return rules;
}

void read(std::span<const std::uint8_t> bytes) {
  CsvReader rows(ContentReader::over("fuzz", bytes), {});
  if (!rows.next()) return;
  std::vector<std::string> names;
  for (const Field& field : rows.fields()) names.emplace_back(field.text);
  TableReader reader(rules_for(bytes.size()));
  reader.read(rows, names, false);
  const Table table = reader.finish();
  for (const TableColumn& column : table.columns) {
    const bool is_number = column.rule.type == ColumnType::number;
    FEDTIDE_REQUIRE((is_number ? column.numbers.size() : column.codes.size()) == table.in_test.size(), "{}",
                    column.rule.name);
    for (const std::uint32_t code : column.codes) FEDTIDE_REQUIRE(code < column.values.size(), "{}", column.rule.name);
    for (const float x : column.numbers) FEDTIDE_REQUIRE(!std::isinf(x), "{}", column.rule.name);
  }
}

}  // namespace
}  // namespace fedtide

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fedtide::expect_failure_at_most([&] { fedtide::read({data, size}); });
  return 0;
}
