#pragma once
// Layers as the YAML names them.

#include <memory>

#include "sim/config/section.h"
#include "sim/model/layer.h"

namespace fedtide {

/// A kind of layer. `read` takes its keys from the item of the list; null after a mistake that leaves no layer.
struct LayerEntry {
  About about;
  std::shared_ptr<const LayerFactory> (*read)(Section& section);
};

/// Reads a list of layers, `{layer: conv2d, channels: 32}` and so on. An item whose kind is not known is null.
LayerList read_layers(Section& section, std::string_view key, std::string_view help);

/// Whether every layer could be read.
bool all_read(const LayerList& layers);

}  // namespace fedtide
