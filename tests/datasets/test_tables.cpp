#include <cmath>

#include "tests/catch.h"
#include "tests/datasets/tables.h"

namespace fedtide {
namespace {

using Rows = std::vector<std::vector<double>>;
using Names = std::vector<std::string>;
using Groups = std::vector<std::vector<std::uint32_t>>;

/// A table as a file, and the data set that the YAML's further keys make of it.
struct Written {
  TemporaryFolder folder;
  std::string file;
  explicit Written(std::string_view text) : file(folder.write("t.csv", bytes_of(text))) {}

  DataSource source(const std::string& keys, std::uint64_t seed = 1) const {
    return source_of("dataset: csv\npath: " + file + "\n" + keys, seed);
  }
  /// What went wrong, without the file's name.
  std::string said(const std::string& keys) const {
    const std::string text = said_by([&] { source(keys); }).message;
    return text.starts_with(file) ? text.substr(file.size()) : text;
  }
};

const std::string kLabel = "columns: [{name: y, type: label}]\n";

TEST_CASE("columns are numbers unless the config says what else they are") {
  const Written t("a,y,b\n1,no,0.5\n-2,yes,3\n");
  const DataSource source = t.source(kLabel);
  CHECK(source.train->shape().kind == InputShape::Kind::dense);
  CHECK(source.train->shape().dims == std::vector<Index>{2});
  CHECK(source.train->shape().classes == 2);
  CHECK(samples(*source.train) == Rows{{1, 0.5, 0}, {-2, 3, 1}});
  CHECK_FALSE(source.test);
  CHECK_FALSE(source.natural_clients);
  // CRC-32 by another program: zlib.crc32 of Python over the file's bytes.
  CHECK(source.provenance == t.file + " (crc32 6fe63dfb): 2 rows for training and 0 for testing");
}

TEST_CASE("ten lines make a federation of a CSV with a client column") {
  const Written t("site,age,y\nwest,30,1\neast,40,0\nwest,50,0\n");
  const DataSource source = t.source("columns:\n  - {name: site, type: client}\n  - {name: y, type: label}\n");
  CHECK(source.client_names == Names{"west", "east"});  // in the order of their first rows
  CHECK(rows_of(source.natural_clients) == Groups{{0, 2}, {1}});
  CHECK(samples(*source.train) == Rows{{30, 1}, {40, 0}, {50, 0}});
  REQUIRE(source.columns.size() == 1);
  CHECK(source.columns[0].name == "client");
  CHECK(source.columns[0].groups == Names{"west", "east"});
  CHECK(source.columns[0].codes == std::vector<std::uint32_t>{0, 1, 0});
}

TEST_CASE("a config knows its clients and features before anything is loaded") {
  const Written t("site,age,y\nwest,30,1\neast,40,0\nwest,50,0\n");
  const auto loader = loader_of("dataset: csv\npath: " + t.file +
                                "\ncolumns:\n  - {name: site, type: client}\n  - {name: y, type: label}\n");
  CHECK(loader->has_clients());
  CHECK(loader->clients() == 2u);
  CHECK(loader->shape()->dims == std::vector<Index>{1});
  CHECK(loader->load(1).train->size() == 3);
  CHECK(loader->load(1).train->size() == 3);  // again, from the file
}

TEST_CASE("a category becomes a feature for each of its values, in ascending order") {
  const Written t("c,y\nred,0\nblue,1\nred,1\n");
  const std::string color = "columns:\n  - {name: y, type: label}\n  - {name: c, type: category";
  CHECK(samples(*t.source(color + "}\n").train) == Rows{{0, 1, 0}, {1, 0, 1}, {0, 1, 1}});
  CHECK(samples(*t.source(color + ", drop_first: true}\n").train) == Rows{{1, 0}, {0, 1}, {1, 1}});
  CHECK(samples(*t.source(color + ", values: 'red, green, blue'}\n").train) ==
        Rows{{1, 0, 0, 0}, {0, 0, 1, 1}, {1, 0, 0, 1}});
  const DataSource grouped = t.source(color + ", group: true}\n");
  REQUIRE(grouped.columns.size() == 1);
  CHECK(grouped.columns[0].name == "c");
  CHECK(grouped.columns[0].groups == Names{"blue", "red"});
  CHECK(grouped.columns[0].codes == std::vector<std::uint32_t>{1, 0, 1});
}

TEST_CASE("values that are all numbers are in the order of numbers, and 1.0 is 1") {
  const Written t("c,y\n10,a\n9.0,b\n9,a\n1.5,a\n");
  const DataSource source = t.source("columns: [{name: y, type: label}, {name: c, type: category, group: true}]\n");
  CHECK(source.columns[0].groups == Names{"1.5", "9", "10"});
  CHECK(source.columns[0].codes == std::vector<std::uint32_t>{2, 1, 1, 0});
}

TEST_CASE("a group puts rows in groups and is no feature; ignored columns are not read") {
  const Written t("g,x,z,y\nb,1,junk,0\na,2,\"more, junk\",1\nb,3,,1\n");
  const DataSource source =
      t.source("columns: [{name: y, type: label}, {name: g, type: group}, {name: z, type: ignore}]\n");
  CHECK(samples(*source.train) == Rows{{1, 0}, {2, 1}, {3, 1}});
  CHECK(source.columns[0].groups == Names{"a", "b"});
  CHECK(source.columns[0].codes == std::vector<std::uint32_t>{1, 0, 1});
}

TEST_CASE("targets are numbers to predict") {
  const Written t("x,y,z\n1,0.5,3\n2,-1,4\n");
  const DataSource source = t.source("columns: [{name: y, type: target}, {name: z, type: target}]\n");
  CHECK(source.train->shape().targets == 2);
  CHECK(source.train->shape().classes == 0);
  Batch<double> batch;
  source.train->gather(std::vector<std::uint32_t>{1, 0}, batch);
  CHECK(batch.targets.col(0) == Eigen::Vector2d(-1, 4));
  CHECK(batch.targets.col(1) == Eigen::Vector2d(0.5, 3));
}

TEST_CASE("a label may be whether a number is above another") {
  const Written t("x,num\n1,0\n2,3\n3,1\n");
  CHECK(labels_of(*t.source("columns: [{name: num, type: label, above: 0}]\n").train) ==
        std::vector<std::int32_t>{0, 1, 1});
  CHECK(labels_of(*t.source("columns: [{name: num, type: label, above: 2}]\n").train) ==
        std::vector<std::int32_t>{0, 1, 0});
}

TEST_CASE("a missing value is refused, filled, flagged or drops its row") {
  const Written t("a,y\n1,0\n?,1\n,1\n4,0\n");
  const auto a = [](const std::string& missing) {
    return "columns:\n  - {name: y, type: label}\n  - {name: a, missing: " + missing + "}\n";
  };
  CHECK(t.said(kLabel) ==
        ": line 3, column 1: a: missing; must be a number, or the column needs missing: mean, "
        "constant, flag or drop");
  CHECK(samples(*t.source(a("mean")).train) == Rows{{1, 0}, {2.5, 1}, {2.5, 1}, {4, 0}});
  CHECK(samples(*t.source(a("constant, constant: -1")).train) == Rows{{1, 0}, {-1, 1}, {-1, 1}, {4, 0}});
  CHECK(samples(*t.source(a("flag")).train) == Rows{{1, 0, 0}, {2.5, 1, 1}, {2.5, 1, 1}, {4, 0, 0}});
  const Written dropped("a,y\n1,0\n?,1\n4,1\n");
  CHECK(samples(*dropped.source(a("drop")).train) == Rows{{1, 0}, {4, 1}});
  CHECK(samples(*t.source("missing: mean\n" + kLabel).train) == Rows{{1, 0}, {2.5, 1}, {2.5, 1}, {4, 0}});
}

TEST_CASE("a missing category is refused or a value of its own, and quotes make it a value") {
  const Written t("c,y\na,0\n?,1\n");
  const std::string c = "columns:\n  - {name: y, type: label}\n  - {name: c, type: category";
  CHECK(t.said(c + "}\n") == ": line 3, column 1: c: missing; must be there, or the column needs missing: own or drop");
  CHECK(samples(*t.source(c + ", missing: own}\n").train) == Rows{{0, 1, 0}, {1, 0, 1}});
  const Written quoted("c,y\na,0\n\"?\",1\n");
  CHECK(samples(*quoted.source(c + "}\n").train) == Rows{{0, 1, 0}, {1, 0, 1}});
  const Written na("c,y\n1,0\nNA,1\n-,1\n");
  CHECK(samples(*na.source("missing: mean\nmissing_marks: 'NA, -'\n" + kLabel).train) == Rows{{1, 0}, {1, 1}, {1, 1}});
  const Written no_label("x,y\n1,0\n1,\n");
  CHECK(no_label.said(kLabel) == ": line 3, column 3: y: missing; must be there, or the column needs missing: drop");
  const Written no_client("x,y\n1,0\n,1\n");
  CHECK(no_client.said("columns: [{name: y, type: label}, {name: x, type: client}]\n") ==
        ": line 3, column 1: x: missing; must be there, or the column needs missing: drop");
}

TEST_CASE("features are standardized by the training rows alone") {
  // Training: 1, 3 with mean 2 and deviation sqrt 2 (n - 1); the test row 5 is (5 - 2) / sqrt 2.
  const Written t("a,c,y\n1,7,0\n3,7,1\n");
  const std::string test = t.folder.write("test.csv", bytes_of("y,c,a\n1,7,5\n"));
  const DataSource source = t.source("standardize: pooled\ntest_path: " + test + "\n" + kLabel);
  const double one = 1 / std::sqrt(2.0);
  CHECK(sample(*source.train, 0)[0] == Approx(-one).epsilon(1e-6));
  CHECK(sample(*source.train, 1)[0] == Approx(one).epsilon(1e-6));
  CHECK(sample(*source.test, 0)[0] == Approx(3 * one).epsilon(1e-6));
  CHECK(sample(*source.train, 1)[1] == 0);  // does not vary
  CHECK(sample(*source.test, 0)[1] == 0);
  CHECK(labels_of(*source.test) == std::vector<std::int32_t>{1});
}

TEST_CASE("a client's features may be standardized by its own training rows") {
  const Written t("k,a,y\np,1,0\nq,100,1\np,3,1\nq,300,0\n");
  const std::string test = t.folder.write("test.csv", bytes_of("k,a,y\nq,200,0\nnew,101,1\n"));
  const DataSource source = t.source("standardize: client\ntest_path: " + test +
                                     "\ncolumns: [{name: k, type: client}, {name: y, type: label}]\n");
  const double one = 1 / std::sqrt(2.0);
  CHECK(sample(*source.train, 1)[0] == Approx(-one).epsilon(1e-6));
  CHECK(sample(*source.train, 2)[0] == Approx(one).epsilon(1e-6));
  CHECK(sample(*source.test, 0)[0] == Approx(0).margin(1e-6));
  // Of a client that does not train: mean 101 of all, 0 deviations away.
  CHECK(sample(*source.test, 1)[0] == Approx(0).margin(1e-6));
  CHECK(source.client_names == Names{"p", "q"});
  CHECK(rows_of(source.natural_test) == Groups{{}, {0}});
}

TEST_CASE("each of several files may be a client's") {
  const Written t("a,y\n1,0\n");
  const std::string more = t.folder.write("more.csv", bytes_of("y,a\n1,2\n0,3\n"));
  const std::string files =
      "dataset: csv\nfiles:\n  - {path: " + t.file + ", client: first}\n  - {path: " + more + ", client: second}\n";
  const DataSource source = source_of(files + kLabel);
  CHECK(source.client_names == Names{"first", "second"});
  CHECK(rows_of(source.natural_clients) == Groups{{0}, {1, 2}});
  CHECK(samples(*source.train) == Rows{{1, 0}, {2, 1}, {3, 0}});
}

TEST_CASE("the test set is a share of each client's rows, drawn by the seed") {
  std::string text = "k,a,y\n";
  for (int i = 0; i < 100; ++i) text += fmt::format("{},{},{}\n", i < 20 ? "p" : "q", i, i % 2);
  const Written t(text);
  const std::string keys = "test_fraction: 0.25\ncolumns: [{name: k, type: client}, {name: y, type: label}]\n";
  const DataSource source = t.source(keys);
  CHECK(client_sizes(source.natural_clients) == std::vector<std::size_t>{15, 60});
  CHECK(client_sizes(source.natural_test) == std::vector<std::size_t>{5, 20});
  std::vector<bool> seen(100);
  for (const Dataset* half : {source.train.get(), source.test.get()}) {
    for (const auto& row : samples(*half)) {
      const auto i = static_cast<std::size_t>(row[0]);
      CHECK_FALSE(seen[i]);
      seen[i] = true;
      CHECK(row[1] == static_cast<double>(i % 2));
    }
  }
  CHECK(samples(*t.source(keys).test) == samples(*source.test));
  CHECK(samples(*t.source(keys, 2).test) != samples(*source.test));
}

TEST_CASE("a file may lack a header, or have other separators") {
  const Written t("1;no\n2;yes\n");
  const std::string bare = "header: false\nseparator: semicolon\n";
  CHECK(samples(*t.source(bare + "columns: [{name: 2, type: label}]\n").train) == Rows{{1, 0}, {2, 1}});
  CHECK(samples(*t.source(bare + "names: 'x, y'\n" + kLabel).train) == Rows{{1, 0}, {2, 1}});
  const Written tabs("x\ty\r\n1\t0\r\n2\t1");
  CHECK(samples(*tabs.source("separator: tab\n" + kLabel).train) == Rows{{1, 0}, {2, 1}});
}

TEST_CASE("a mistake in a table is named with line and column") {
  CHECK(Written("a,y\n1,0\nx,1\n").said(kLabel) == ": line 3, column 1: a: found \"x\", must be a number");
  CHECK(Written("a,y\n1,0\nnan,1\n").said(kLabel) == ": line 3, column 1: a: found \"nan\", must be a finite number");
  CHECK(Written("b,a,y\n1,1,0\n1,inf,1\n").said(kLabel) ==
        ": line 3, column 3: a: found \"inf\", must be a finite number");
  CHECK(Written("a,y\n1,0\n1e99,1\n").said(kLabel) ==
        ": line 3, column 1: a: found \"1e99\", must be between -3.403e+38 and 3.403e+38, the range of float32");
  CHECK(Written("a,y\n1,0\n1\n").said(kLabel) == ": line 3, column 1: the row ends with field 1, must have 2: a, y");
  CHECK(Written("a,y\n1,0,\n").said(kLabel) == ": line 2, column 5: the row ends with field 3, must have 2: a, y");
  CHECK(Written("a,a,y\n").said(kLabel) == ": line 1: two columns are called \"a\"; names must differ");
  CHECK(Written("a,,y\n").said(kLabel) == ": line 1, column 3: a column without a name");
  CHECK(Written("").said(kLabel) == ": line 1: the file is empty; must begin with the columns' names");
  CHECK(Written("a,y\n").said(kLabel) == ": no rows to train on");
  CHECK(Written("a,y\n1,0\n").said(kLabel) == ": y: all rows have the label \"0\"; must be at least two classes");
  CHECK(Written("y\n1\n0\n").said(kLabel) == ": no column is a feature (type number or category); columns: y");
  CHECK(Written("a,y\n1,x\n").said("columns: [{name: y, type: label, above: 0}]") ==
        ": line 2, column 3: y: found \"x\", must be a number");
  CHECK(Written("a,yy\n1,0\n").said(kLabel) == ": has no column \"y\"; valid here: a, yy");
  CHECK(Written("a,y\n1,2\n").said("columns: [{name: y, type: label, values: '0, 1'}]") ==
        ": line 2, column 3: y: found \"2\", must be one of the column's values: 0, 1");
}

TEST_CASE("a test table has the same columns and no new classes or categories") {
  const Written t("a,c,y\n1,u,0\n2,v,1\n");
  const auto said = [&](std::string_view test) {
    const std::string file = t.folder.write("test.csv", bytes_of(test));
    const std::string text =
        t.said("test_path: " + file + "\ncolumns: [{name: y, type: label}, {name: c, type: category}]\n");
    return text.starts_with(file) ? text.substr(file.size()) : text;
  };
  CHECK(said("a,c,y\n1,u,0\n").empty());
  CHECK(said("a,c,y\n1,w,0\n") == ": line 2, column 3: c: found \"w\", must be one of the training rows': u, v");
  CHECK(said("a,c,y\n1,u,2\n") == ": line 2, column 5: y: found \"2\", must be one of the training rows': 0, 1");
  CHECK(said("a,y\n1,0\n") == ": line 1: has no column \"c\", which " + t.file + " has");
  CHECK(said("a,c,y,z\n1,u,0,0\n") == ": line 1: has a column \"z\", which " + t.file + " has not");
}

TEST_CASE("a category of too many values is refused where the first one too many stands") {
  std::string text = "c,y\n";
  for (int i = 0; i < 1001; ++i) text += fmt::format("v{},{}\n", i, i % 2);
  CHECK(Written(text).said("columns: [{name: y, type: label}, {name: c, type: category}]\n") ==
        ": line 1002, column 1: c: found \"v1000\", one value more than the 1000 that such a column may have; if it "
        "tells rows apart it is no category: say type: ignore");
}

TEST_CASE("a mistake of the config is shown before what it makes of the table") {
  const Written t("a,y\n1,0\nx,1\n");
  const auto said = [&](const std::string& columns) {
    const Node root = load_yaml_text("dataset: csv\npath: " + t.file + "\ncolumns: [" + columns + "]\n", "test.yaml");
    Problems problems;
    return said_by([&] {
      read_config(root, problems, [](Section& s) {
        s.choose_from<DatasetEntry>("dataset", std::nullopt, "",
                                    [&](const DatasetEntry& entry) { entry.read(s)->shape(); });
      });
    });
  };
  CHECK(said("{name: y, type: labell}").message ==
        "test.yaml:3:10: columns: must have one of type: label, or of type: target\n"
        "test.yaml:3:27: columns[0].type: unknown value \"labell\"; did you mean \"label\"?");
  CHECK(said("{name: y, type: label}") ==
        Said{ExitCode::data_damaged, t.file + ": line 3, column 1: a: found \"x\", must be a number"});
}

TEST_CASE("rules of a config that do not go together are refused at their place") {
  const auto mistakes = [](const std::string& keys) {
    return said_by([&] { loader_of("dataset: csv\n" + keys); }).message;
  };
  CHECK(mistakes(kLabel) == "test.yaml:1:1: path: missing; must be text (the table to train on), or give files");
  CHECK(mistakes("path: t\n") == "test.yaml:1:1: columns: must have one of type: label, or of type: target");
  const auto columns = [&](const std::string& text) { return mistakes("path: t\ncolumns: [" + text + "]\n"); };
  CHECK(columns("{name: y, type: label}, {name: z, type: label}") ==
        "test.yaml:3:10: columns: two have type: label; must be one");
  CHECK(columns("{name: y, type: label}, {name: z, type: target}") ==
        "test.yaml:3:10: columns: must have a label or targets, not both");
  CHECK(columns("{name: y, type: label}, {name: y}") == "test.yaml:3:10: columns: two are called \"y\"");
  CHECK(columns("{name: y, type: label}, {name: a, type: client}, {name: b, type: client}") ==
        "test.yaml:3:10: columns: two have type: client; must be one at most");
  CHECK(columns("{name: y, type: label, missing: mean}") ==
        "test.yaml:3:43: columns[0].missing: mean, constant and flag are for columns of type number");
  CHECK(columns("{name: y, type: label}, {name: a, missing: own}") ==
        "test.yaml:3:54: columns[1].missing: own is for columns of type category or group");
  CHECK(columns("{name: y, type: label}, {name: a, values: 'b'}") ==
        "test.yaml:3:53: columns[1].values: are for columns of type category or label");
  CHECK(columns("{name: y, type: label, values: 'b, b'}") ==
        "test.yaml:3:42: columns[0].values: one stands there twice; each must be there once");
  CHECK(columns("{name: y, type: label}, {name: a, above: 1}") ==
        "test.yaml:3:52: columns[1].above: is for columns of type label without values");
  CHECK(columns("{name: y, type: label, group: true}") ==
        "test.yaml:3:41: columns[0].group: is for columns of type category");
  CHECK(columns("{name: y, type: label, drop_first: true}") ==
        "test.yaml:3:46: columns[0].drop_first: is for columns of type category");
  CHECK(mistakes("path: t\nothers: label\n" + kLabel) ==
        "test.yaml:3:9: others: must be number, category, group or ignore");
  CHECK(mistakes("path: t\nmissing: own\n" + kLabel) ==
        "test.yaml:3:10: missing: own is for columns of type category or group");
  CHECK(mistakes("path: t\nnames: a\n" + kLabel) == "test.yaml:3:8: names: go with header: false only");
  CHECK(mistakes("path: t\nfiles: [{path: u}]\n" + kLabel) ==
        "test.yaml:2:7: path: path and files do not go together; give one of them");
  CHECK(mistakes("files: [{path: u, client: a}, {path: v}]\n" + kLabel) ==
        "test.yaml:2:8: files: some have a client and some have not; all must, or none");
  CHECK(mistakes("files: [{path: u, client: a}]\ncolumns: [{name: y, type: label}, {name: k, type: client}]\n") ==
        "test.yaml:2:8: files: have clients, and so has a column; one of them must not");
}

}  // namespace
}  // namespace fedtide
