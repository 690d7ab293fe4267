#include <cmath>

#include "sim/learn/dataset.h"
#include "tests/catch.h"
#include "tests/datasets/tables.h"

namespace fedtide {
namespace {

const std::string kNodes = "account,bank,age,fraud\nA,x,10,0\nB,x,20,1\nC,y,30,0\nD,y,40,1\n";
const std::string kEdges = "from,to,amount,when\nA,B,2,100\nB,A,1,130\nA,B,-3,110\nC,D,4,105\nB,C,9,500\nD,D,1,120\n";
const std::string kColumns = "\ncolumns:\n  - {name: bank, type: client}\n  - {name: fraud, type: label}\n";

struct Files {
  TemporaryFolder folder;
  std::string nodes = folder.write("nodes.csv", bytes_of(kNodes));
  std::string edges = folder.write("edges.csv", bytes_of(kEdges));

  DataSource load(const std::string& more = "", const std::string& columns = kColumns) const {
    return source_of("dataset: edges\npath: " + edges + "\nnodes_path: " + nodes +
                     "\nsource: from\ntarget: to\nid: account\n" + more + columns);
  }
  Said said() const {
    return said_by([&] { load("attributes: amount\ntime: when"); });
  }
};

TEST_CASE("each client of an edge list has its own nodes and the edges between them") {
  const Files files;
  const DataSource source = files.load("attributes: amount\ntime: when");
  CHECK(source.client_names == std::vector<std::string>{"x", "y"});
  CHECK(client_sizes(source.natural_clients) == std::vector<std::size_t>{2, 2});
  CHECK(count_labels(*source.train) == std::vector<int>{2, 2});
  CHECK(source.train->shape().kind == InputShape::Kind::graph);
  CHECK(source.provenance.find("6 edges, 1 of them left out as they join two clients") != std::string::npos);
  Batch<double> batch;
  source.train->gather(std::vector<std::uint32_t>{0, 1, 2, 3}, batch);
  // A-B and C-D: two neighbors each, itself among them; B-C joins two banks, D-D is no edge between two nodes.
  CHECK(batch.rows == std::vector<Index>{0, 2, 4, 6, 8});
}

TEST_CASE("features of a node are its columns and what its edges sum up to") {
  const Files files;
  const DataSource source = files.load("attributes: amount\ntime: when");
  // age; out: number, sum, largest, partners; in: the same; first and last time, from 100 on. Logarithms but of times.
  const auto l = [](double x) { return static_cast<double>(static_cast<float>(std::log1p(x))); };
  CHECK(sample(*source.train, 0) == std::vector<double>{10, l(2), -l(1), l(2), l(1), l(1), l(1), l(1), l(1), 0, 30});
  CHECK(sample(*source.train, 3) == std::vector<double>{40, l(1), l(1), l(1), l(1), l(2), l(5), l(4), l(2), 5, 20});
}

TEST_CASE("without clients no edge is left out, and edges need no numbers") {
  const Files files;
  const DataSource source =
      files.load("", "\ncolumns:\n  - {name: bank, type: ignore}\n  - {name: fraud, type: label}\n");
  CHECK_FALSE(source.natural_clients);
  CHECK(source.provenance.find("6 edges, 0 of them") != std::string::npos);
  Batch<double> batch;
  source.train->gather(std::vector<std::uint32_t>{0, 1, 2, 3}, batch);
  CHECK(batch.rows == std::vector<Index>{0, 2, 5, 8, 10});
  CHECK(sample(*source.train, 2).size() == 5);
}

TEST_CASE("every mistake of the two tables has its place") {
  Files files;
  const auto in_edges = [&](std::string_view text) {
    files.folder.write("edges.csv", bytes_of(text));
    const Said said = files.said();
    CHECK(said.code == ExitCode::data_damaged);
    REQUIRE(said.message.starts_with(files.edges));
    return said.message.substr(files.edges.size());
  };
  CHECK(in_edges("from,to,amount,when\nA,E,1,1\n") ==
        ": line 2, column 3: to: found \"E\", must be a node of " + files.nodes);
  CHECK(in_edges("from,to,amount,when\nA,B,1,noon\n") == ": line 2, column 7: when: found \"noon\", must be a number");
  CHECK(in_edges("from,to,amount,when\nA,B,inf,1\n") ==
        ": line 2, column 5: amount: found \"inf\", must be a finite number");
  CHECK(in_edges("from,to,amount\nA,B,1\n") == ": line 1: has no column \"when\"; columns: from, to, amount");
  files.folder.write("edges.csv", bytes_of(kEdges));
  files.folder.write("nodes.csv", bytes_of("account,bank,age,fraud\nA,x,1,0\nA,x,1,1\n"));
  CHECK(files.said() ==
        Said{ExitCode::data_damaged, files.nodes + ": line 3, column 1: account: found \"A\", must be there once"});
}

TEST_CASE("an edge list that is cut or changed is refused or read") {
  Files files;
  int refused = 0;
  for (std::size_t i = 0; i < kEdges.size(); ++i) {
    ByteString bad = bytes_of(kEdges);
    bad[i] = static_cast<std::uint8_t>(bad[i] ^ (i % 2 == 0 ? 0x01 : 0x80));
    files.folder.write("edges.csv", bad);
    const Said said = files.said();
    refused += said.code == ExitCode::done ? 0 : 1;
    if (said.code != ExitCode::done && said.code != ExitCode::data_damaged) FAIL_CHECK("byte " << i << ": " << said);
  }
  CHECK(refused > 20);
}

TEST_CASE("AMLSim's tables are an edge list") {
  const auto folder = shared_data("amlsim");
  if (!folder) return;
  const std::string path = *folder + "/20K_fanin200cycle200/";
  const DataSource source = source_of("dataset: edges\npath: " + path + "transactions.csv.gz\nnodes_path: " + path +
                                      "nodes.csv.gz\nsource: sourceNodeId\ntarget: targetNodeId\nid: nodeid\n"
                                      "attributes: value\ntime: time\nstandardize: pooled\ncolumns:\n"
                                      "  - {name: isFraud, type: label}\n  - {name: fraudStep, type: ignore}\n");
  CHECK(count_labels(*source.train) == std::vector<int>{18'196, 1'804});
  CHECK(source.train->shape().dims == std::vector<Index>{11});
  CHECK(source.provenance.find("120558 edges, 0 of them") != std::string::npos);
}

}  // namespace
}  // namespace fedtide
