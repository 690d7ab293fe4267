#include "datasets/formats/arff.h"

#include "tests/catch.h"
#include "tests/datasets/tables.h"

namespace fedtide {
namespace {

using Kind = ArffAttribute::Kind;
using Values = std::vector<std::string>;

std::vector<ArffAttribute> header(std::string_view text) {
  const ByteString file = bytes_of(text);
  LineReader lines(ContentReader::over("A", file));
  return read_arff_header(lines);
}
Said said(std::string_view text) {
  return said_by([&] { header(text); });
}
Said damaged(const std::string& what) { return {ExitCode::data_damaged, "A: " + what}; }

TEST_CASE("an ARFF header has names and types, in any case and any quotes") {
  const auto a = header(
      "% comment\n\n@RELATION 'my set'\n@Attribute age NUMERIC\n@attribute \"body weight\" real\n"
      "@attribute 'it\\'s' {yes, no,'do not know'}\n@attribute\tn integer\r\n@attribute s STRING\n"
      "@attribute d date \"yyyy-MM-dd\"\n@attribute blank \n@attribute open {}\n@attribute tight{a,b}\n@DATA\n");
  REQUIRE(a.size() == 9);
  CHECK(a[0].name == "age");
  CHECK(a[1].name == "body weight");
  CHECK(a[2].name == "it's");
  CHECK(a[2].values == Values{"yes", "no", "do not know"});
  CHECK(a[8].values == Values{"a", "b"});
  std::vector<Kind> kinds;
  for (const ArffAttribute& each : a) kinds.push_back(each.kind);
  CHECK(kinds == std::vector<Kind>{Kind::number, Kind::number, Kind::nominal, Kind::number, Kind::text, Kind::text,
                                   Kind::nominal, Kind::nominal, Kind::nominal});
  CHECK(a[6].values.empty());
  CHECK(a[7].values.empty());
}

TEST_CASE("every mistake of an ARFF header has its message") {
  CHECK(said("@relation r\n@attribute a numeric\n") == damaged("line 2: the file ends without @data"));
  CHECK(said("@data\n") == damaged("line 1, column 1: @data without an @attribute before it"));
  CHECK(said("1,2\n") ==
        damaged("line 1, column 1: found \"1,2\", must be @relation, @attribute, @data or a % comment"));
  CHECK(said("@attribute\n") == damaged("line 1, column 11: must go on with the attribute's name"));
  CHECK(said("@attribute '' numeric\n") == damaged("line 1, column 15: the attribute's name is empty"));
  CHECK(said("@attribute 'a numeric\n") ==
        damaged("line 1, column 12: the quoted text \"'a numeric\" does not end in its line; must end with '"));
  CHECK(said("@attribute a relational\n") == damaged("line 1, column 14: type \"relational\", must be numeric, real, "
                                                     "integer, string, date or a list {a, b}"));
  CHECK(said("@attribute a {x,y\n") ==
        damaged("line 1, column 18: the list of values does not end in its line; must end with }"));
  CHECK(said("@attribute a {x,,y}\n") == damaged("line 1, column 17: a value is missing before the comma"));
  CHECK(said("@attribute a {x,x}\n") == damaged("line 1, column 18: the value \"x\" stands in the list twice"));
  CHECK(said("@attribute a {x y}\n") == damaged("line 1, column 17: found \"y}\", must be a comma or }"));
  CHECK(said("@attribute a {x,y} z\n") == damaged("line 1, column 20: found \"z\" after the list"));
}

TEST_CASE("the data set arff takes types and values from the header") {
  const TemporaryFolder folder;
  const std::string file = folder.write(
      "t.arff", bytes_of("@relation r\n@attribute color {red,green,blue}\n@attribute size numeric\n@attribute note "
                         "string\n@attribute class {no,yes}\n@data\n% rows\nblue,1,'a, b',yes\n\nred,2,?,no\n"));
  const DataSource source = source_of("dataset: arff\npath: " + file);
  CHECK(source.train->shape().dims == std::vector<Index>{4});
  CHECK(samples(*source.train) == std::vector<std::vector<double>>{{0, 0, 1, 1, 1}, {1, 0, 0, 2, 0}});
  const DataSource other = source_of("dataset: arff\npath: " + file +
                                     "\ncolumns:\n  - {name: color, type: client}\n  - {name: size, type: target}\n"
                                     "  - {name: class, type: category}");
  CHECK(other.client_names == Values{"blue", "red"});
  CHECK(samples(*other.train) == std::vector<std::vector<double>>{{0, 1, -1, 1}, {1, 0, -1, 2}});
  CHECK(said_by([&] { source_of("dataset: arff\npath: " + file + "\ncolumns: [{name: colour, type: client}]"); }) ==
        Said{ExitCode::usage, file + ": has no column \"colour\"; did you mean \"color\"?"});
}

TEST_CASE("rows of an ARFF file are held against its header") {
  const TemporaryFolder folder;
  const std::string head = "@relation r\n@attribute c {a,b}\n@attribute n numeric\n@attribute y {0,1}\n@data\n";
  const auto message = [&](const std::string& rows, const std::string& keys = "") {
    const std::string file = folder.write("t.arff", bytes_of(head + rows));
    std::string text = said_by([&] { source_of("dataset: arff\npath: " + file + keys); }).message;
    return text.starts_with(file) ? text.substr(file.size()) : text;
  };
  CHECK(message("a,1,0\nc,1,1\n") == ": line 7, column 1: c: found \"c\", must be one of the column's values: a, b");
  CHECK(message("a,x,0\n") == ": line 6, column 3: n: found \"x\", must be a number");
  CHECK(message("a,1,2\n") == ": line 6, column 5: y: found \"2\", must be one of the column's values: 0, 1");
  CHECK(message("a,1\n") == ": line 6, column 3: the row ends with field 2, must have 3: c, n, y");
  CHECK(message("{0 a, 1 2}\n") == ": line 6, column 7: the row ends with field 2, must have 3: c, n, y");
  CHECK(message("a,?,0\n") ==
        ": line 6, column 3: n: missing; must be a number, or the column needs missing: mean, "
        "constant, flag or drop");
  CHECK(message("a,?,0\nb,1,1\n", "\nmissing: drop").empty());
  CHECK(message("?,?,0\nb,1,1\n", "\nmissing: mean").empty());
  CHECK(message("") == ": no rows to train on");
}

}  // namespace
}  // namespace fedtide
