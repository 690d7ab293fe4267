#include "sim/model/layer_entry.h"

#include <algorithm>

namespace fedtide {

LayerList read_layers(Section& section, std::string_view key, std::string_view help) {
  LayerList layers;
  section.sections(key, help, [&](Section& item) {
    layers.push_back(nullptr);
    item.choose_from<LayerEntry>("layer", std::nullopt, "kind of layer",
                                 [&](const LayerEntry& entry) { layers.back() = entry.read(item); });
  });
  return layers;
}

bool all_read(const LayerList& layers) {
  return std::all_of(layers.begin(), layers.end(), [](const auto& layer) { return layer != nullptr; });
}

}  // namespace fedtide
