// The source `ratings`: users rate items as known biases and factors say, plus noise; needs no files. A user is a
// client. Koren, Bell and Volinsky, "Matrix Factorization Techniques for Recommender Systems", Computer 42(8), 2009:
//
//   r_ui = mu + b_u + b_i + <p_u, q_i> + noise N(0, 1)
//
// Which items a user rates is uniform, without repetition. The least expected squared error is noise^2.

#include "datasets/synthetic/ratings.h"

#include <array>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "datasets/sparse_dataset.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

InputShape shape_of(const RatingsOptions& o) {
  InputShape shape;
  shape.kind = InputShape::Kind::sparse;
  shape.dims = {Index{o.users}, Index{o.items}};
  shape.targets = 1;
  return shape;
}

double expected_rating(const RatingsOptions& o, const Vector<double>& w, std::uint32_t user, std::uint32_t item) {
  const Index k = o.factors, item_factors = 1 + Index{o.items}, user_bias = item_factors + k * o.items;
  return w[0] + w[1 + item] + w[user_bias + user] +
         w.segment(item_factors + k * item, k).dot(w.segment(user_bias + o.users + k * user, k));
}

class Ratings {
 public:
  void append(std::uint32_t user, std::span<const std::uint32_t> items, const RatingsOptions& o,
              const Vector<double>& w, Stream& stream) {
    std::vector<std::uint32_t> rows;
    for (const std::uint32_t item : items) {
      rows.push_back(static_cast<std::uint32_t>(ratings_.size()));
      samples_.append(std::array{user, o.users + item});
      ratings_.push_back(static_cast<float>(expected_rating(o, w, user, item) + o.noise * normal(stream)));
    }
    users_.append(rows);
  }
  std::shared_ptr<const Dataset> dataset(const RatingsOptions& o) {
    Matrix<float> targets = Eigen::Map<const Matrix<float>>(ratings_.data(), 1, static_cast<Index>(ratings_.size()));
    return std::make_shared<SparseDataset>(shape_of(o), std::move(samples_), std::vector<std::int32_t>{},
                                           std::move(targets));
  }
  Shards& users() { return users_; }

 private:
  SparseRows samples_;
  std::vector<float> ratings_;
  Shards users_;
};

}  // namespace

Vector<double> rating_weights(const RatingsOptions& o, std::uint64_t seed) {
  Stream stream(seed, Purpose::dataset);
  Vector<double> w(1 + (Index{o.items} + o.users) * (1 + o.factors));
  w[0] = o.mean;
  Index at = 1;
  const auto draw = [&](Index count, double deviation) {
    for (const Index end = at + count; at < end; ++at) w[at] = deviation * normal(stream);
  };
  draw(o.items, o.bias);
  draw(Index{o.items} * o.factors, o.factor);
  draw(o.users, o.bias);
  draw(Index{o.users} * o.factors, o.factor);
  return w;
}

DataSource generate_ratings(const RatingsOptions& o, std::uint64_t seed) {
  const Vector<double> w = rating_weights(o, seed);
  Ratings train, test;
  for (std::uint32_t user = 0; user < o.users; ++user) {
    Stream stream(seed, Purpose::dataset, 1 + user);
    const std::vector<std::uint32_t> items = sample_without_replacement(stream, o.items, o.samples + o.test_samples);
    train.append(user, std::span(items).first(o.samples), o, w, stream);
    test.append(user, std::span(items).subspan(o.samples), o, w, stream);
  }
  DataSource source;
  source.train = train.dataset(o);
  source.natural_clients = std::move(train.users());
  if (o.test_samples > 0) {
    source.test = test.dataset(o);
    source.natural_test = std::move(test.users());
  }
  source.provenance =
      fmt::format("generated: ratings, {} users of {} ratings of {} items, seed {}", o.users, o.samples, o.items, seed);
  return source;
}

namespace {

class RatingsLoader final : public DataLoader {
 public:
  explicit RatingsLoader(const RatingsOptions& options) : o_(options) {}
  std::optional<InputShape> shape() const override { return shape_of(o_); }
  std::optional<std::uint32_t> clients() const override { return o_.users; }
  DataSource load(std::uint64_t seed) const override { return generate_ratings(o_, seed); }

 private:
  RatingsOptions o_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  const auto count = [&](const char* key, double fallback, Bounds bounds, const char* help) {
    return static_cast<std::uint32_t>(section.whole(key, {fallback, bounds, help, ""}));
  };
  RatingsOptions o;
  o.users = count("users", 100, between(1, 1e6), "users, each a client");
  o.items = count("items", 100, between(1, 1e6), "items to rate");
  o.samples = count("samples", 40, between(1, 1e6), "ratings of each user for training");
  o.test_samples = count("test_samples", 10, between(0, 1e6), "ratings of each user for testing");
  o.factors = count("factors", 4, between(1, 256), "numbers of each user and item whose products add");
  o.mean = section.real("mean", {3.5, anything(), "mean rating", ""});
  o.bias = section.real("bias", {0.4, non_negative(), "standard deviation of biases of users and items", ""});
  o.factor = section.real("factor", {0.6, non_negative(), "standard deviation of the factors", ""});
  o.noise = section.real("noise", {0.3, non_negative(), "standard deviation of a rating around its expectation", ""});
  if (o.samples + o.test_samples > o.items) {
    section.reject("samples", fmt::format("a user rates {} + {} different items out of {}; items must be as many",
                                          o.samples, o.test_samples, o.items));
  }
  return std::make_unique<RatingsLoader>(o);
}

const Registration<DatasetEntry> entry{
    {{"ratings", "ratings of items by users from known factors; needs no files", "Koren et al. 2009"}, read}};

}  // namespace
}  // namespace fedtide
