#include "datasets/synthetic/click_through.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "datasets/sparse_dataset.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"
#include "sim/base/random.h"
#include "sim/config/section.h"

namespace fedtide {
namespace {

InputShape shape_of(const ClickThroughOptions& o) {
  InputShape shape;
  shape.kind = InputShape::Kind::sparse;
  shape.dims = {Index{o.users}, Index{o.items}};
  shape.classes = 2;
  return shape;
}

class Impressions {
 public:
  Impressions(const ClickThroughOptions& o, const Vector<double>& weights) : o_(o), w_(weights), up_to_(o.items) {
    double sum = 0;
    for (std::uint32_t r = 0; r < o.items; ++r) up_to_[r] = sum += std::pow(r + 1.0, -o.zipf);
  }

  void append(std::uint32_t user, std::uint32_t samples, Stream stream) {
    std::vector<std::uint32_t> rows(samples);
    std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(labels_.size()));
    users_.append(rows);
    for (std::uint32_t s = 0; s < samples; ++s) {
      const std::uint32_t item = draw_item(stream);
      const double odds = std::exp(click_through_log_odds(o_, w_, user, item));
      labels_.push_back(uniform(stream) * (1 + odds) < odds ? 1 : 0);
      samples_.append(std::array{user, o_.users + item});
    }
  }
  std::shared_ptr<const Dataset> dataset() {
    return std::make_shared<SparseDataset>(shape_of(o_), std::move(samples_), std::move(labels_));
  }
  Shards& users() { return users_; }

 private:
  std::uint32_t draw_item(Stream& stream) const {
    const auto found = std::upper_bound(up_to_.begin(), up_to_.end(), uniform(stream) * up_to_.back());
    return static_cast<std::uint32_t>(std::min<std::ptrdiff_t>(found - up_to_.begin(), std::ssize(up_to_) - 1));
  }

  const ClickThroughOptions& o_;
  const Vector<double>& w_;
  std::vector<double> up_to_;  ///< [items] sums of r^-zipf
  SparseRows samples_;
  std::vector<std::int32_t> labels_;
  Shards users_;
};

}  // namespace

Vector<double> click_through_weights(const ClickThroughOptions& o, std::uint64_t seed) {
  Stream stream(seed, Purpose::dataset, 0);
  const Index fields = Index{o.users} + o.items;
  Vector<double> w(1 + fields * (1 + Index{o.factors}));
  w[0] = o.bias;
  for (Index i = 1; i < w.size(); ++i) {
    const double deviation = i <= o.users ? o.activity : i <= fields ? o.appeal : o.taste;
    w[i] = deviation * normal(stream);
  }
  return w;
}

double click_through_log_odds(const ClickThroughOptions& o, const Vector<double>& w, std::uint32_t user,
                              std::uint32_t item) {
  const Index fields = Index{o.users} + o.items, column = Index{o.users} + item;
  const auto factors = [&](Index c) { return w.segment(1 + fields + c * o.factors, o.factors); };
  return w[0] + w[1 + Index{user}] + w[1 + column] + factors(user).dot(factors(column));
}

DataSource generate_click_through(const ClickThroughOptions& o, std::uint64_t seed) {
  const Vector<double> weights = click_through_weights(o, seed);
  Impressions train(o, weights), test(o, weights);
  for (std::uint32_t user = 0; user < o.users; ++user) {
    train.append(user, o.samples, Stream(seed, Purpose::dataset, 1 + user, 0));
    test.append(user, o.test_samples, Stream(seed, Purpose::dataset, 1 + user, 1));
  }
  DataSource source;
  source.train = train.dataset();
  source.natural_clients = std::move(train.users());
  if (o.test_samples > 0) {
    source.test = test.dataset();
    source.natural_test = std::move(test.users());
  }
  source.provenance = fmt::format("generated: click-through, {} users shown {} of {} items, seed {}", o.users,
                                  o.samples, o.items, seed);
  return source;
}

namespace {

class ClickThrough final : public DataLoader {
 public:
  explicit ClickThrough(const ClickThroughOptions& options) : o_(options) {}
  std::optional<InputShape> shape() const override { return shape_of(o_); }
  std::optional<std::uint32_t> clients() const override { return o_.users; }
  DataSource load(std::uint64_t seed) const override { return generate_click_through(o_, seed); }

 private:
  ClickThroughOptions o_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  const auto count = [&](const char* key, double fallback, Bounds bounds, const char* help) {
    return static_cast<std::uint32_t>(section.whole(key, {fallback, bounds, help, ""}));
  };
  ClickThroughOptions o;
  o.users = count("users", 100, between(1, 1e6), "users, each a client");
  o.items = count("items", 200, between(1, 1e6), "items to show");
  o.samples = count("samples", 100, between(1, 1e6), "items shown to each user, for training");
  o.test_samples = count("test_samples", 25, between(0, 1e6), "items shown to each user, for testing");
  o.factors = count("factors", 4, between(1, 256), "numbers of each user and item whose products add");
  o.zipf =
      section.real("zipf", {1, non_negative(), "exponent of how often items are shown; 0: all alike", "Zipf 1949"});
  o.bias = section.real("bias", {-1, anything(), "log odds of a click of an average user on an average item", ""});
  o.activity = section.real("activity", {0.5, non_negative(), "standard deviation of the users' own log odds", ""});
  o.appeal = section.real("appeal", {0.5, non_negative(), "standard deviation of the items' own log odds", ""});
  o.taste = section.real("taste", {0.7, non_negative(), "standard deviation of the factors, whose products add", ""});
  const double most = static_cast<double>(o.users) * std::max(o.samples, o.test_samples);
  if (most > 4294967295.0 && !section.describing()) {
    section.reject("samples", fmt::format("{} users would be shown {:.0f} items together, must be at most 4294967295",
                                          o.users, most));
  }
  return std::make_unique<ClickThrough>(o);
}

const Registration<DatasetEntry> entry{
    {{"click_through", "users who click on items they are shown, from known factors; needs no files",
      "Koren et al. 2009; Rendle 2010"},
     read}};

}  // namespace
}  // namespace fedtide
