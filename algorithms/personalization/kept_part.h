#pragma once
// What the methods share that keep part of the model at the clients: the rest is trained and averaged as in FedAvg.

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "sim/federation/algorithm.h"

namespace fedtide {

/// Of the ranges for which `is_kept` says so, in order; neighbors are joined.
template <class Predicate>
std::vector<Stretch> stretches_of(const Layout& layout, const Predicate& is_kept) {
  std::vector<Stretch> kept;
  for (const WeightRange& range : layout.ranges()) {
    if (!is_kept(range)) continue;
    if (!kept.empty() && kept.back().begin + kept.back().size == range.offset) {
      kept.back().size += range.size();
    } else {
      kept.push_back({range.offset, range.size()});
    }
  }
  return kept;
}

/// "dense1" of "dense1.weight".
inline std::string layer_of(const WeightRange& range) { return range.name.substr(0, range.name.rfind('.')); }

/// The layers that have weights, in order.
inline std::vector<std::string> layers_of(const Layout& layout) {
  std::vector<std::string> layers;
  for (const WeightRange& range : layout.ranges()) {
    std::string layer = layer_of(range);
    if (layers.empty() || layers.back() != layer) layers.push_back(std::move(layer));
  }
  return layers;
}

/// The last so many layers and whatever the model itself calls personal.
inline std::vector<Stretch> last_layers(const Layout& layout, std::int64_t count) {
  std::vector<std::string> last = layers_of(layout);
  const auto others = std::max<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(last.size()) - count);
  last.erase(last.begin(), last.begin() + others);
  return stretches_of(layout, [&](const WeightRange& range) {
    return range.part == Part::personal || std::find(last.begin(), last.end(), layer_of(range)) != last.end();
  });
}

/// Empty where a model has so many layers, else why not; `key` is the parameter.
inline std::string unless_layers(const Layout& layout, const std::string& key, std::int64_t wanted) {
  const auto layers = static_cast<std::int64_t>(layers_of(layout).size());
  if (wanted <= layers) return "";
  return fmt::format("{} is {} and the model has {} layers with weights; set algorithm.{} to at most that", key, wanted,
                     layers, key);
}

/// x [d] with a client's own part in place of the stretches; null: as they are.
template <class T>
Vector<T> with_kept(const Vector<T>& x, const std::vector<Stretch>& kept, const Vector<T>* own) {
  Vector<T> w = x;
  Index at = 0;
  for (const Stretch& s : kept) {
    if (own == nullptr) break;
    w.segment(s.begin, s.size) = own->segment(at, s.size);
    at += s.size;
  }
  return w;
}

/// The stretches of w, one after the other.
template <class T>
SharedVector<T> kept_of(const Vector<T>& w, const std::vector<Stretch>& kept) {
  Index size = 0;
  for (const Stretch& s : kept) size += s.size;
  Vector<T> own(size);
  Index at = 0;
  for (const Stretch& s : kept) {
    own.segment(at, s.size) = w.segment(s.begin, s.size);
    at += s.size;
  }
  return std::make_shared<const Vector<T>>(std::move(own));
}

/// Local SGD on the whole model; the client keeps its part and sends the change of the rest.
template <class T>
class KeptPartClient : public ClientHalf<T> {
 public:
  explicit KeptPartClient(std::vector<Stretch> kept) : kept_(std::move(kept)) {}

  ClientOutput<T> train(const ClientInput<T>& in) const override {
    ClientOutput<T> out;
    Vector<T> w = with_kept(in.global, kept_, in.state);
    out.run = this->solve(in, w);
    out.state = kept_of(w, kept_);
    w -= in.global;
    for (const Stretch& s : kept_) w.segment(s.begin, s.size).setZero();
    out.delta = std::move(w);
    return out;
  }
  Vector<T> personal_model(const ClientInput<T>& in) const override { return with_kept(in.global, kept_, in.state); }

 protected:
  /// Trains w in place.
  virtual LocalRun solve(const ClientInput<T>& in, Vector<T>& w) const {
    return local_sgd(in.model, in.data, in.solver, in.round, in.stream, w, in.memory);
  }
  const std::vector<Stretch>& kept() const { return kept_; }

 private:
  std::vector<Stretch> kept_;
};

/// Base of their parameter structs.
struct KeptPartDefaults : MethodDefaults {
  Traits traits() const { return {.stateful = true, .personal = true}; }
  template <class T>
  Algorithm<T> make(const ProblemSize& size) const {
    return {std::make_unique<KeptPartClient<T>>(size.kept), std::make_unique<ServerHalf<T>>()};
  }
};

}  // namespace fedtide
