#pragma once
// Codecs from YAML text, and their streams.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "sim/config/yaml.h"
#include "sim/config/yaml_section.h"
#include "sim/federation/compression.h"

namespace fedtide::testing {

/// Of "{codec: top_k, fraction: 0.1}".
inline std::unique_ptr<const Codec> read_codec(const std::string& yaml) {
  const Node root = load_yaml_text(yaml, "test.yaml");
  Problems problems;
  return read_config(root, problems, [](Section& s) {
    std::unique_ptr<const Codec> codec;
    s.choose_from<CodecEntry>("codec", std::nullopt, "", [&](const CodecEntry& entry) { codec = entry.read(s); });
    return codec;
  });
}

inline std::vector<std::byte> encoded(const Codec& codec, const Vector<float>& x, Stream stream) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(codec.bytes(x.size()).count));
  codec.encode({x.data(), static_cast<std::size_t>(x.size())}, stream, bytes);
  return bytes;
}

inline Vector<float> decoded(const Codec& codec, const std::vector<std::byte>& bytes, Stream stream, Index d) {
  Vector<float> x(d);
  codec.decode(bytes, stream, {x.data(), static_cast<std::size_t>(d)});
  return x;
}

}  // namespace fedtide::testing
