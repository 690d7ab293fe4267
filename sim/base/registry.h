#pragma once
// Registries: the only globals. A plug-in file holds one static Registration; nothing else has to be edited.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/error.h"

namespace fedtide {

/// What people see of a plug-in.
struct About {
  std::string name;     ///< as written in the YAML
  std::string summary;  ///< one line
  std::string source;   ///< paper, package or URL; may be empty
};

/// Entries by name. `Entry` derives from or holds an `About about`.
template <class Entry>
class Registry {
 public:
  static Registry& instance() {
    static Registry registry;
    return registry;
  }
  void add(Entry entry) {
    const std::string name = entry.about.name;
    const bool is_new = entries_.emplace(name, std::move(entry)).second;
    FEDTIDE_REQUIRE(is_new, "two plug-ins are called {}", name);
  }
  const Entry* find(std::string_view name) const {
    const auto found = entries_.find(std::string(name));
    return found == entries_.end() ? nullptr : &found->second;
  }
  const Entry& at(std::string_view name) const {
    const Entry* entry = find(name);
    FEDTIDE_REQUIRE(entry != nullptr, "no plug-in is called {}", name);
    return *entry;
  }
  /// In alphabetical order.
  std::vector<About> list() const {
    std::vector<About> all;
    for (const auto& [name, entry] : entries_) all.push_back(entry.about);
    return all;
  }

 private:
  std::map<std::string, Entry> entries_;
};

/// `const Registration<Entry> entry{{...}};` at namespace scope of the plug-in's file.
template <class Entry>
struct Registration {
  explicit Registration(Entry entry) { Registry<Entry>::instance().add(std::move(entry)); }
};

}  // namespace fedtide
