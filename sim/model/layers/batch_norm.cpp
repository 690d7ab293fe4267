#include "sim/model/layers/batch_norm.h"

#include <fmt/format.h>

#include <cmath>

#include "sim/model/layer_entry.h"
#include "sim/model/layers/channel_sums.h"

namespace fedtide {

std::string BatchNormSpec::mismatch(const Shape& in) const {
  if (in.kind == Shape::Kind::image || in.kind == Shape::Kind::features) return "";
  return fmt::format("takes an image or features, got a {}", in.text());
}

template <class T>
struct BatchNorm<T>::Space final : LayerSpace {
  Vector<double> mean, variance;  ///< [channels], of the batch; the variance is biased
  Vector<T> by_mean, by_inverse;  ///< [channels]
  Vector<double> gamma, beta;     ///< [channels], gradients
  Vector<T> shift, slope;         ///< [channels]
};

template <class T>
BatchNorm<T>::BatchNorm(const BatchNormSpec& spec, const Shape& in, Layout& layout, const std::string& name)
    : spec_(spec), shape_(in) {
  const bool is_local = spec.handling == BatchNormSpec::Handling::local;
  const Part part = is_local ? Part::personal : Part::norm;
  gamma_ = layout.add(name + ".gamma", {in.channels}, part);
  beta_ = layout.add(name + ".beta", {in.channels}, part);
  if (!tracks()) return;
  const Part kept = is_local ? Part::personal : Part::buffer;
  mean_ = layout.add_statistic(name + ".mean", {in.channels}, kept);
  variance_ = layout.add_statistic(name + ".variance", {in.channels}, kept);
}

template <class T>
void BatchNorm<T>::initialize(T* w, Stream& /*stream*/) const {
  std::fill_n(w + gamma_, shape_.channels, T(1));
  if (tracks()) std::fill_n(w + variance_, shape_.channels, T(1));
}

template <class T>
std::unique_ptr<LayerSpace> BatchNorm<T>::make_space(Index /*samples*/) const {
  auto space = std::make_unique<Space>();
  for (Vector<double>* each : {&space->mean, &space->variance, &space->gamma, &space->beta}) {
    each->setZero(shape_.channels);
  }
  for (Vector<T>* each : {&space->by_mean, &space->by_inverse, &space->shift, &space->slope}) {
    each->setZero(shape_.channels);
  }
  return space;
}

template <class T>
void BatchNorm<T>::measure(const T* x, Index columns, Space& own) const {
  const Index channels = shape_.channels;
  const double values = static_cast<double>(columns);
  channels::sum<T>(channels, columns, own.mean.data(), [&](Index at, Index) { return x[at]; });
  own.mean /= values;
  for (Index c = 0; c < channels; ++c) own.by_mean[c] = static_cast<T>(own.mean[c]);
  const T* mean = own.by_mean.data();
  channels::sum<T>(channels, columns, own.variance.data(), [&](Index at, Index c) {
    const T away = x[at] - mean[c];
    return away * away;
  });
  own.variance /= values;
}

template <class T>
void BatchNorm<T>::forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const {
  auto& own = static_cast<Space&>(*space);
  const Index channels = shape_.channels, columns = shape_.positions() * pass.count;
  if (pass.training || !tracks()) {
    measure(x, columns, own);
  } else {
    for (Index c = 0; c < channels; ++c) {
      own.by_mean[c] = w[mean_ + c];
      own.variance[c] = static_cast<double>(w[variance_ + c]);
    }
  }
  for (Index c = 0; c < channels; ++c) {
    own.by_inverse[c] = static_cast<T>(1 / std::sqrt(own.variance[c] + spec_.epsilon));
  }
  channels::normalize<T>(x, channels, columns, {own.by_mean.data(), own.by_inverse.data()}, w + gamma_, w + beta_, y);
}

template <class T>
void BatchNorm<T>::backward(const T* w, const T* x, const T* /*y*/, T* dy, T* dx, T* target, LayerSpace* space,
                            const Pass<T>& pass) const {
  auto& own = static_cast<Space&>(*space);
  const Index channels = shape_.channels, columns = shape_.positions() * pass.count;
  const double values = static_cast<double>(columns);
  const channels::Scaling<T> by{own.by_mean.data(), own.by_inverse.data()};
  channels::gradient_sums(x, dy, channels, columns, by, own.beta.data(), own.gamma.data());
  if (dx != nullptr) {
    for (Index c = 0; c < channels; ++c) {
      const double factor = static_cast<double>(w[gamma_ + c]) / values;
      own.shift[c] = static_cast<T>(factor * own.beta[c]);
      own.slope[c] = static_cast<T>(factor * own.gamma[c]);
    }
    channels::backpropagate(x, dy, channels, columns, by, w + gamma_, own.shift.data(), own.slope.data(), dx);
  }
  for (Index c = 0; c < channels; ++c) {
    target[gamma_ + c] += static_cast<T>(own.gamma[c]);
    target[beta_ + c] += static_cast<T>(own.beta[c]);
    if (!tracks()) continue;
    target[mean_ + c] += static_cast<T>(spec_.momentum * (own.mean[c] - static_cast<double>(w[mean_ + c])));
    if (columns < 2) continue;
    const double unbiased = own.variance[c] * values / (values - 1);
    target[variance_ + c] += static_cast<T>(spec_.momentum * (unbiased - static_cast<double>(w[variance_ + c])));
  }
}

template class BatchNorm<float>;
template class BatchNorm<double>;

namespace {

std::shared_ptr<const LayerFactory> read(Section& section) {
  BatchNormSpec spec;
  const std::string handling = section.word(
      "handling",
      Words{"shared",
            {{"shared", "running statistics are part of the model and averaged with it", ""},
             {"static", "always the batch's own statistics, none are kept", "Diao et al. 2021, HeteroFL"},
             {"local", "all of it stays on its client: weights and running statistics", "Li et al. 2021, FedBN"}},
            "what becomes of the statistics",
            ""});
  if (handling == "static") spec.handling = BatchNormSpec::Handling::static_batch;
  if (handling == "local") spec.handling = BatchNormSpec::Handling::local;
  spec.momentum =
      section.real("momentum", Number{0.1, fraction(), "share of the newest batch in the running statistics", ""});
  spec.epsilon = section.real("epsilon", Number{1e-5, positive(), "added to the variance", ""});
  return std::make_shared<BatchNormFactory>(spec);
}

const Registration<LayerEntry> entry{LayerEntry{
    About{"batch_norm", "each channel to mean 0 and variance 1 over the batch", "Ioffe and Szegedy 2015"}, &read}};

}  // namespace
}  // namespace fedtide
