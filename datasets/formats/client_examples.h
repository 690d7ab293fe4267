#pragma once
// Examples that come with their clients: what LEAF's JSON and TensorFlow Federated's HDF5 files hold.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fedtide {

/// Many texts in one piece of memory.
class Texts {
 public:
  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](std::size_t i) const {
    const std::uint64_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }
  void append(std::string_view text) {
    bytes_.append(text);
    ends_.push_back(bytes_.size());
  }

 private:
  std::string bytes_;
  std::vector<std::uint64_t> ends_;
};

/// Numbers that stay bytes as long as each is a byte / 255 in float32, as pixels are, and become float32 with the first
/// that is not.
class Values {
 public:
  void append(double value) {
    if (!bytes_only_ || !append_byte(static_cast<float>(value))) append_float(static_cast<float>(value));
  }
  void append_bytes(const std::uint8_t* bytes, std::size_t count);

  std::size_t size() const { return bytes_only_ ? bytes_.size() : floats_.size(); }
  bool bytes_only() const { return bytes_only_; }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  const std::vector<float>& floats() const { return floats_; }
  std::vector<std::uint8_t> take_bytes() { return std::move(bytes_); }
  /// As float32 from now on.
  void widen();
  /// Every value v becomes 1 - v.
  void invert();

 private:
  bool append_byte(float value) {
    const float scaled = value * 255.0f + 0.5f;
    if (!(scaled >= 0.0f && scaled < 256.0f)) return false;
    const auto byte = static_cast<std::uint8_t>(scaled);
    if (static_cast<float>(byte) / 255.0f != value) return false;
    bytes_.push_back(byte);
    return true;
  }
  void append_float(float value) {
    if (bytes_only_) widen();
    floats_.push_back(value);
  }

  bool bytes_only_ = true;
  std::vector<std::uint8_t> bytes_;
  std::vector<float> floats_;
};

/// One half, for training or for testing. Sample i has numbers, or one text, or several fields; and a number or a text
/// as its label.
struct ClientExamples {
  enum class Kind { none, numbers, text, fields };
  struct Client {
    std::string name;
    std::uint64_t begin = 0;  ///< its samples are begin .. end - 1
    std::uint64_t end = 0;
  };

  std::vector<Client> clients;
  std::unordered_map<std::string, std::size_t> places;  ///< of clients by name
  std::uint64_t samples = 0;

  Kind kind = Kind::none;
  std::size_t width = 0;            ///< numbers or fields of a sample
  std::vector<std::uint64_t> dims;  ///< channels, height, width of the numbers, where the file says
  Values values;                    ///< [samples, width]
  Texts texts;                      ///< [samples, width]; text: width is 1

  Kind label_kind = Kind::none;      ///< numbers or text
  std::vector<double> labels;        ///< [samples]
  Texts text_labels;                 ///< [samples]
  std::vector<std::int32_t> coarse;  ///< [samples] superclasses, where there are some

  std::string checksums;  ///< one for each file, for the provenance
};

}  // namespace fedtide
