#include "sim/config/diagnostics.h"

#include <algorithm>
#include <tuple>

#include "sim/config/tree.h"

namespace fedtide {

namespace {

bool comes_before(const Problem& a, const Problem& b) {
  return std::tie(a.place.file, a.place.line, a.place.column) < std::tie(b.place.file, b.place.line, b.place.column);
}

}  // namespace

void Problems::add(const Place& place, const std::string& path, std::string message) {
  const auto number = static_cast<std::size_t>(std::max(place.column, 0));
  if (place.file != kCommandLine || number == 0 || number > overrides_.size()) {
    all_.push_back({place, path, std::move(message)});
    return;
  }
  const std::string& word = overrides_[number - 1];
  const bool is_its_key = path.empty() || word.substr(0, word.find('=')) == path;
  if (!is_its_key) message = path + ": " + message;
  all_.push_back({place, printable(word), std::move(message)});
}

void Problems::throw_if_any() const {
  if (all_.empty()) return;
  if (all_.size() <= kMostShown) throw ConfigError(all_);
  std::vector<Problem> shown = all_;
  std::stable_sort(shown.begin(), shown.end(), comes_before);
  const std::size_t hidden = shown.size() - kMostShown;
  shown.resize(kMostShown);
  Place last = shown.back().place;
  shown.push_back({last, "", fmt::format("and {} more mistakes", hidden)});
  throw ConfigError(shown);
}

}  // namespace fedtide
