#pragma once
// What is registered, for laws that hold of all of it.

#include <string>
#include <vector>

#include "sim/base/registry.h"

namespace fedtide::testing {

/// Of all entries of a kind, in the order of the list.
template <class Entry>
std::vector<std::string> registered() {
  std::vector<std::string> names;
  for (const About& about : Registry<Entry>::instance().list()) names.push_back(about.name);
  return names;
}

}  // namespace fedtide::testing
