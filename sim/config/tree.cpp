#include "sim/config/tree.h"

#include "sim/base/quantity.h"

namespace fedtide {

const Node::Entry* Node::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

Node::Entry* Node::find(std::string_view key) {
  for (Entry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  const bool is_long = text.size() > kLongest;
  if (is_long) {
    std::size_t end = kLongest - 3;
    // A cut inside a UTF-8 sequence would print as rubbish.
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text = text.substr(0, end);
  }
  std::string out;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (code < 0x20 || code == 0x7F) {
      out += fmt::format("\\x{:02x}", code);
    } else {
      out += c;
    }
  }
  return is_long ? out + "..." : out;
}

std::string shown(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a mapping";
    case Node::Kind::scalar:
      break;
  }
  const ParsedQuantity parsed = node.text.size() <= 60 ? parse_quantity(node.text) : ParsedQuantity{};
  const bool is_number = !node.quoted && node.text.size() <= 60 && parsed.error.empty() && !parsed.unit;
  return is_number ? node.text : "\"" + printable(node.text) + "\"";
}

std::string joined_path(std::string_view parent, std::string_view key) {
  const std::string name = printable(key);
  return parent.empty() ? name : std::string(parent) + "." + name;
}

}  // namespace fedtide
