// Graphs over the clients: who is next to whom, and what mixing along the edges does.

#include <Eigen/Eigenvalues>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numbers>

#include "sim/federation/topology.h"
#include "tests/catch.h"
#include "tests/support/read.h"

using namespace fedtide;
using namespace fedtide::testing;

namespace {

std::unique_ptr<Topology> topology_of(const std::string& yaml) { return read_entry<TopologyEntry, Topology>(yaml); }

Graph graph_of(const std::string& yaml, std::uint32_t nodes, std::uint64_t seed = 1, std::uint32_t round = 0) {
  const auto topology = topology_of(yaml);
  REQUIRE(topology->mismatch(nodes) == "");
  return topology->graph(nodes, seed, round);
}

/// W, or push-sum's P, with only those present; the rows of others are the identity's.
Matrix<double> matrix_of(const Graph& graph, MixingWeights weights, const std::vector<std::uint8_t>& present) {
  const Index n = graph.nodes();
  Matrix<double> w = Matrix<double>::Zero(n, n);
  for (Index i = 0; i < n; ++i) {
    if (present[static_cast<std::size_t>(i)] == 0) {
      w(i, i) = 1;
      continue;
    }
    const Mixture mixture = mixture_of(graph, static_cast<std::uint32_t>(i), weights, present);
    for (const Mixture::Part& part : mixture.parts) w(i, part.node) = part.weight / mixture.divisor;
  }
  return w;
}

Matrix<double> matrix_of(const Graph& graph, MixingWeights weights) {
  return matrix_of(graph, weights, std::vector<std::uint8_t>(graph.nodes(), 1));
}

double second_eigenvalue(const Matrix<double>& w) {
  const Eigen::SelfAdjointEigenSolver<Matrix<double>> solver(w);
  Eigen::VectorXd values = solver.eigenvalues().cwiseAbs();
  std::sort(values.begin(), values.end());
  return values[values.size() - 2];
}

bool sums_to_one(const Eigen::VectorXd& sums) { return (sums.array() - 1).abs().maxCoeff() < 1e-12; }

std::vector<std::uint32_t> degrees(const Graph& graph) {
  std::vector<std::uint32_t> all;
  for (std::uint32_t i = 0; i < graph.nodes(); ++i) all.push_back(static_cast<std::uint32_t>(graph.out(i).size()));
  return all;
}

bool all_are(const std::vector<std::uint32_t>& values, std::uint32_t value) {
  return std::all_of(values.begin(), values.end(), [&](std::uint32_t each) { return each == value; });
}

const std::vector<std::string> kUndirected = {"{name: ring}",
                                              "{name: torus}",
                                              "{name: complete}",
                                              "{name: star}",
                                              "{name: regular, degree: 3}",
                                              "{name: small_world, degree: 4, rewire: 0.3}",
                                              "{name: erdos_renyi, probability: 0.3}"};

}  // namespace

TEST_CASE("a graph keeps each edge once and no loops, neighbors ascending") {
  const Graph graph(4, {{0, 2}, {0, 1}, {0, 1}, {3, 3}, {2, 0}});
  REQUIRE(graph.edges() == 3);
  REQUIRE(std::vector(graph.out(0).begin(), graph.out(0).end()) == std::vector<std::uint32_t>{1, 2});
  REQUIRE(std::vector(graph.in(0).begin(), graph.in(0).end()) == std::vector<std::uint32_t>{2});
  REQUIRE(graph.out(3).empty());
  REQUIRE_FALSE(graph.symmetric());
  REQUIRE_FALSE(graph.connected());
  // A directed cycle is connected, a directed path is not.
  REQUIRE(Graph(3, {{0, 1}, {1, 2}, {2, 0}}).connected());
  REQUIRE_FALSE(Graph(3, {{0, 1}, {1, 2}}).connected());
  REQUIRE(Graph::undirected(3, {{0, 1}, {1, 2}}).connected());
}

TEST_CASE("every kind of graph is connected, and has the degrees it promises") {
  for (const std::string& yaml : kUndirected) {
    for (const std::uint32_t nodes : {12u, 30u}) {
      const Graph graph = graph_of(yaml, nodes);
      INFO(yaml << " of " << nodes);
      REQUIRE(graph.symmetric());
      REQUIRE(graph.connected());
      const auto topology = topology_of(yaml);
      if (topology->regular()) REQUIRE(all_are(degrees(graph), static_cast<std::uint32_t>(topology->degree(nodes))));
      const double mean = static_cast<double>(graph.edges()) / nodes;
      // The edges of Erdos-Renyi are binomial; the rest is exact.
      const double pairs = nodes * (nodes - 1.0) / 2;
      const double sigma = yaml.find("erdos") == std::string::npos ? 1e-9 : 2 * std::sqrt(pairs * 0.3 * 0.7) / nodes;
      REQUIRE(std::abs(mean - topology->degree(nodes)) <= 4 * sigma);
    }
  }
  REQUIRE(degrees(graph_of("{name: star}", 5)) == std::vector<std::uint32_t>{4, 1, 1, 1, 1});
  REQUIRE(all_are(degrees(graph_of("{name: regular, degree: 29}", 30)), 29));
  REQUIRE(degrees(graph_of("{name: ring}", 2)) == std::vector<std::uint32_t>{1, 1});
}

TEST_CASE("lambda_2 of ring, torus and complete graph is the closed form") {
  // The eigenvalues of a circulant matrix are the Fourier transform of its row: of the ring with weights 1/3,
  // (1 + 2 cos(2 pi k / n)) / 3. A torus with weights 1/5 is the sum of two rings' shifts:
  // (1 + 2 cos(2 pi k / r) + 2 cos(2 pi l / c)) / 5. The largest below 1 is the slowest wave along the longer side.
  const auto wave = [](double n) { return 2 * std::cos(2 * std::numbers::pi / n); };
  for (const auto weights : {MixingWeights::metropolis, MixingWeights::uniform}) {
    for (const std::uint32_t n : {5u, 8u, 16u, 33u}) {
      REQUIRE(second_eigenvalue(matrix_of(graph_of("{name: ring}", n), weights)) == Approx((1 + wave(n)) / 3));
      REQUIRE(second_eigenvalue(matrix_of(graph_of("{name: complete}", n), weights)) < 1e-12);
    }
    REQUIRE(second_eigenvalue(matrix_of(graph_of("{name: torus}", 30), weights)) == Approx((3 + wave(6)) / 5));
    REQUIRE(second_eigenvalue(matrix_of(graph_of("{name: torus, rows: 3}", 30), weights)) ==
            Approx((3 + wave(10)) / 5));
  }
}

TEST_CASE("Metropolis weights are symmetric and doubly stochastic, whoever is away") {
  for (const std::string& yaml : kUndirected) {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
      const Graph graph = graph_of(yaml, 12, seed);
      std::vector<std::uint8_t> present(12);
      for (std::uint32_t i = 0; i < 12; ++i) present[i] = (seed * 2654435761u >> i) % 4 > 0 ? 1 : 0;
      const Matrix<double> w = matrix_of(graph, MixingWeights::metropolis, present);
      INFO(yaml << ", seed " << seed);
      REQUIRE((w - w.transpose()).cwiseAbs().maxCoeff() < 1e-15);
      REQUIRE(sums_to_one(w.rowwise().sum()));
      REQUIRE(w.minCoeff() >= 0);
      for (Index i = 0; i < 12; ++i) {
        // Nobody takes anything of who is away.
        if (present[static_cast<std::size_t>(i)] == 0) REQUIRE(w.col(i).sum() == 1.0);
      }
    }
  }
}

TEST_CASE("uniform weights are row-stochastic, and what push-sum sends sums to 1, whoever is away") {
  for (const std::string& yaml :
       {std::string("{name: exponential}"), std::string("{name: exponential, one_peer: false}"),
        std::string("{name: torus}"), std::string("{name: star}")}) {
    for (std::uint32_t round = 0; round < 8; ++round) {
      const Graph graph = graph_of(yaml, 12, 1, round);
      std::vector<std::uint8_t> present(12);
      for (std::uint32_t i = 0; i < 12; ++i) present[i] = ((round + 3) * 2654435761u >> i) % 4 > 0 ? 1 : 0;
      REQUIRE(sums_to_one(matrix_of(graph, MixingWeights::uniform, present).rowwise().sum()));
      REQUIRE(sums_to_one(matrix_of(graph, MixingWeights::push_sum, present).colwise().sum().transpose()));
    }
  }
}

TEST_CASE("one peer a round of the exponential graph: the exact mean after log2 n rounds") {
  // With n = 2^m, the product of the W of m rounds is 1/n everywhere: each halves what is left in one bit of the
  // number (Ying et al. 2021, lemma 1).
  Matrix<double> product = Matrix<double>::Identity(16, 16);
  for (std::uint32_t round = 0; round < 4; ++round) {
    const Graph graph = graph_of("{name: exponential}", 16, 1, round);
    REQUIRE(all_are(degrees(graph), 1));
    product = matrix_of(graph, MixingWeights::uniform) * product;
  }
  REQUIRE((product.array() - 1.0 / 16).abs().maxCoeff() < 1e-15);
  REQUIRE(graph_of("{name: exponential, one_peer: false}", 16).edges() == 16 * 4);
}

TEST_CASE("random graphs follow from the seed, and are drawn anew where that is asked for") {
  const auto edges = [](const Graph& graph) {
    std::vector<std::uint32_t> all;
    for (std::uint32_t i = 0; i < graph.nodes(); ++i) all.insert(all.end(), graph.out(i).begin(), graph.out(i).end());
    return all;
  };
  for (const std::string& of : {std::string("regular, degree: 4"), std::string("small_world, degree: 4, rewire: 0.5"),
                                std::string("erdos_renyi, probability: 0.4")}) {
    const std::string fixed = "{name: " + of + "}", anew = "{name: " + of + ", redraw: 2}";
    REQUIRE(edges(graph_of(fixed, 20, 5, 0)) == edges(graph_of(fixed, 20, 5, 9)));
    REQUIRE(edges(graph_of(fixed, 20, 5)) != edges(graph_of(fixed, 20, 6)));
    REQUIRE(edges(graph_of(anew, 20, 5, 2)) == edges(graph_of(anew, 20, 5, 3)));
    REQUIRE(edges(graph_of(anew, 20, 5, 2)) != edges(graph_of(anew, 20, 5, 4)));
  }
}

TEST_CASE("random regular graphs: every pair is an edge as often as any other") {
  // 400 graphs of degree 4 over 20 nodes: an edge has probability 4/19, so 84.2 +- 8.2 of each; the largest of 190
  // deviations stays below 4.5 standard errors but for one in a thousand such tests.
  Matrix<double> count = Matrix<double>::Zero(20, 20);
  for (std::uint32_t round = 0; round < 400; ++round) {
    const Graph graph = graph_of("{name: regular, degree: 4, redraw: 1}", 20, 2, round);
    REQUIRE(all_are(degrees(graph), 4));
    for (std::uint32_t i = 0; i < 20; ++i) {
      for (const std::uint32_t j : graph.out(i)) count(i, j) += 1;
    }
  }
  const double p = 4.0 / 19, sigma = std::sqrt(400 * p * (1 - p));
  for (Index i = 0; i < 20; ++i) {
    for (Index j = 0; j < i; ++j) REQUIRE(std::abs(count(i, j) - 400 * p) < 4.5 * sigma);
  }
}

TEST_CASE("graphs that cannot be are refused by what is wrong") {
  const auto why = [](const std::string& yaml, std::uint32_t nodes) { return topology_of(yaml)->mismatch(nodes); };
  REQUIRE(why("{name: torus}", 10) ==
          "10 clients are no torus: they must be a product of two numbers of at least 3, such as 9");
  REQUIRE(why("{name: torus}", 7) ==
          "7 clients are no torus: they must be a product of two numbers of at least 3, such as 9");
  REQUIRE(why("{name: torus, rows: 4}", 30) == "30 clients are no torus of 4 rows: both sides must be at least 3");
  REQUIRE(why("{name: regular, degree: 5}", 5) == "a degree of 5 needs more than 5 clients");
  REQUIRE(why("{name: regular, degree: 3}", 7) == "7 clients cannot all have the odd degree 3");
  REQUIRE(why("{name: regular, degree: 1}", 8) == "a graph of degree 1 is in pieces: at least 2, or redraw: 1");
  REQUIRE(why("{name: regular, degree: 1, redraw: 1}", 8) == "");
  REQUIRE(why("{name: small_world, degree: 6}", 6) == "6 neighbors need more than 6 clients");
  REQUIRE_THROWS_WITH(topology_of("{name: small_world, degree: 3}"), Catch::Contains("degree: must be even, got 3"));
  REQUIRE_THROWS_WITH(topology_of("{name: erdos_renyi, probability: 0.0001}")->graph(100, 1, 0),
                      "protocol.topology: none of 1000 graphs of 100 clients was connected; ask for more edges, or "
                      "draw anew during the run with redraw: 1");
}

TEST_CASE("a graph from a file") {
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "fedtide-topology.csv";
  const auto write = [&](const std::string& text) { std::ofstream(path) << text; };
  const std::string yaml = "{name: file, path: " + path.string() + "}";
  write("from,to\n0,1\n1,2\n2,0\n");
  REQUIRE(graph_of(yaml, 3).edges() == 6);
  REQUIRE(topology_of(yaml)->degree(3) == 2);
  const std::string directed = "{name: file, directed: true, path: " + path.string() + "}";
  REQUIRE(graph_of(directed, 3).edges() == 3);
  REQUIRE(topology_of(directed)->directed());
  REQUIRE_THROWS_WITH(
      topology_of(yaml)->graph(4, 1, 0),
      Catch::Contains("is in pieces: not all of the 4 clients can be reached from each other; add edges"));
  REQUIRE_THAT(topology_of(yaml)->mismatch(2),
               Catch::Contains("has an edge of client 2, and there are 2, numbered from 0"));
  write("from,to\n0,1.5\n");
  REQUIRE_THROWS_WITH(topology_of(yaml), Catch::Contains("edge 1 leads from 0 to 1.5, must be whole numbers"));
  write("from\n0\n");
  REQUIRE_THROWS_WITH(topology_of(yaml), Catch::Contains("to"));
  std::filesystem::remove(path);
}

TEST_CASE("graphs of more edges than memory can hold are refused before they are made") {
  const auto why = [](const std::string& yaml, std::uint32_t clients) {
    return graph_mismatch(*topology_of(yaml), clients, "gossip");
  };
  REQUIRE(why("{name: complete}", 100000) ==
          "the topology has about 1e+10 edges over 100000 clients, at most 5e+07 are possible; choose one with fewer "
          "neighbors");
  REQUIRE(why("{name: complete}", 5000) == "");
  REQUIRE(why("{name: ring}", 10000000) == "");
  REQUIRE(why("{name: ring}", 1) == "gossip needs at least 2 clients, there are 1");
  REQUIRE_FALSE(why("{name: torus}", 10).empty());
}
