#include "datasets/formats/libsvm.h"

#include "tests/catch.h"
#include "tests/datasets/tables.h"

namespace fedtide {
namespace {

LibsvmFile read(std::string_view text, const LibsvmRules& rules = {}) {
  const ByteString file = bytes_of(text);
  return read_libsvm(ContentReader::over("L", file), rules);
}
Said said(std::string_view text, const LibsvmRules& rules = {}) {
  return said_by([&] { read(text, rules); });
}
Said damaged(const std::string& what) { return {ExitCode::data_damaged, "L: " + what}; }

using Columns = std::vector<std::uint32_t>;

TEST_CASE("rows of LIBSVM are read entry by entry") {
  const LibsvmFile file = read("+1 1:0.5 3:-2e1 \n-1\n0 2:1\t7:1 # note\n# none\n2 1:1");
  CHECK(file.labels == std::vector<double>{1, -1, 0, 2});
  CHECK(file.rows.begin == std::vector<std::uint64_t>{0, 2, 2, 4, 5});
  CHECK(file.rows.columns == Columns{0, 2, 1, 6, 0});
  CHECK(file.rows.values == std::vector<float>{0.5f, -20, 1, 1, 1});
  CHECK(file.features == 7);
}

TEST_CASE("entries that are all 1 take no memory for values") {
  CHECK(read("1 1:1 2:1.0\n2 5:1\n").rows.values.empty());
  CHECK(read("1 1:1 2:0\n").rows.values == std::vector<float>{1, 0});
}

TEST_CASE("every mistake of LIBSVM's format has its message") {
  CHECK(said("") == Said{ExitCode::data_damaged, "L: no rows; must have lines of label index:value ..."});
  CHECK(said("1 1:1\nx 1:1\n") == damaged("line 2, column 1: label: found \"x\", must be a number"));
  CHECK(said("nan 1:1\n") == damaged("line 1, column 1: label: found \"nan\", must be a finite number"));
  CHECK(said("1:1\n") == damaged("line 1, column 1: label: found \"1:1\", must be a number"));
  CHECK(said("0.5 1:1\n") == damaged("line 1, column 1: label: found \"0.5\", must be a whole number, a class; numbers "
                                     "to predict need task: regression"));
  CHECK(said("1 a:1\n") == damaged("line 1, column 3: found \"a:1\", must be index:value"));
  CHECK(said("1 1:1 7\n") == damaged("line 1, column 7: found \"7\", must be index:value"));
  CHECK(said("1 -1:1\n") == damaged("line 1, column 3: found \"-1:1\", must be index:value"));
  CHECK(said("1 qid:3 1:1\n") == damaged("line 1, column 3: found \"qid:3\", must be index:value"));
  CHECK(said("1 0:1\n") == damaged("line 1, column 3: found \"0:1\", the index must be from 1 to 2147483647"));
  CHECK(said("1 2147483648:1\n") ==
        damaged("line 1, column 3: found \"2147483648:1\", the index must be from 1 to 2147483647"));
  CHECK(said("1 99999999999999999999999:1\n") ==
        damaged("line 1, column 3: found \"99999999999999999999999:1\", the index must be from 1 to 2147483647"));
  CHECK(said("1 2:1 2:1\n") == damaged("line 1, column 7: index 2 after index 2; indices must rise"));
  CHECK(said("1 2:1 1:1\n") == damaged("line 1, column 7: index 1 after index 2; indices must rise"));
  CHECK(said("1 2:\n") == damaged("line 1, column 5: found nothing, must be a number"));
  CHECK(said("1 2: 1\n") == damaged("line 1, column 5: found nothing, must be a number"));
  CHECK(said("1 2:1:3\n") == damaged("line 1, column 5: found \"1:3\", must be a number"));
  CHECK(said("1 1:1 2:inf\n") == damaged("line 1, column 9: found \"inf\", must be a finite number"));
  CHECK(said("1 2:0x1\n") == damaged("line 1, column 5: found \"0x1\", must be a number"));
  CHECK(said("1 1:1\n\n1 1:1\n") == damaged("line 2: empty, but rows follow; must be a row, or the end of the file"));
  LibsvmRules rules;
  rules.features = 3;
  rules.features_from = "the largest of train";
  CHECK(said("1 4:1\n", rules) == damaged("line 1, column 3: index 4, must be at most 3, the largest of train"));
  const std::vector<double> known{-1, 1};
  rules.known = &known;
  CHECK(said("1 1:1\n2 1:1\n", rules) ==
        damaged("line 2, column 1: label: found \"2\", must be one of the training file's: -1, 1"));
}

TEST_CASE("labels become classes in ascending order") {
  CHECK(classes_of({2, 1, 2, -1}, "L") == std::vector<double>{-1, 1, 2});
  std::vector<double> many(10'001);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i);
  CHECK(said_by([&] { classes_of(many, "L"); }) ==
        Said{ExitCode::data_damaged, "L: more than 10000 different labels; numbers to predict need task: regression"});
}

TEST_CASE("train and test share classes and features, sparse and dense") {
  const TemporaryFolder folder;
  const std::string train = folder.write("train", bytes_of("1 1:1 4:2\n2 2:1\n"));
  const std::string test = folder.write("test", bytes_of("2 1:3\n"));
  const std::string keys = "dataset: libsvm\npath: " + train + "\ntest_path: " + test + "\n";
  const DataSource sparse = source_of(keys);
  CHECK(sparse.train->shape().kind == InputShape::Kind::sparse);
  CHECK(sparse.train->shape().dims == std::vector<Index>{4});
  CHECK(sparse.train->shape().classes == 2);
  CHECK(samples(*sparse.train) == std::vector<std::vector<double>>{{0, 1, 3, 2, 0}, {1, 1, 1}});
  CHECK(samples(*sparse.test) == std::vector<std::vector<double>>{{0, 3, 1}});
  const DataSource dense = source_of(keys + "layout: dense\nfeatures: 5\n");
  CHECK(samples(*dense.train) == std::vector<std::vector<double>>{{1, 0, 0, 2, 0, 0}, {0, 1, 0, 0, 0, 1}});
  const DataSource numbers = source_of(keys + "layout: dense\ntask: regression\n");
  CHECK(numbers.train->shape().targets == 1);
  CHECK(numbers.train->shape().classes == 0);
  CHECK(samples(*numbers.test) == std::vector<std::vector<double>>{{3, 0, 0, 0, -1, 2}});
}

TEST_CASE("a LIBSVM file that does not fit the config says so") {
  const TemporaryFolder folder;
  const std::string train = folder.write("train", bytes_of("1 1:1\n1 2:1\n"));
  const std::string test = folder.write("test", bytes_of("1 3:1\n"));
  const std::string empty = folder.write("empty", bytes_of("1\n2\n"));
  const auto message = [](const std::string& yaml) {
    return said_by([&] { source_of("dataset: libsvm\n" + yaml); }).message;
  };
  CHECK(message("path: " + train) == train + ": all rows have the label 1; must be at least two classes");
  CHECK(message("path: " + empty) == empty + ": no row has an index:value");
  CHECK(message("path: " + train + "\nfeatures: 1") ==
        train + ": line 2, column 3: index 2, must be at most 1, which data.features says");
  CHECK(message("path: " + train + "\ntest_path: " + test + "\ntask: regression") ==
        test + ": line 1, column 3: index 3, must be at most 2, the largest of " + train);
  CHECK(message("path: " + train + "\ntest_path: " + test + "\ntask: regression\nfeatures: 2") ==
        test + ": line 1, column 3: index 3, must be at most 2, which data.features says");
  CHECK(message("path: nowhere") == "nowhere: cannot be opened: No such file or directory");
  CHECK(message("path: " + train + "\ntest_path: " + test + "\ntest_fraction: 0.1") ==
        "test.yaml:4:16: test_fraction: there is a test_path; give one of them");
}

TEST_CASE("a test set drawn from a LIBSVM file has that share of its rows") {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 1; i <= 100; ++i) text += std::to_string(i % 2) + " " + std::to_string(i) + ":1\n";
  const std::string yaml = "dataset: libsvm\ntest_fraction: 0.3\npath: " + folder.write("all", bytes_of(text));
  const DataSource source = source_of(yaml);
  CHECK(source.train->size() == 70);
  CHECK(source.test->size() == 30);
  auto all = samples(*source.train);
  for (const auto& row : samples(*source.test)) all.push_back(row);
  std::sort(all.begin(), all.end());
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(all[i] == std::vector<double>{static_cast<double>(i), 1, static_cast<double>((i + 1) % 2)});
  }
  CHECK(samples(*source_of(yaml).test) == samples(*source.test));
  CHECK(samples(*source_of(yaml, 2).test) != samples(*source.test));
}

}  // namespace
}  // namespace fedtide
