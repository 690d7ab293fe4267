#include "datasets/synthetic/markov.h"

#include <cmath>
#include <utility>
#include <vector>

#include "datasets/sequence_dataset.h"
#include "sim/base/distributions.h"
#include "sim/base/error.h"

namespace fedtide {
namespace {

Matrix<double> draw_transitions(const MarkovOptions& o, Stream stream) {
  const auto n = static_cast<Index>(o.alphabet);
  Matrix<double> p(n, n);
  const std::vector<double> alpha(o.alphabet, o.concentration);
  std::vector<double> row(o.alphabet);
  for (Index a = 0; a < n; ++a) {
    dirichlet(stream, alpha, row);
    p.row(a) = Eigen::Map<const Vector<double>>(row.data(), n).transpose();
  }
  return p;
}

class Chains {
 public:
  void append(const MarkovOptions& o, const Matrix<double>& p, const Vector<double>& start, std::uint32_t samples,
              Stream stream) {
    if (samples == 0) return clients_.append({});
    const std::uint64_t begin = tokens_.size(), length = std::uint64_t{samples} * o.steps + 1;
    std::size_t token = categorical(stream, {start.data(), static_cast<std::size_t>(start.size())});
    std::vector<double> row(o.alphabet);
    for (std::uint64_t t = 0; t < length; ++t) {
      tokens_.push_back(static_cast<std::uint16_t>(token));
      Eigen::Map<Vector<double>>(row.data(), p.cols()) = p.row(static_cast<Index>(token)).transpose();
      token = categorical(stream, row);
    }
    std::vector<std::uint32_t> rows;
    for (std::uint32_t i = 0; i < samples; ++i) rows.push_back(static_cast<std::uint32_t>(windows_.size() + i));
    cut_windows(begin, tokens_.size(), o.steps, o.steps, true, windows_);
    clients_.append(rows);
  }
  std::shared_ptr<const Dataset> dataset(const InputShape& shape) {
    return std::make_shared<SequenceDataset<std::uint16_t>>(shape, std::move(tokens_), std::move(windows_));
  }
  Shards& clients() { return clients_; }

 private:
  std::vector<std::uint16_t> tokens_;
  std::vector<Window> windows_;
  Shards clients_;
};

}  // namespace

Matrix<double> markov_transitions(const MarkovOptions& o, std::uint64_t seed, std::uint32_t client) {
  return (1 - o.skew) * draw_transitions(o, Stream(seed, Purpose::dataset, 0)) +
         o.skew * draw_transitions(o, Stream(seed, Purpose::dataset, 1 + client));
}

Vector<double> stationary(const Matrix<double>& transitions) {
  // (P + I) / 2 has the same stationary state and no period; squaring it is 2^40 steps.
  const Index n = transitions.rows();
  Matrix<double> power = (transitions + Matrix<double>::Identity(n, n)) / 2;
  for (int k = 0; k < 40; ++k) {
    power = (power * power).eval();
    for (Index a = 0; a < n; ++a) power.row(a) /= power.row(a).sum();  // rounding would grow as 2^k
  }
  return power.colwise().mean().transpose();
}

double entropy_rate(const Matrix<double>& transitions) {
  const Vector<double> pi = stationary(transitions);
  double rate = 0;
  for (Index a = 0; a < transitions.rows(); ++a) {
    for (Index b = 0; b < transitions.cols(); ++b) {
      const double p = transitions(a, b);
      if (p > 0) rate -= pi[a] * p * std::log(p);
    }
  }
  return rate;
}

DataSource generate_markov(const MarkovOptions& o, std::uint64_t seed) {
  Chains train, test;
  double rate = 0;
  for (std::uint32_t i = 0; i < o.clients; ++i) {
    const Matrix<double> p = markov_transitions(o, seed, i);
    const Vector<double> start = stationary(p);
    rate += entropy_rate(p) / o.clients;
    train.append(o, p, start, o.samples, Stream(seed, Purpose::dataset, 1 + i, 1));
    test.append(o, p, start, o.test_samples, Stream(seed, Purpose::dataset, 1 + i, 2));
  }
  InputShape shape;
  shape.kind = InputShape::Kind::sequence;
  shape.dims = {o.steps};
  shape.vocabulary = o.alphabet;
  shape.classes = static_cast<int>(o.alphabet);
  shape.label_each_step = true;
  DataSource source;
  source.natural_clients = std::move(train.clients());
  source.train = train.dataset(shape);
  if (o.test_samples > 0) {
    source.natural_test = std::move(test.clients());
    source.test = test.dataset(shape);
  }
  source.provenance = fmt::format(
      "generated: Markov chains over {} tokens, {} clients, seed {}; entropy rate {:.6f} nats a token (mean of "
      "clients)",
      o.alphabet, o.clients, seed, rate);
  return source;
}

}  // namespace fedtide
