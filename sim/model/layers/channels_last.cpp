#include "sim/model/layers/channels_last.h"

#include "sim/base/error.h"

namespace fedtide {

template <class T>
void ChannelsLast<T>::forward(const T* /*w*/, const T* x, T* y, LayerSpace* /*space*/, const Pass<T>& pass) const {
  const Index pixels = shape_.positions(), channels = shape_.channels;
  for (Index j = 0; j < pass.count; ++j) {
    const Eigen::Map<const Matrix<T>> planes(x + j * shape_.size(), pixels, channels);
    Eigen::Map<Matrix<T>>(y + j * shape_.size(), channels, pixels) = planes.transpose();
  }
}

template <class T>
void ChannelsLast<T>::backward(const T* /*w*/, const T* /*x*/, const T* /*y*/, T* /*dy*/, T* dx, T* /*target*/,
                               LayerSpace* /*space*/, const Pass<T>& /*pass*/) const {
  FEDTIDE_REQUIRE(dx == nullptr, "channels_last stands first in a network");
}

template class ChannelsLast<float>;
template class ChannelsLast<double>;

}  // namespace fedtide
