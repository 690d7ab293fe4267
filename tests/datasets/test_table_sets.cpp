// The tables of ../shared/data, against the counts of its README and what other programs compute from the files.

#include <numeric>

#include "tests/catch.h"
#include "tests/datasets/tables.h"

namespace fedtide {
namespace {

using Counts = std::vector<int>;
using Sizes = std::vector<std::size_t>;
using Names = std::vector<std::string>;

/// Entries of a sparse data set.
std::size_t entries(const Dataset& dataset) {
  std::vector<std::uint32_t> rows(dataset.size());
  std::iota(rows.begin(), rows.end(), 0u);
  Batch<float> batch;
  dataset.gather(rows, batch);
  return static_cast<std::size_t>(batch.rows[rows.size()]);
}

struct LibsvmSet {
  const char* name;
  std::uint32_t rows;
  int second_class;  ///< samples of the class 1
  Index features;
  std::size_t entries;
};

TEST_CASE("the LIBSVM files have the counts of their README") {
  const auto folder = shared_data("libsvm");
  if (!folder) return;
  // In mushrooms the labels are 1 and 2, so that class 1 is what is written 2: 8124 - 3916.
  const std::vector<LibsvmSet> sets{{"a1a.gz", 1605, 395, 119, 22249},     {"a9a.gz", 32561, 7841, 123, 451592},
                                    {"australian.gz", 690, 307, 14, 9660}, {"mushrooms.gz", 8124, 4208, 112, 170604},
                                    {"splice.gz", 1000, 517, 60, 60000},   {"w8a.gz", 49749, 1479, 300, 579586}};
  for (const LibsvmSet& set : sets) {
    INFO(set.name);
    const DataSource source = source_of("dataset: libsvm\npath: " + *folder + "/" + set.name);
    CHECK(source.train->size() == set.rows);
    CHECK(count_labels(*source.train)[1] == set.second_class);
    CHECK(source.train->shape().dims == std::vector<Index>{set.features});
    CHECK(entries(*source.train) == set.entries);
  }
}

TEST_CASE("the test halves of a9a and w8a have the features of the training halves") {
  const auto folder = shared_data("libsvm");
  if (!folder) return;
  for (const auto& [name, rows, positive, features] :
       {std::tuple("a9a", 16281u, 3846, 123), std::tuple("w8a", 14951u, 454, 300)}) {
    const std::string path = *folder + "/" + name;
    const DataSource source = source_of("dataset: libsvm\npath: " + path + ".gz\ntest_path: " + path + ".t.gz");
    CHECK(source.test->size() == rows);
    CHECK(count_labels(*source.test)[1] == positive);
    CHECK(source.test->shape().dims == std::vector<Index>{features});
  }
  // a1a lacks the last features of a9a: 119 of 123.
  const DataSource a1a =
      source_of("dataset: libsvm\nfeatures: 123\npath: " + *folder + "/a1a.gz\ntest_path: " + *folder + "/a9a.t.gz");
  CHECK(a1a.train->shape().dims == std::vector<Index>{123});
}

TEST_CASE("heart disease is split and standardized as in FLamby") {
  const auto folder = shared_data("heart-disease");
  if (!folder) return;
  const DataSource source = source_of("dataset: heart_disease\npath: " + *folder);
  CHECK(source.train->shape().dims == std::vector<Index>{13});
  CHECK(source.client_names == Names{"cleveland", "hungarian", "switzerland", "va"});
  CHECK(client_sizes(source.natural_clients) == Sizes{199, 172, 30, 85});
  CHECK(client_sizes(source.natural_test) == Sizes{104, 89, 16, 45});
  // Ill ones, by pandas and scikit-learn 1.9.1 over the same files and split.
  const auto ill = [](const Dataset& dataset, const std::vector<std::vector<std::uint32_t>>& clients) {
    Counts counts;
    for (const auto& rows : clients) {
      int sum = 0;
      for (const std::uint32_t row : rows) sum += dataset.labels()[row];
      counts.push_back(sum);
    }
    return counts;
  };
  CHECK(ill(*source.train, rows_of(source.natural_clients)) == Counts{91, 65, 30, 66});
  CHECK(ill(*source.test, rows_of(source.natural_test)) == Counts{48, 33, 15, 35});
  // The first patient of Cleveland, aged 63, is a training row; ages there have mean 54.1759 and deviation 9.1444.
  CHECK(sample(*source.train, 0)[0] == Approx((63 - 54.175879396984925) / 9.144420449603071).epsilon(1e-6));
  // All cholesterol values of Switzerland are 0, which has no deviation.
  const std::uint32_t swiss = rows_of(source.natural_clients)[2][0];
  for (std::uint32_t row = swiss; row < swiss + 30; ++row) CHECK(sample(*source.train, row)[6] == 0);
}

TEST_CASE("heart disease without a standardization has the values of the files") {
  const auto folder = shared_data("heart-disease");
  if (!folder) return;
  const DataSource source = source_of("dataset: heart_disease\nstandardize: none\ntest_fraction: 0\npath: " + *folder);
  CHECK_FALSE(source.test);
  CHECK(client_sizes(source.natural_clients) == Sizes{303, 261, 46, 130});
  // 63.0,1.0,1.0,145.0,233.0,1.0,2.0,150.0,0.0,2.3,3.0,0.0,6.0,0: cp 1 and restecg 2 of (2, 3, 4) and (1, 2).
  const std::vector<double> first = sample(*source.train, 0);
  const std::vector<double> expected{63, 1, 0, 0, 0, 145, 233, 1, 0, 1, 150, 0, static_cast<double>(2.3f)};
  CHECK(first == expected);
}

TEST_CASE("heart disease that is not the original refuses FLamby's split") {
  const auto folder = shared_data("heart-disease");
  if (!folder) return;
  const TemporaryFolder other;
  for (const char* name : {"cleveland", "hungarian", "switzerland", "va"}) {
    other.write(std::string("processed.") + name + ".data", bytes_of("63,1,1,145,233,1,2,150,0,2.3,3,0,6,0\n"
                                                                     "63,1,1,145,233,1,2,150,0,2.3,3,0,6,1\n"));
  }
  const std::string yaml = "dataset: heart_disease\npath: " + other.path();
  CHECK(said_by([&] { source_of(yaml); }) ==
        Said{ExitCode::data_damaged, other.path() +
                                         "/processed.cleveland.data: 2 rows that lack no value, must be 303 for "
                                         "FLamby's split; is it the original file? data.test_fraction splits any"});
  CHECK(source_of(yaml + "\ntest_fraction: 0.5").test->size() == 4);
}

TEST_CASE("adult has its categories as columns") {
  const auto folder = shared_data("adult");
  if (!folder) return;
  const DataSource source =
      source_of("dataset: adult\ntest_fraction: 0\nstandardize: none\npath: " + *folder + "/adult.data.gz");
  CHECK(source.train->size() == 32561);
  CHECK(count_labels(*source.train) == Counts{24720, 7841});
  // 5 numbers; 9 + 16 + 7 + 15 + 6 + 5 + 2 + 42 different values, a missing one among them.
  CHECK(source.train->shape().dims == std::vector<Index>{107});
  Names names;
  for (const Column& column : source.columns) names.push_back(column.name);
  CHECK(names == Names{"workclass", "education", "marital-status", "occupation", "relationship", "race", "sex",
                       "native-country"});
  const Column& education = source.columns[1];
  const auto doctorate = std::find(education.groups.begin(), education.groups.end(), "Doctorate");
  REQUIRE(doctorate != education.groups.end());
  CHECK(std::count(education.codes.begin(), education.codes.end(), doctorate - education.groups.begin()) == 413);
  CHECK(sample(*source.train, 0)[0] == 39);  // age
}

TEST_CASE("the users of WISDM are clients") {
  const auto folder = shared_data("har-wisdm");
  if (!folder) return;
  const std::string yaml = "dataset: wisdm\npath: " + *folder + "/WISDM_ar_v1.1_transformed.arff.gz\n";
  const DataSource source = source_of(yaml + "test_fraction: 0\nstandardize: none");
  CHECK(source.train->size() == 5418);
  CHECK(source.natural_clients->population() == 36);
  // Downstairs, Jogging, Sitting, Standing, Upstairs, Walking.
  CHECK(count_labels(*source.train) == Counts{528, 1625, 306, 246, 632, 2081});
  CHECK(source.train->shape().dims == std::vector<Index>{43});
  CHECK(source.client_names[0] == "33");
  const DataSource split = source_of(yaml);
  CHECK(split.train->size() + split.test->size() == 5418);
  CHECK(split.natural_test->population() == 36);
}

TEST_CASE("the parties of credit default are clients") {
  const auto folder = shared_data("credit-default");
  if (!folder) return;
  const DataSource source = source_of("dataset: credit_default\npath: " + *folder);
  CHECK(source.client_names == Names{"guest", "host_1", "host_2"});
  CHECK(client_sizes(source.natural_clients) == Sizes{8000, 8000, 8000});
  Counts positive;
  for (const auto& rows : rows_of(source.natural_clients)) {
    int sum = 0;
    for (const std::uint32_t row : rows) sum += source.train->labels()[row];
    positive.push_back(sum);
  }
  CHECK(positive == Counts{1780, 1781, 1766});
  CHECK(count_labels(*source.test) == Counts{4691, 1309});
  CHECK(source.train->shape().dims == std::vector<Index>{23});
  CHECK(sample(*source.train, 0)[0] == static_cast<double>(-1.486041f));
}

TEST_CASE("FATE's tables have a guest and a host") {
  const auto folder = shared_data("fate-tables");
  if (!folder) return;
  const auto source = [&](const std::string& table) {
    return source_of("dataset: fate\ntable: " + table + "\npath: " + *folder);
  };
  const DataSource breast = source("breast");
  CHECK(client_sizes(breast.natural_clients) == Sizes{227, 228});
  CHECK(breast.test->size() == 114);
  CHECK(breast.train->shape().dims == std::vector<Index>{30});
  const DataSource vehicle = source("vehicle");
  CHECK(client_sizes(vehicle.natural_clients) == Sizes{413, 433});
  CHECK(vehicle.test->size() == 169);
  CHECK(vehicle.train->shape().dims == std::vector<Index>{18});
  CHECK(vehicle.train->shape().classes == 4);
  const DataSource student = source("student");
  CHECK(client_sizes(student.natural_clients) == Sizes{158, 158});
  CHECK(student.test->size() == 79);
  CHECK(student.train->shape().targets == 1);
  // 0,4,3,4,1,1,3,6,6,18,4,4,2,2,0 with id first and y eighth.
  Batch<double> batch;
  student.train->gather(std::vector<std::uint32_t>{0}, batch);
  CHECK(batch.targets(0, 0) == 6);
  CHECK(sample(*student.train, 0) == std::vector<double>{4, 3, 4, 1, 1, 3, 6, 18, 4, 4, 2, 2, 0});
}

TEST_CASE("FATE's vertical table is joined by id") {
  const auto folder = shared_data("fate-tables");
  if (!folder) return;
  const DataSource source = source_of("dataset: fate\ntable: breast_hetero\npath: " + *folder);
  CHECK(source.train->size() == 569);
  CHECK(source.train->shape().dims == std::vector<Index>{30});
  CHECK_FALSE(source.natural_clients);
  // id 133, the first row of both files: x0 of the guest, x0 and x19 of the host.
  const std::vector<double> first = sample(*source.train, 0);
  CHECK(first[0] == static_cast<double>(0.254879f));
  CHECK(first[10] == static_cast<double>(0.449512f));
  CHECK(first[29] == static_cast<double>(-0.554102f));
}

TEST_CASE("the vertical files may be in any order, and must have the same ids once") {
  const TemporaryFolder folder;
  folder.write("breast_hetero_guest.csv", bytes_of("id,y,x0\n7,0,1\n8,1,2\n"));
  const std::string host = folder.write("breast_hetero_host.csv", bytes_of("id,x0\n8,20\n7,10\n9,30\n"));
  const std::string yaml = "dataset: fate\ntable: breast_hetero\npath: " + folder.path();
  CHECK(samples(*source_of(yaml).train) == std::vector<std::vector<double>>{{1, 10, 0}, {2, 20, 1}});
  folder.write("breast_hetero_host.csv", bytes_of("id,x0\n8,20\n8,10\n"));
  CHECK(said_by([&] { source_of(yaml); }) ==
        Said{ExitCode::data_damaged, host + ": id: 2 rows with 1 different ids; each must be there once"});
  folder.write("breast_hetero_host.csv", bytes_of("id,x0\n8,20\n9,10\n"));
  CHECK(said_by([&] { source_of(yaml); }) ==
        Said{ExitCode::data_damaged, host + ": has no id 7, which " + folder.path() + "/breast_hetero_guest.csv has"});
  CHECK(said_by([&] {
          source_of("dataset: fate\ntable: breast\ntest_fraction: 0.1\npath: " + folder.path());
        }).message == "test.yaml:3:16: test_fraction: is for table: breast_hetero; the others have a test file");
  CHECK(said_by([&] { source_of("dataset: fate\ntable: breast\npath: " + folder.path()); }) ==
        Said{ExitCode::no_input, folder.path() +
                                     ": neither breast_homo_guest.csv nor breast_homo_guest.csv.gz is there; "
                                     "data.path must name the folder that has it"});
}

}  // namespace
}  // namespace fedtide
