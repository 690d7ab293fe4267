// The source `clicks`: one category of each field, and whether there was a click; needs no files.
//
//   P(click) = 1 / (1 + exp(-y(x))),  y a factorization machine (Rendle 2010) with known weights
//
// Categories have frequencies by Zipf's law. Labels: 1 for a click. The least expected loss is the mean entropy of a
// label given its sample.

#include "datasets/synthetic/clicks.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "datasets/sparse_dataset.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

InputShape shape_of(const ClicksOptions& o) {
  InputShape shape;
  shape.kind = InputShape::Kind::sparse;
  shape.dims.assign(o.fields, Index{o.categories});
  shape.classes = 2;
  return shape;
}

/// Categories by rank.
class Ranks {
 public:
  explicit Ranks(const ClicksOptions& o) : up_to_(o.categories) {
    double sum = 0;
    for (std::uint32_t r = 0; r < o.categories; ++r) up_to_[r] = sum += std::pow(r + 1.0, -o.zipf);
  }
  std::uint32_t draw(Stream& stream) const {
    const auto found = std::upper_bound(up_to_.begin(), up_to_.end(), uniform(stream) * up_to_.back());
    return static_cast<std::uint32_t>(std::min<std::ptrdiff_t>(found - up_to_.begin(), std::ssize(up_to_) - 1));
  }

 private:
  std::vector<double> up_to_;  ///< [categories] sums of the weights
};

/// Of each field the category of each rank: [fields * categories]; empty where no client has its own.
std::vector<std::uint32_t> own_order(const ClicksOptions& o, Stream stream) {
  if (o.skew == 0) return {};
  std::vector<std::uint32_t> order(std::size_t{o.fields} * o.categories);
  for (std::uint32_t f = 0; f < o.fields; ++f) {
    const auto field = std::span(order).subspan(std::size_t{f} * o.categories, o.categories);
    std::iota(field.begin(), field.end(), 0u);
    shuffle(stream, field);
  }
  return order;
}

class Clicks {
 public:
  Clicks(const ClicksOptions& o, std::uint64_t seed) : o_(o), ranks_(o), weights_(click_weights(o, seed)) {}

  void append(const std::vector<std::uint32_t>& order, std::uint32_t samples, Stream stream) {
    std::vector<std::uint32_t> rows(samples), columns(o_.fields);
    std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(labels_.size()));
    clients_.append(rows);
    for (std::uint32_t i = 0; i < samples; ++i) {
      for (std::uint32_t f = 0; f < o_.fields; ++f) {
        const std::uint32_t rank = ranks_.draw(stream), first = f * o_.categories;
        columns[f] = first + (o_.skew > 0 && uniform(stream) < o_.skew ? order[first + rank] : rank);
      }
      const double odds = std::exp(click_log_odds(o_, weights_, columns));
      labels_.push_back(uniform(stream) * (1 + odds) < odds ? 1 : 0);
      samples_.append(columns);
    }
  }
  std::shared_ptr<const Dataset> dataset() {
    return std::make_shared<SparseDataset>(shape_of(o_), std::move(samples_), std::move(labels_));
  }
  Shards& clients() { return clients_; }

 private:
  const ClicksOptions& o_;
  Ranks ranks_;
  Vector<double> weights_;
  SparseRows samples_;
  std::vector<std::int32_t> labels_;
  Shards clients_;
};

}  // namespace

Vector<double> click_weights(const ClicksOptions& o, std::uint64_t seed) {
  const Index n = Index{o.fields} * o.categories;
  Stream stream(seed, Purpose::dataset);
  Vector<double> w = Vector<double>::Zero(1 + n * (1 + o.factors));
  for (Index i = 1; i < w.size(); ++i) w[i] = (i <= n ? o.weight : o.factor) * normal(stream);
  return w;
}

double click_log_odds(const ClicksOptions& o, const Vector<double>& weights, std::span<const std::uint32_t> columns) {
  const Index n = Index{o.fields} * o.categories;
  const auto factors = [&](std::uint32_t c) { return weights.segment(1 + n + Index{c} * o.factors, o.factors); };
  double y = weights[0];
  for (std::size_t i = 0; i < columns.size(); ++i) {
    y += weights[1 + Index{columns[i]}];
    for (std::size_t j = i + 1; j < columns.size(); ++j) y += factors(columns[i]).dot(factors(columns[j]));
  }
  return y;
}

DataSource generate_clicks(const ClicksOptions& o, std::uint64_t seed) {
  Clicks train(o, seed), test(o, seed);
  for (std::uint32_t i = 0; i < o.clients; ++i) {
    const auto order = own_order(o, Stream(seed, Purpose::dataset, 1 + i, 0));
    train.append(order, o.samples, Stream(seed, Purpose::dataset, 1 + i, 1));
    test.append(order, o.test_samples, Stream(seed, Purpose::dataset, 1 + i, 2));
  }
  DataSource source;
  source.train = train.dataset();
  source.natural_clients = std::move(train.clients());
  if (o.test_samples > 0) {
    source.test = test.dataset();
    source.natural_test = std::move(test.clients());
  }
  source.provenance = fmt::format("generated: clicks, {} clients of {} samples of {} fields of {} categories, seed {}",
                                  o.clients, o.samples, o.fields, o.categories, seed);
  return source;
}

namespace {

class ClicksLoader final : public DataLoader {
 public:
  explicit ClicksLoader(const ClicksOptions& options) : o_(options) {}
  std::optional<InputShape> shape() const override { return shape_of(o_); }
  std::optional<std::uint32_t> clients() const override { return o_.clients; }
  DataSource load(std::uint64_t seed) const override { return generate_clicks(o_, seed); }

 private:
  ClicksOptions o_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  const auto count = [&](const char* key, double fallback, Bounds bounds, const char* help) {
    return static_cast<std::uint32_t>(section.whole(key, {fallback, bounds, help, ""}));
  };
  ClicksOptions o;
  o.clients = count("clients", 10, between(1, 1e6), "clients");
  o.samples = count("samples", 1000, between(1, 1e6), "samples of each client for training");
  o.test_samples = count("test_samples", 200, between(0, 1e6), "samples of each client for testing");
  o.fields = count("fields", 6, between(1, 1000), "categories that a sample has, one of each field");
  o.categories = count("categories", 20, between(1, 1e6), "different categories of a field");
  o.factors = count("factors", 4, between(1, 256), "factors of the machine that draws the labels");
  o.zipf = section.real("zipf",
                        {1, non_negative(), "exponent of the categories' frequencies; 0: all the same", "Zipf 1949"});
  o.weight = section.real("weight", {0.5, non_negative(), "standard deviation of a category's own log odds", ""});
  o.factor = section.real("factor", {0.5, non_negative(), "standard deviation of the factors, whose products add", ""});
  o.skew = section.real("skew",
                        {0, probability(), "share of categories that a client draws with frequencies of its own", ""});
  return std::make_unique<ClicksLoader>(o);
}

const Registration<DatasetEntry> entry{
    {{"clicks", "clicks on categories from a known factorization machine; needs no files", "Rendle 2010"}, read}};

}  // namespace
}  // namespace fedtide
