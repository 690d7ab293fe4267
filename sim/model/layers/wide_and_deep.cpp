#include "sim/model/layers/wide_and_deep.h"

#include <fmt/format.h>

namespace fedtide {

std::string WideAndDeepSpec::mismatch(const Shape& in) const {
  std::string why = wide.mismatch(in);
  Shape out;
  if (why.empty()) why = layers_mismatch(deep, in, out);
  if (why.empty() && out != wide.output(in)) {
    why = fmt::format("adds {} of the wide part to {} of the deep one", wide.output(in).text(), out.text());
  }
  return why;
}

template <class T>
struct WideAndDeep<T>::Space final : LayerSpace {
  std::unique_ptr<LayerSpace> wide, deep;
  Vector<T> deep_out;  ///< [out * samples]
};

template <class T>
WideAndDeep<T>::WideAndDeep(const WideAndDeepSpec& spec, const Shape& in, Layout& layout, const std::string& name)
    : wide_(spec.wide, in, layout, name + ".wide") {
  LayerCounts counts;
  deep_ = std::make_unique<Stack<T>>(spec.deep, in, layout, counts, name + ".");
}

template <class T>
void WideAndDeep<T>::initialize(T* w, Stream& stream) const {
  wide_.initialize(w, stream);
  deep_->initialize(w, stream);
}

template <class T>
std::unique_ptr<LayerSpace> WideAndDeep<T>::make_space(Index samples) const {
  auto space = std::make_unique<Space>();
  space->wide = wide_.make_space(samples);
  space->deep = deep_->make_space(samples);
  space->deep_out.setZero(output().size() * samples);
  return space;
}

template <class T>
void WideAndDeep<T>::forward(const T* w, const T* x, T* y, LayerSpace* space, const Pass<T>& pass) const {
  auto& own = static_cast<Space&>(*space);
  wide_.forward(w, x, y, own.wide.get(), pass);
  deep_->forward(w, x, own.deep_out.data(), own.deep.get(), pass);
  for (Index i = 0; i < output().size() * pass.count; ++i) y[i] += own.deep_out[i];
}

template <class T>
void WideAndDeep<T>::backward(const T* w, const T* x, const T* y, T* dy, T* dx, T* target, LayerSpace* space,
                              const Pass<T>& pass) const {
  auto& own = static_cast<Space&>(*space);
  // The wide part leaves dy as it is, the deep one may not.
  wide_.backward(w, x, y, dy, dx, target, own.wide.get(), pass);
  deep_->backward(w, x, own.deep_out.data(), dy, dx, target, own.deep.get(), pass);
}

template class WideAndDeep<float>;
template class WideAndDeep<double>;

}  // namespace fedtide
