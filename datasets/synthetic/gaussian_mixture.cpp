#include "datasets/synthetic/gaussian_mixture.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>

#include "datasets/dense_dataset.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"
#include "sim/base/random.h"
#include "sim/config/section.h"

namespace fedtide {
namespace {

constexpr const char* kSource = "Kairouz et al. 2021, arXiv 1912.04977, section 3.1";
constexpr double kMostSamples = 4294967295.0;

InputShape shape_of(const MixtureOptions& o) {
  return {InputShape::Kind::dense, {Index{o.features}}, static_cast<int>(o.classes)};
}

struct Half {
  std::shared_ptr<const Dataset> dataset;
  Shards clients;
};

Half draw(const MixtureOptions& o, std::uint64_t seed, const std::vector<MixtureClient>& clients, std::uint32_t each,
          std::uint32_t turn) {
  const std::uint64_t all = std::uint64_t{each} * o.clients;
  Matrix<float> values(Index{o.features}, static_cast<Index>(all));
  std::vector<std::int32_t> labels;
  labels.reserve(all);
  Half half;
  std::vector<std::uint32_t> rows(each);
  for (std::uint32_t i = 0; i < o.clients; ++i) {
    std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(labels.size()));
    half.clients.append(rows);
    Stream stream(seed, Purpose::dataset, i, turn);
    for (std::uint32_t j = 0; j < each; ++j) {
      const std::size_t k = categorical(stream, clients[i].shares);
      const auto column = static_cast<Index>(labels.size());
      for (std::size_t f = 0; f < o.features; ++f) {
        const double center = (f == k ? o.separation / std::sqrt(2.0) : 0) + clients[i].offset[f];
        values(static_cast<Index>(f), column) = static_cast<float>(center + normal(stream));
      }
      labels.push_back(static_cast<std::int32_t>((k + clients[i].rotation) % o.classes));
    }
  }
  half.dataset = std::make_shared<DenseDataset>(shape_of(o), std::move(values), std::move(labels));
  return half;
}

}  // namespace

MixtureClient mixture_client(const MixtureOptions& o, std::uint64_t seed, std::uint32_t client) {
  Stream stream(seed, Purpose::dataset, client, 0);
  MixtureClient c;
  c.offset.resize(o.features);
  for (double& b : c.offset) b = o.feature_shift * normal(stream);
  c.shares.assign(o.classes, 1.0 / o.classes);
  if (o.label_shift == 1) {
    c.shares.assign(o.classes, 0);
    c.shares[uniform_below(stream, o.classes)] = 1;
  } else if (o.label_shift > 0) {
    const std::vector<double> alpha(o.classes, (1 / o.label_shift - 1) / o.classes);
    dirichlet(stream, alpha, c.shares);
  }
  if (uniform(stream) < o.concept_shift) c.rotation = 1 + uniform_below(stream, o.classes - 1);
  return c;
}

double mixture_accuracy(std::uint32_t classes, double separation) {
  // The integrand is below 1e-20 beyond ten standard deviations of t around the center.
  const double center = separation / std::sqrt(2.0), low = center - 10;
  constexpr int kSteps = 4000;
  constexpr double kStep = 20.0 / kSteps;
  double sum = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const double t = low + kStep * i;
    const double density = std::exp(-0.5 * (t - center) * (t - center)) / std::sqrt(2 * std::acos(-1.0));
    const double below = 0.5 * std::erfc(-t / std::sqrt(2.0));
    const double weight = i == 0 || i == kSteps ? 1 : i % 2 == 1 ? 4 : 2;
    sum += weight * density * std::pow(below, classes - 1.0);
  }
  return sum * kStep / 3;
}

double shared_mixture_accuracy(const MixtureOptions& o) {
  const double k = o.classes, c = o.concept_shift;
  const double a = mixture_accuracy(o.classes, o.separation / std::sqrt(1 + o.feature_shift * o.feature_shift));
  return (1 - c) * a + c * (1 - a) / (k - 1);
}

DataSource generate_mixture(const MixtureOptions& o, std::uint64_t seed) {
  const double most = static_cast<double>(o.clients) * std::max(o.samples, o.test_samples);
  if (most > kMostSamples) {
    throw Failure(ExitCode::usage,
                  fmt::format("data.samples: {} clients would have {:.0f} samples together, must be at "
                              "most 4294967295",
                              o.clients, most));
  }
  std::vector<MixtureClient> clients;
  for (std::uint32_t i = 0; i < o.clients; ++i) clients.push_back(mixture_client(o, seed, i));
  DataSource source;
  Half train = draw(o, seed, clients, o.samples, 1);
  source.train = std::move(train.dataset);
  source.natural_clients = std::move(train.clients);
  if (o.test_samples > 0) {
    Half test = draw(o, seed, clients, o.test_samples, 2);
    source.test = std::move(test.dataset);
    source.natural_test = std::move(test.clients);
  }
  source.provenance = fmt::format(
      "generated: Gaussian mixture, {} clients of {} samples, shifts {} (features), {} (labels), {} (concept), seed "
      "{}; "
      "even classes have a best accuracy of {:.4f}",
      o.clients, o.samples, o.feature_shift, o.label_shift, o.concept_shift, seed,
      mixture_accuracy(o.classes, o.separation));
  return source;
}

namespace {

class Mixture final : public DataLoader {
 public:
  explicit Mixture(const MixtureOptions& options) : o_(options) {}
  std::optional<InputShape> shape() const override { return shape_of(o_); }
  std::optional<std::uint32_t> clients() const override { return o_.clients; }
  DataSource load(std::uint64_t seed) const override { return generate_mixture(o_, seed); }

 private:
  MixtureOptions o_;
};

std::unique_ptr<DataLoader> read(Section& section) {
  const auto count = [&](const char* key, double fallback, Bounds bounds, const char* help) {
    return static_cast<std::uint32_t>(section.whole(key, {fallback, bounds, help, ""}));
  };
  MixtureOptions o;
  o.clients = count("clients", 20, between(1, 1e6), "clients, each with shifts of its own");
  o.samples = count("samples", 200, between(1, 1e9), "samples of each client for training");
  o.test_samples = count("test_samples", 50, between(0, 1e9), "samples of each client for testing");
  o.features = count("features", 20, between(2, 1e6), "features of a sample; at least as many as classes");
  o.classes = count("classes", 10, between(2, 1e6), "classes");
  o.separation = section.real(
      "separation", {3, non_negative(), "distance between the centers of any two classes, in standard deviations", ""});
  o.feature_shift = section.real(
      "feature_shift", {0, non_negative(), "standard deviation of a client's own offset of each feature", kSource});
  o.label_shift = section.real(
      "label_shift",
      {0, probability(), "variance of a client's class shares as a part of the largest; 1: one class each", kSource});
  o.concept_shift = section.real(
      "concept_shift", {0, probability(), "share of clients that call the classes by other numbers", kSource});
  if (o.features < o.classes && !section.describing()) {
    section.reject("features",
                   fmt::format("each of {} classes has a direction of its own, so there must be at least as "
                               "many features, got {}",
                               o.classes, o.features));
  }
  return std::make_unique<Mixture>(o);
}

const Registration<DatasetEntry> entry{
    {{"gaussian_mixture", "normal classes with knobs for feature, label and concept shift; best accuracy known",
      kSource},
     read}};

}  // namespace
}  // namespace fedtide
