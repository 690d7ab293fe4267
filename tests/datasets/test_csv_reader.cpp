#include "sim/files/csv.h"
#include "tests/catch.h"
#include "tests/datasets/tables.h"

namespace fedtide {
namespace {

using Row = std::vector<std::string>;

std::vector<Row> rows_of(std::string_view text, CsvDialect dialect = {}) {
  const ByteString file = bytes_of(text);
  CsvReader reader(ContentReader::over("T", file), dialect);
  std::vector<Row> rows;
  while (reader.next()) {
    Row& row = rows.emplace_back();
    for (const Field& field : reader.fields()) row.emplace_back(field.text);
  }
  return rows;
}
Said damaged(const std::string& what) { return {ExitCode::data_damaged, "T: " + what}; }
Said said(std::string_view text, CsvDialect dialect = {}) {
  return said_by([&] { rows_of(text, dialect); });
}
CsvDialect with_separator(char separator) {
  CsvDialect dialect;
  dialect.separator = separator;
  return dialect;
}

TEST_CASE("fields stand between separators, without blanks around them") {
  CHECK(rows_of("a,b\n1, 2 \n,\n") == std::vector<Row>{{"a", "b"}, {"1", "2"}, {"", ""}});
  CHECK(rows_of("a;b\r\n1,5;2\r\n", with_separator(';')) == std::vector<Row>{{"a", "b"}, {"1,5", "2"}});
  CHECK(rows_of("a\tb c\t\n", with_separator('\t')) == std::vector<Row>{{"a", "b c", ""}});
  CHECK(rows_of("a,b\n1,2") == std::vector<Row>{{"a", "b"}, {"1", "2"}});
  CHECK(rows_of("").empty());
  CHECK(rows_of("a\n\n \n") == std::vector<Row>{{"a"}});
}

TEST_CASE("a field in quotes holds separators, blanks and doubled quotes") {
  CHECK(rows_of("\"a,b\", \" c \" ,\"say \"\"hi\"\"\",\"\"\n") == std::vector<Row>{{"a,b", " c ", "say \"hi\"", ""}});
}

TEST_CASE("a field knows the column at which it begins") {
  const ByteString file = bytes_of("ab, cd,\"e\",\n");
  CsvReader reader(ContentReader::over("T", file), {});
  REQUIRE(reader.next());
  std::vector<std::size_t> columns;
  for (const Field& field : reader.fields()) columns.push_back(field.column);
  CHECK(columns == std::vector<std::size_t>{1, 5, 8, 12});
  CHECK(reader.fields()[2].quoted);
  CHECK_FALSE(reader.fields()[1].quoted);
}

TEST_CASE("damage to quotes and rows is named with line and column") {
  CHECK(said("a\n1,\"b\n") == damaged("line 2, column 3: the quoted text \"\"b\" does not end in its line; must end "
                                      "with \""));
  CHECK(said("\"a\"b,c\n") ==
        damaged("line 1, column 4: found \"b,c\" after a quoted field, must be \",\" or the end of the line"));
  CHECK(said("a,5\" pipe\n") == damaged("line 1, column 4: found \"\" pipe\" within a field; quotes must enclose all "
                                        "of it"));
  CHECK(said("a\n\n\nb\n") == damaged("line 2: empty, but rows follow; must be a row, or the end of the file"));
}

TEST_CASE("a dialect may have comments, empty lines, two quotes and backslashes") {
  const CsvDialect arff{',', "'\"", true, '%', true};
  CHECK(rows_of("% no\n\n'it\\'s',\"b\"\n  % no\nc\n", arff) == std::vector<Row>{{"it's", "b"}, {"c"}});
  CHECK(rows_of("%a\n") == std::vector<Row>{{"%a"}});
  CHECK(said("'a\\'\n", arff) ==
        damaged("line 1, column 1: the quoted text \"'a\\'\" does not end in its line; must end with '"));
}

/// Rows, and fields of each; 0 where the rows differ.
std::pair<std::size_t, std::size_t> extent(const std::string& path) {
  CsvReader reader(ContentReader::open(path), {});
  std::size_t rows = 0, fields = 0;
  for (; reader.next(); ++rows) {
    if (rows == 0) fields = reader.fields().size();
    if (reader.fields().size() != fields) return {reader.lines().number(), 0};
  }
  return {rows, fields};
}

TEST_CASE("the CSV files of ../shared/data are read whole, with the rows and fields of their README") {
  using Extent = std::pair<std::size_t, std::size_t>;
  const auto traffic = shared_data("diurnal-traffic"), writers = shared_data("femnist-client-sizes");
  const auto accounts = shared_data("amlsim"), devices = shared_data("device-bodt");
  if (!traffic || !writers || !accounts || !devices) return;
  CHECK(extent(*traffic + "/traffic.csv.gz") == Extent{145, 114});
  CHECK(extent(*writers + "/emnist_train_num_examples.csv.gz") == Extent{3401, 3});
  CHECK(extent(*writers + "/emnist_test_num_examples.csv.gz") == Extent{3401, 3});
  CHECK(extent(*accounts + "/20K_fanin200cycle200/nodes.csv.gz") == Extent{20'001, 4});
  CHECK(extent(*accounts + "/20K_fanin200cycle200/transactions.csv.gz") == Extent{120'559, 4});
  int files = 0;
  for (const std::string& folder : {*accounts, *devices}) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
      if (file.path().extension() != ".csv") continue;
      INFO(file.path());
      CHECK(extent(file.path().string()).second > 1);
      ++files;
    }
  }
  CHECK(files > 30);
}

}  // namespace
}  // namespace fedtide
