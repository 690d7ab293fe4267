#include "datasets/formats/dictionary.h"

#include <algorithm>
#include <numeric>

#include "sim/files/number.h"

namespace fedtide {
namespace {

/// Without a point and zeros after a whole number.
std::string_view plain(std::string_view value) {
  const std::size_t point = value.find('.');
  if (point == value.npos || point == 0) return value;
  const std::string_view zeros = value.substr(point + 1);
  const std::string_view whole = value.substr(0, point);
  const bool is_whole = whole.find_first_not_of("0123456789", whole[0] == '-' ? 1 : 0) == whole.npos && whole != "-";
  return is_whole && zeros.find_first_not_of('0') == zeros.npos ? whole : value;
}

}  // namespace

std::optional<std::uint32_t> Dictionary::find(std::string_view value) const {
  const auto found = codes_.find(plain(value));
  return found != codes_.end() ? std::optional(found->second) : std::nullopt;
}

std::uint32_t Dictionary::add(std::string_view value) {
  if (const auto code = find(value)) return *code;
  const std::uint32_t code = size();
  names_.emplace_back(plain(value));
  codes_.emplace(names_.back(), code);
  return code;
}

std::vector<std::uint32_t> Dictionary::sort() {
  std::vector<std::uint32_t> order(names_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::vector<double> numbers;
  for (const std::string& name : names_) {
    if (const auto number = parse_number(name)) numbers.push_back(*number);
  }
  const bool by_number = numbers.size() == names_.size();
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return by_number && numbers[a] != numbers[b] ? numbers[a] < numbers[b] : names_[a] < names_[b];
  });
  std::vector<std::uint32_t> place(order.size());
  std::vector<std::string> sorted(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
    sorted[i] = names_[order[i]];
  }
  names_ = std::move(sorted);
  for (auto& [name, code] : codes_) code = place[code];
  return place;
}

}  // namespace fedtide
