#include "datasets/formats/client_examples.h"

namespace fedtide {

void Values::append_bytes(const std::uint8_t* bytes, std::size_t count) {
  if (bytes_only_) {
    bytes_.insert(bytes_.end(), bytes, bytes + count);
  } else {
    for (std::size_t i = 0; i < count; ++i) floats_.push_back(static_cast<float>(bytes[i]) / 255.0f);
  }
}

void Values::widen() {
  if (!bytes_only_) return;
  bytes_only_ = false;
  floats_.reserve(bytes_.size() + 1);
  for (const std::uint8_t byte : bytes_) floats_.push_back(static_cast<float>(byte) / 255.0f);
  bytes_ = {};
}

void Values::invert() {
  for (std::uint8_t& byte : bytes_) byte = static_cast<std::uint8_t>(255 - byte);
  for (float& value : floats_) value = 1.0f - value;
}

}  // namespace fedtide
