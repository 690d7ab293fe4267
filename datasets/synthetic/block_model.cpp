// The source `block_model`: graphs whose nodes have more edges within their class than to others; needs no files. Each
// client has a graph of its own, and another for testing. Holland, Laskey and Leinhardt, "Stochastic blockmodels: First
// steps", Social Networks 5, 1983.
//
//   node i has class i mod classes;  P(edge) = within | between;  x = signal e_class + N(0, I)
//
// From its features alone, a node of two equal classes is told with probability Phi(signal / sqrt 2), the best there
// is: the classes' means are sqrt 2 signal apart. Streams (seed, dataset, 1 + client, turn 1 training | 2 test).

#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "datasets/graph_dataset.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

struct BlockModelOptions {
  std::uint32_t clients = 0;
  std::uint32_t samples = 0;
  std::uint32_t test_samples = 0;
  std::uint32_t features = 0;
  std::uint32_t classes = 0;
  double within = 0;
  double between = 0;
  double signal = 0;
};

/// Graphs side by side, without edges between two of them.
class Graphs {
 public:
  Graphs(const BlockModelOptions& o, std::uint32_t nodes)
      : o_(o), values_(o.features, static_cast<Index>(nodes) * o.clients) {}

  void append(std::uint32_t nodes, Stream stream) {
    const auto first = static_cast<std::uint32_t>(labels_.size());
    std::vector<std::uint32_t> rows(nodes);
    std::iota(rows.begin(), rows.end(), first);
    clients_.append(rows);
    for (std::uint32_t i = 0; i < nodes; ++i) {
      const std::uint32_t own = i % o_.classes;
      labels_.push_back(static_cast<std::int32_t>(own));
      for (std::uint32_t f = 0; f < o_.features; ++f) {
        values_(f, first + i) = static_cast<float>((f == own ? o_.signal : 0) + normal(stream));
      }
      for (std::uint32_t j = 0; j < i; ++j) {
        const double p = j % o_.classes == own ? o_.within : o_.between;
        if (uniform(stream) < p) edges_.emplace_back(first + j, first + i);
      }
    }
  }
  std::shared_ptr<const Dataset> dataset(const InputShape& shape) {
    const auto nodes = static_cast<std::uint32_t>(labels_.size());
    return std::make_shared<GraphDataset>(shape, std::move(values_), std::move(labels_), adjacency_of(nodes, edges_));
  }
  Shards& clients() { return clients_; }

 private:
  const BlockModelOptions& o_;
  Matrix<float> values_;
  std::vector<std::int32_t> labels_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges_;
  Shards clients_;
};

class BlockModel final : public DataLoader {
 public:
  explicit BlockModel(const BlockModelOptions& options) : o_(options) {}
  std::optional<InputShape> shape() const override {
    return InputShape{InputShape::Kind::graph, {o_.features}, static_cast<int>(o_.classes)};
  }
  std::optional<std::uint32_t> clients() const override { return o_.clients; }
  DataSource load(std::uint64_t seed) const override {
    Graphs train(o_, o_.samples), test(o_, o_.test_samples);
    for (std::uint32_t i = 0; i < o_.clients; ++i) {
      train.append(o_.samples, Stream(seed, Purpose::dataset, 1 + i, 1));
      test.append(o_.test_samples, Stream(seed, Purpose::dataset, 1 + i, 2));
    }
    DataSource source;
    source.train = train.dataset(*shape());
    source.natural_clients = std::move(train.clients());
    if (o_.test_samples > 0) {
      source.test = test.dataset(*shape());
      source.natural_test = std::move(test.clients());
    }
    source.provenance = fmt::format("generated: block_model, {} graphs of {} nodes of {} classes, seed {}", o_.clients,
                                    o_.samples, o_.classes, seed);
    return source;
  }

 private:
  BlockModelOptions o_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  const auto count = [&](const char* key, double fallback, Bounds bounds, const char* help) {
    return static_cast<std::uint32_t>(section.whole(key, {fallback, bounds, help, ""}));
  };
  BlockModelOptions o;
  o.clients = count("clients", 10, between(1, 1e6), "clients, each with a graph of its own");
  o.samples = count("samples", 100, between(1, 1e5), "nodes of each client's graph for training");
  o.test_samples = count("test_samples", 100, between(0, 1e5), "nodes of each client's other graph, for testing");
  o.features = count("features", 8, between(1, 1e6), "features of a node; at least as many as classes");
  o.classes = count("classes", 2, between(2, 1e4), "classes of nodes, equally frequent");
  o.within = section.real("within", {0.2, probability(), "probability of an edge between nodes of a class", ""});
  o.between = section.real("between", {0.02, probability(), "the same between nodes of two classes", ""});
  o.signal = section.real("signal", {0.5, non_negative(), "mean of the feature that is a class's own", ""});
  if (o.features < o.classes) {
    section.reject("features", fmt::format("{} features for {} classes; there must be at least one for each",
                                           o.features, o.classes));
  }
  return std::make_unique<BlockModel>(o);
}

const Registration<DatasetEntry> entry{
    {{"block_model", "graphs with more edges within classes; needs no files", "Holland et al. 1983"}, read}};

}  // namespace
}  // namespace fedtide
