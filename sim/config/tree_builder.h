#pragma once
// Turns the parser's events into a Node tree and keeps the limits while the parser runs, so that nothing is built that
// is refused. Only yaml.cpp includes this.

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/config/diagnostics.h"
#include "sim/config/source_text.h"
#include "sim/config/tree.h"

namespace fedtide {

class TreeBuilder : public YAML::EventHandler {
 public:
  /// Thrown through the parser when going on makes no sense; the mistake is already noted.
  struct Stop {};

  /// With `fixed`, every node gets that place and every mistake that path.
  TreeBuilder(const SourceText& source, std::optional<Place> fixed, std::string fixed_path, Problems& problems)
      : source_(source), fixed_(std::move(fixed)), fixed_path_(std::move(fixed_path)), problems_(problems) {}

  /// Nothing when the text held no value.
  std::optional<Node>& root() { return root_; }
  Place place(const YAML::Mark& mark) const;
  /// Where the innermost bracket that is still open stands; nothing when there is none.
  std::optional<Place> open_bracket() const;
  /// Where the key stands whose value is being read; nothing when there is none.
  std::optional<Place> open_key() const;
  /// The dotted key of the value that is being read.
  std::string path() const;

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    bool is_bracket = false;
    bool has_key = false;     ///< a mapping whose next value belongs to `key`
    bool drop_value = false;  ///< the key was refused
    Node key;
    std::unordered_map<std::string, Place> keys;
  };
  struct Size {
    std::size_t nodes = 0;
    std::size_t bytes = 0;
    int depth = 0;
  };
  struct Anchored {
    Node node;
    Size size;
  };

  [[noreturn]] void stop(const Place& place, const std::string& message);
  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor);
  void close();
  void finish(Node node, YAML::anchor_t anchor);
  void attach(Node node);
  void take_key(Node key);
  void check_tag(const Place& place, const std::string& tag);
  void count(const Size& size, const Place& place);
  void refuse(const Place& place, const std::string& message);
  static Size size_of(const Node& node);

  const SourceText& source_;
  std::optional<Place> fixed_;
  std::string fixed_path_;
  Problems& problems_;
  std::optional<Node> root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t documents_ = 0;
  Size seen_;
};

}  // namespace fedtide
