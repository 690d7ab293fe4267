// Schemes that group by a column, a tree of labels, or a file.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "datasets/partition/assignment.h"
#include "sim/base/statistics.h"
#include "sim/learn/skew.h"
#include "tests/catch.h"
#include "tests/datasets/helpers.h"
#include "tests/datasets/partitions.h"

namespace fedtide {
namespace {

TEST_CASE("pachinko: shares of groups and of labels in a group have the variances of their Dirichlet laws") {
  // TFF's CIFAR-100: 20 groups of 5 labels, 500 clients of 100 samples. A group's share is of Dir(0.1, .., 0.1) over
  // 20: mean 1/20, V = (1/20)(19/20) / (2 + 1), and V + (p (1 - p) - V) / n from drawing n samples. The first 250
  // clients are looked at, for whom hardly anything runs out, over 20 seeds; the standard error is that of the draws.
  const std::vector<std::int32_t> labels = make_labels(std::vector<int>(100, 500));
  Column coarse{"coarse", {}, {}};
  for (int g = 0; g < 20; ++g) coarse.groups.push_back(std::to_string(g));
  for (const std::int32_t label : labels) coarse.codes.push_back(static_cast<std::uint32_t>(label % 20));
  const std::vector<Column> columns{coarse};
  Settings settings;
  settings.texts = {{"column", "coarse"}};
  const auto pachinko = scheme("pachinko", settings);
  CHECK(settings.mistakes.empty());

  Moments group_squares;
  Moments label_squares;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    PartitionInput in = handing_out(labels, 100, 500, seed);
    in.columns = columns;
    const Shards shards = pachinko->partition(in);
    CHECK(is_partition(shards, labels.size()));
    const LabelCounts counts = count_labels(shards, labels, 100);
    for (std::uint32_t i = 0; i < 250; ++i) {
      double squares = 0;
      for (std::uint32_t g = 0; g < 20; ++g) {
        std::uint32_t here = 0;
        for (std::uint32_t k = g; k < 100; k += 20) here += counts.of(ClientId{i})[k];
        squares += std::pow(here / 100.0 - 0.05, 2) / 20;
        if (here < 30) continue;
        // In a group of n samples: Dir(10, .., 10) over 5, V = (1/5)(4/5) / 51.
        const double v = 0.16 / 51;
        double within = 0;
        for (std::uint32_t k = g; k < 100; k += 20) {
          within += std::pow(counts.of(ClientId{i})[k] / static_cast<double>(here) - 0.2, 2) / 5;
        }
        label_squares.add(within / (v + (0.16 - v) / here));
      }
      group_squares.add(squares);
    }
  }
  const double v = 0.05 * 0.95 / 3;
  const double expected = v + (0.05 * 0.95 - v) / 100;
  INFO(group_squares.mean() / expected << ", " << label_squares.mean());
  CHECK(std::abs(group_squares.mean() - expected) < 3 * std::sqrt(group_squares.variance() / 5000));
  const double error = std::sqrt(label_squares.variance() / static_cast<double>(label_squares.count()));
  CHECK(std::abs(label_squares.mean() - 1) < 3 * error);
}

TEST_CASE("pachinko: groups may be listed, and one group of all labels is a symmetric Dirichlet") {
  const std::vector<std::int32_t> labels = make_labels({300, 300, 300, 300});
  Settings settings;
  settings.lists = {{"groups", {0, 0, 7, 7}}};
  settings.numbers = {{"root_alpha", 1e-300}};
  const Shards shards = scheme("pachinko", settings)->partition(handing_out(labels, 4, 10, 1));
  CHECK(settings.mistakes.empty());
  CHECK(is_partition(shards, labels.size()));
  // A client has one group as long as that lasts.
  const LabelCounts counts = count_labels(shards, labels, 4);
  std::uint32_t pure = 0;
  for (std::uint32_t i = 0; i < 10; ++i) {
    const auto mine = counts.of(ClientId{i});
    pure += (mine[0] + mine[1] == 0) || (mine[2] + mine[3] == 0) ? 1 : 0;
  }
  CHECK(pure == 10);  // 120 samples a client, 600 a group: five clients each

  settings.lists = {{"groups", {0, 0, 7}}};
  CHECK(said_by([&] { scheme("pachinko", settings)->partition(handing_out(labels, 4, 10, 1)); }) ==
        Said{ExitCode::usage, "data.partition.groups: 3 groups for 4 labels, must be one for each label"});
  const std::vector<std::string> either{
      "column: the groups of labels are a column of the data set or a list, groups; give one of the two"};
  Settings neither;
  scheme("pachinko", neither);
  CHECK(neither.mistakes == either);
  settings.texts = {{"column", "x"}};
  scheme("pachinko", settings);
  CHECK(settings.mistakes == either);
}

TEST_CASE("by_column: a client for each group with samples, called as it is") {
  const std::vector<Column> columns{{"hospital", {"north", "nobody", "south"}, {2, 0, 2, 2, 0}}};
  Settings settings;
  settings.texts = {{"column", "hospital"}};
  const auto by_column = scheme("by_column", settings);
  CHECK(by_column->fixes_clients());
  CHECK_FALSE(by_column->needs_labels());
  const Shards shards = by_column->partition({5, {}, 0, columns, 0, 1});
  CHECK(shards.names == std::vector<std::string>{"north", "south"});
  CHECK(shards.begin == std::vector<std::uint64_t>{0, 2, 5});
  CHECK(shards.rows == std::vector<std::uint32_t>{1, 4, 0, 2, 3});

  settings.texts = {{"column", "ward"}};
  CHECK(said_by([&] {
          scheme("by_column", settings)->partition({5, {}, 0, columns, 0, 1});
        }) ==
        Said{ExitCode::usage, "data.partition.column: the data set has no column \"ward\"; columns are: hospital"});
  CHECK(said_by([&] {
          scheme("by_column", settings)->partition({5, {}, 0, {}, 0, 1});
        }) == Said{ExitCode::usage, "data.partition.column: the data set has no columns, so none is called \"ward\""});
}

Shards assigned(const std::string& text, std::uint32_t samples, bool sharing = false) {
  return read_assignment(
      ContentReader::over("p.csv", {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}), samples,
      sharing);
}

TEST_CASE("from_file: clients in the order of their first line, with their ids, rows ascending") {
  const Shards shards = assigned("client,index\nb,3\na 1,0\nb,1\r\nnone,\na 1,2\n", 4);
  CHECK(shards.names == std::vector<std::string>{"b", "a 1", "none"});
  CHECK(shards.begin == std::vector<std::uint64_t>{0, 2, 4, 4});
  CHECK(shards.rows == std::vector<std::uint32_t>{1, 3, 0, 2});
  const Shards shared = assigned("client,index\nb,3\na,3\nb,1\n", 4, true);
  CHECK(shared.rows == std::vector<std::uint32_t>{1, 3, 3});
}

TEST_CASE("from_file reads plain and packed files") {
  const TemporaryFolder folder;
  const std::string text = "client,index\n0,1\n1,0\n";
  const ByteString bytes(text.begin(), text.end());
  Settings settings;
  settings.config_folder = folder.path();
  for (const auto& [name, content] : {std::pair{"p.csv", bytes}, std::pair{"p.csv.gz", gzipped(bytes)}}) {
    folder.write(name, content);
    settings.texts = {{"path", name}};
    const auto from_file = scheme("from_file", settings);
    CHECK(from_file->fixes_clients());
    CHECK(from_file->partition({2, {}, 0, {}, 0, 1}).rows == std::vector<std::uint32_t>{1, 0});
  }
  settings.texts = {{"path", "absent.csv"}};
  CHECK(said_by([&] { scheme("from_file", settings)->partition({2, {}, 0, {}, 0, 1}); }).code == ExitCode::no_input);
}

TEST_CASE("from_file: every mistake names its line and column") {
  const auto said = [](const std::string& text, std::uint32_t samples = 3, bool sharing = false) {
    return said_by([&] { assigned(text, samples, sharing); });
  };
  const auto damaged = [](const std::string& message) { return Said{ExitCode::data_damaged, "p.csv: " + message}; };
  CHECK(said("") == damaged("line 1, column 1: the file is empty, must begin with client,index"));
  CHECK(said("index,client\n") == damaged("line 1, column 1: found \"index,client\", must be client,index"));
  CHECK(said("client,index\n") == damaged("line 2: there are no clients"));
  CHECK(said("client,index\na,0\nb\n") == damaged("line 3, column 2: found \"b\", must be client,index"));
  CHECK(said("client,index\n,0\n") == damaged("line 2, column 1: the client has no id"));
  CHECK(said("client,index\n\"a\",0\n") ==
        damaged("line 2, column 1: the id \"\"a\"\" must be plain text of at most 300 bytes"));
  for (const char* index : {"3", "-1", "1.0", "x", "1,2", " 1", "99999999999", "1e0"}) {
    CHECK(said(std::string("client,index\nab,") + index + "\n") ==
          damaged(std::string("line 2, column 4: the index is \"") + index + "\", must be a whole number from 0 to 2"));
  }
  CHECK(said("client,index\na,1\nb,0\nb,1\n") ==
        damaged("line 4, column 3: sample 1 stands in line 2 already; a sample goes to one client, unless sharing is "
                "true"));
  CHECK(said("client,index\na,1\nb,0\n") ==
        damaged("sample 2 of 3 stands in no line; every sample goes to a client, unless sharing is true"));
  CHECK(said("client,index\na,1\nb,0\na,1\n", 3, true) == damaged("client a has sample 1 twice, must be at most once"));
  const Said long_id = said("client,index\n" + std::string(301, 'a') + ",1\n");
  CHECK(long_id.code == ExitCode::data_damaged);
  CHECK_THAT(long_id.message, Catch::Contains("must be plain text of at most 300 bytes"));
}

TEST_CASE("from_file: every cut of a whole partition is noticed") {
  std::string text = "client,index\n";
  for (int row = 0; row < 60; ++row) text += "client-" + std::to_string(row % 7) + "," + std::to_string(row) + "\n";
  CHECK(said_by([&] { assigned(text, 60); }) == Said{});
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {  // the last line may lack its end
    INFO(size);
    CHECK(said_by([&] { assigned(text.substr(0, size), 60); }).code == ExitCode::data_damaged);
  }
  // A flipped byte is noticed too, or gives another partition of the same samples.
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const int flip : {1, 4, 128}) {
      std::string other = text;
      other[at] = static_cast<char>(other[at] ^ flip);
      Shards shards;
      const Said said = said_by([&] { shards = assigned(other, 60); });
      CHECK((said.code == ExitCode::data_damaged || is_partition(shards, 60)));
    }
  }
}

TEST_CASE("every file of the corpus of partitions is read or refused") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(FEDTIDE_SOURCE_DIR "/tests/fuzz/corpus/assignment")) {
    INFO(entry.path());
    for (const bool sharing : {false, true}) {
      Shards shards;
      const Said said = said_by([&] { shards = read_assignment(ContentReader::open(entry.path()), 6, sharing); });
      CHECK((said.code == ExitCode::done || said.code == ExitCode::data_damaged));
      if (said.code == ExitCode::done && !sharing) CHECK(is_partition(shards, 6));
    }
    ++files;
  }
  CHECK(files >= 7);
}

}  // namespace
}  // namespace fedtide
