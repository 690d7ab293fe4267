#include "sim/model/layers/group_norm.h"

#include <fmt/format.h>

#include <cmath>

#include "sim/model/layer_entry.h"
#include "sim/model/layers/channel_sums.h"

namespace fedtide {

std::string GroupNormSpec::mismatch(const Shape& in) const {
  if (in.kind != Shape::Kind::image && in.kind != Shape::Kind::features) {
    return fmt::format("takes an image or features, got a {}", in.text());
  }
  if (in.channels % groups == 0) return "";
  return fmt::format("{} channels cannot be cut into {} equal groups", in.channels, groups);
}

template <class T>
struct GroupNorm<T>::Space final : LayerSpace {
  Matrix<T> mean, inverse;         ///< [channels, samples]; equal within a group
  Vector<double> sums, more_sums;  ///< [channels]
  Vector<double> gamma, beta;      ///< [channels], gradients
  Vector<T> shift, slope;          ///< [channels]
};

template <class T>
GroupNorm<T>::GroupNorm(const GroupNormSpec& spec, const Shape& in, Layout& layout, const std::string& name)
    : spec_(spec), shape_(in) {
  gamma_ = layout.add(name + ".gamma", {in.channels}, Part::norm);
  beta_ = layout.add(name + ".beta", {in.channels}, Part::norm);
}

template <class T>
void GroupNorm<T>::initialize(T* w, Stream& /*stream*/) const {
  std::fill_n(w + gamma_, shape_.channels, T(1));
}

template <class T>
std::unique_ptr<LayerSpace> GroupNorm<T>::make_space(Index samples) const {
  const Index channels = shape_.channels;
  auto space = std::make_unique<Space>();
  for (Matrix<T>* matrix : {&space->mean, &space->inverse}) matrix->setZero(channels, samples);
  for (Vector<double>* sums : {&space->sums, &space->more_sums, &space->gamma, &space->beta}) sums->setZero(channels);
  for (Vector<T>* vector : {&space->shift, &space->slope}) vector->setZero(channels);
  return space;
}

template <class T>
template <class Number>
void GroupNorm<T>::spread(const double* sums, T* out, Number&& number) const {
  const Index width = shape_.channels / spec_.groups;
  for (Index group = 0; group < spec_.groups; ++group) {
    double total = 0;
    for (Index c = 0; c < width; ++c) total += sums[group * width + c];
    std::fill_n(out + group * width, width, static_cast<T>(number(total)));
  }
}

template <class T>
void GroupNorm<T>::forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const {
  auto& own = static_cast<Space&>(*space);
  const Index channels = shape_.channels, pixels = shape_.positions();
  const double values = static_cast<double>(shape_.size() / spec_.groups);
  for (Index j = 0; j < pass.count; ++j, x += shape_.size(), y += shape_.size()) {
    T* mean = own.mean.col(j).data();
    T* inverse = own.inverse.col(j).data();
    channels::sum<T>(channels, pixels, own.sums.data(), [&](Index at, Index) { return x[at]; });
    spread(own.sums.data(), mean, [&](double total) { return total / values; });
    channels::sum<T>(channels, pixels, own.sums.data(), [&](Index at, Index c) {
      const T away = x[at] - mean[c];
      return away * away;
    });
    spread(own.sums.data(), inverse, [&](double total) { return 1 / std::sqrt(total / values + spec_.epsilon); });
    channels::normalize<T>(x, channels, pixels, {mean, inverse}, w + gamma_, w + beta_, y);
  }
}

template <class T>
void GroupNorm<T>::backward(const T* w, const T* x, const T* /*y*/, T* dy, T* dx, T* target, LayerSpace* space,
                            const Pass<T>& pass) const {
  auto& own = static_cast<Space&>(*space);
  const Index channels = shape_.channels, pixels = shape_.positions();
  const double values = static_cast<double>(shape_.size() / spec_.groups);
  own.gamma.setZero();
  own.beta.setZero();
  for (Index j = 0; j < pass.count; ++j, x += shape_.size(), dy += shape_.size()) {
    const channels::Scaling<T> by{own.mean.col(j).data(), own.inverse.col(j).data()};
    channels::gradient_sums(x, dy, channels, pixels, by, own.sums.data(), own.more_sums.data());
    own.beta += own.sums;
    own.gamma += own.more_sums;
    if (dx == nullptr) continue;
    for (Index c = 0; c < channels; ++c) {
      own.sums[c] *= static_cast<double>(w[gamma_ + c]);
      own.more_sums[c] *= static_cast<double>(w[gamma_ + c]);
    }
    spread(own.sums.data(), own.shift.data(), [&](double total) { return total / values; });
    spread(own.more_sums.data(), own.slope.data(), [&](double total) { return total / values; });
    channels::backpropagate(x, dy, channels, pixels, by, w + gamma_, own.shift.data(), own.slope.data(), dx);
    dx += shape_.size();
  }
  for (Index c = 0; c < channels; ++c) {
    target[gamma_ + c] += static_cast<T>(own.gamma[c]);
    target[beta_ + c] += static_cast<T>(own.beta[c]);
  }
}

template class GroupNorm<float>;
template class GroupNorm<double>;

namespace {

std::shared_ptr<const LayerFactory> read(Section& section) {
  GroupNormSpec spec;
  spec.groups = section.whole("groups", Number{8.0, between(1, 1e5), "groups that the channels are cut into", ""});
  spec.epsilon = section.real("epsilon", Number{1e-5, positive(), "added to the variance", ""});
  return std::make_shared<GroupNormFactory>(spec);
}

const Registration<LayerEntry> entry{LayerEntry{
    About{"group_norm", "each sample's groups of channels to mean 0 and variance 1", "Wu and He 2018"}, &read}};

}  // namespace
}  // namespace fedtide
