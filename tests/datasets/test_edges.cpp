#include "datasets/formats/edges.h"

#include "datasets/graph_dataset.h"
#include "tests/catch.h"
#include "tests/datasets/tables.h"

namespace fedtide {
namespace {

using Ends = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

Dictionary three_nodes() {
  Dictionary nodes;
  for (const char* id : {"10", "20", "30"}) nodes.add(id);
  return nodes;
}
Edges read(std::string_view text) {
  const ByteString file = bytes_of(text);
  return read_edges(CsvReader(ContentReader::over("E", file), {}), {"from", "to", {"value"}}, three_nodes(), "N");
}
Said said(std::string_view text) {
  return said_by([&] { read(text); });
}
Said damaged(const std::string& what) { return {ExitCode::data_damaged, "E: " + what}; }

TEST_CASE("edges have ends among the nodes and numbers") {
  const Edges edges = read("to,value,note,from\r\n20,1.5,x,10\r\n10,2,y,20\r\n30,3,,30\r\n");
  CHECK(edges.ends == Ends{{0, 1}, {1, 0}, {2, 2}});
  CHECK(edges.numbers == std::vector<std::vector<float>>{{1.5f, 2, 3}});
  CHECK(undirected(edges) == Ends{{0, 1}});
}

TEST_CASE("every mistake of an edge list has its message") {
  CHECK(said("") == damaged("line 1: the file is empty; must begin with the columns' names"));
  CHECK(said("from,to\n") == damaged("line 1: has no column \"value\"; columns: from, to"));
  CHECK(said("from,to,value\n10,40,1\n") == damaged("line 2, column 4: to: found \"40\", must be a node of N"));
  CHECK(said("from,to,value\n10,20,NaN\n") ==
        damaged("line 2, column 7: value: found \"NaN\", must be a finite number"));
  CHECK(said("from,to,value\n10,20\n") ==
        damaged("line 2, column 4: the row ends with field 2, must have 3: from, to, value"));
}

TEST_CASE("the accounts of AMLSim are a graph, and banks are clients") {
  const auto folder = shared_data("amlsim");
  if (!folder) return;
  const std::string path = *folder + "/20K_fanin200cycle200";
  const DataSource source = source_of("dataset: amlsim\nbanks: 7\ntest_fraction: 0\npath: " + path);
  CHECK(source.train->shape().kind == InputShape::Kind::graph);
  CHECK(source.train->size() == 20'000);
  CHECK(count_labels(*source.train) == std::vector<int>{18'196, 1'804});
  CHECK(source.provenance.find("20000 accounts, 120558 transactions, 7 banks") != std::string::npos);
  // 20,000 = 7 x 2857 + 1: bank 0 has account 19,999 too.
  CHECK(client_sizes(source.natural_clients) == std::vector<std::size_t>{2858, 2857, 2857, 2857, 2857, 2857, 2857});
  CHECK(source.client_names[6] == "bank 6");
  const DataSource split = source_of("dataset: amlsim\nbanks: 4\npath: " + path);
  CHECK(client_sizes(split.natural_clients) == std::vector<std::size_t>(4, 4000));
  CHECK(client_sizes(split.natural_test) == std::vector<std::size_t>(4, 1000));
}

TEST_CASE("features of an account are what its transactions sum up to") {
  const TemporaryFolder folder;
  folder.write("nodes.csv", bytes_of("nodeid,isFraud,init_balance,fraudStep\n0,0,0,-1\n1,1,3,2\n"));
  folder.write("transactions.csv", bytes_of("sourceNodeId,targetNodeId,value,time\n0,1,7,5\n0,1,1,3\n1,1,1,0\n"));
  const DataSource source = source_of("dataset: amlsim\nbanks: 1\ntest_fraction: 0\npath: " + folder.path());
  // Over two accounts each feature is -1 and 1, as far as it differs: balance 0, 3; out 2 of 8, 7, 1 partner against 1
  // of 1, 1, 1; in none against 3 of 9, 7, 2; first 3, 0; last 5, 5.
  CHECK(sample(*source.train, 0) == std::vector<double>{-1, 1, 1, 1, 0, -1, -1, -1, -1, 1, 0});
  CHECK(sample(*source.train, 1) == std::vector<double>{1, -1, -1, -1, 0, 1, 1, 1, 1, -1, 0});
  Batch<double> batch;
  source.train->gather(std::vector<std::uint32_t>{0, 1}, batch);
  CHECK(batch.rows[2] == 4);  // both, and both neighbors: two transactions are one edge, the third is none
}

TEST_CASE("accounts that cannot be are refused") {
  const TemporaryFolder folder;
  const std::string nodes = (std::filesystem::path(folder.path()) / "nodes.csv").string();
  folder.write("transactions.csv", bytes_of("sourceNodeId,targetNodeId,value,time\n"));
  const auto message = [&](std::string_view text, const std::string& banks = "1") {
    folder.write("nodes.csv", bytes_of(text));
    const std::string said =
        said_by([&] { source_of("dataset: amlsim\nbanks: " + banks + "\npath: " + folder.path()); }).message;
    return said.starts_with(nodes) ? said.substr(nodes.size()) : said;
  };
  CHECK(message("nodeid,isFraud,init_balance,fraudStep\n0,0,1,-1\n0,1,1,-1\n") ==
        ": row 2: nodeid: found \"0\", must be there once");
  CHECK(message("nodeid,isFraud,init_balance,fraudStep\nA,0,1,-1\n") ==
        ": row 1: nodeid: found \"A\", must be a whole number");
  CHECK(message("nodeid,isFraud,fraudStep,balance\n0,0,-1,2\n") == ": has no column \"init_balance\"");
  CHECK(message("nodeid,isFraud,init_balance,fraudStep\n0,0,1,-1\n2,1,1,-1\n", "2") ==
        "data.banks: 2, but bank 1 has none of the 2 accounts");
}

}  // namespace
}  // namespace fedtide
