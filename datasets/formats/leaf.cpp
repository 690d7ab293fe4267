#include "datasets/formats/leaf.h"

#include <cmath>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sim/base/error.h"
#include "sim/files/json.h"

namespace fedtide {
namespace {

using Kind = ClientExamples::Kind;
constexpr std::size_t kMostQuoted = 40;
constexpr std::uint64_t kMostSamples = std::numeric_limits<std::uint32_t>::max();

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::numbers:
      return "numbers";
    case Kind::text:
      return "a text";
    case Kind::fields:
      return "a row of texts";
    case Kind::none:
      break;
  }
  return "nothing";
}

class LeafEvents final : public JsonEvents {
 public:
  LeafEvents(const ContentReader& content, ClientExamples& out) : content_(content), out_(out) {}

  void start_object() override { enter(true); }
  void start_array() override { enter(false); }
  void end_object() override {
    if (levels_.back() == Level::user) end_user();
    levels_.pop_back();
  }
  void end_array() override {
    const bool outermost = levels_.size() < 2 || levels_[levels_.size() - 2] != Level::row;
    if (levels_.back() == Level::row && outermost) end_row();
    levels_.pop_back();
  }
  void key(std::string_view name) override {
    key_ = name;
    if (levels_.back() == Level::root)
      note_once(name == "users" ? saw_users_ : saw_sizes_, name, "users", "num_samples");
    if (levels_.back() == Level::root && name == "user_data") note_once(saw_data_, name, "user_data", "user_data");
    if (levels_.back() == Level::user) {
      if (name == "x" || name == "y") note_once(name == "x" ? saw_x_ : saw_y_, name, "x", "y");
    }
  }
  void text(std::string_view value) override {
    switch (level()) {
      case Level::users:
        users_.emplace_back(value);
        return;
      case Level::xs:
        return whole_text(value);
      case Level::row:
        return field(value);
      case Level::ys:
        label_is(Kind::text);
        return out_.text_labels.append(value);
      default:
        scalar(fmt::format("\"{}\"", value.substr(0, kMostQuoted)));
    }
  }
  void number(std::string_view literal) override {
    switch (level()) {
      case Level::num_samples:
        sizes_.push_back(json_number(literal));
        return;
      case Level::xs:
        feature(literal);
        return end_row();
      case Level::row:
        return feature(literal);
      case Level::ys:
        label_is(Kind::numbers);
        return out_.labels.push_back(finite(literal));
      default:
        scalar(literal);
    }
  }
  void other(std::string_view literal) override { scalar(literal); }

  /// What only the whole file shows.
  void finish() {
    for (const auto& [seen, name] :
         {std::pair{saw_users_, "users"}, {saw_sizes_, "num_samples"}, {saw_data_, "user_data"}}) {
      if (!seen) fail(fmt::format("the file has no \"{}\", must have users, num_samples and user_data", name));
    }
    if (sizes_.size() != users_.size()) {
      fail(fmt::format("num_samples has {} numbers for {} users", sizes_.size(), users_.size()));
    }
    if (read_.size() != users_.size()) {
      fail(fmt::format("user_data has {} users, users has {}", read_.size(), users_.size()));
    }
    for (std::size_t i = 0; i < users_.size(); ++i) add_client(users_[i], sizes_[i]);
  }

 private:
  enum class Level { root, users, num_samples, user_data, user, xs, row, ys, skip };
  struct User {
    std::uint64_t begin = 0, end = 0, at = 0;
    bool listed = false;
  };

  [[noreturn]] void fail(const std::string& what, std::uint64_t at) const {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: {}", content_.place(at), what));
  }
  [[noreturn]] void fail(const std::string& what) const { fail(what, offset); }

  Level level() const { return levels_.empty() ? Level::skip : levels_.back(); }
  bool skipping() const { return !levels_.empty() && (levels_.back() == Level::skip || skipped_key()); }
  /// A key that LEAF does not need.
  bool skipped_key() const {
    if (levels_.back() == Level::root) return key_ != "users" && key_ != "num_samples" && key_ != "user_data";
    return levels_.back() == Level::user && key_ != "x" && key_ != "y";
  }

  void note_once(bool& seen, std::string_view name, std::string_view first, std::string_view second) {
    if (name != first && name != second) return;
    if (seen) fail(fmt::format("\"{}\" comes twice", name));
    seen = true;
  }

  /// What must stand where something else does.
  const char* wanted() const {
    if (levels_.empty()) return "an object with users, num_samples and user_data";
    switch (levels_.back()) {
      case Level::root:
        return key_ == "user_data" ? "an object with the data of each user" : "an array";
      case Level::users:
        return "the name of a user";
      case Level::num_samples:
        return "a number of samples";
      case Level::user_data:
        return "an object with x and y";
      case Level::user:
        return "an array";
      case Level::xs:
      case Level::row:
        return "numbers or texts";
      case Level::ys:
        return "a number or a text";
      case Level::skip:
        break;
    }
    return "";
  }

  void scalar(std::string_view found) const {
    if (levels_.empty() || !skipping()) fail(fmt::format("found {}, must be {}", found, wanted()));
  }

  void enter(bool object) {
    if (levels_.empty()) {
      if (!object) fail(fmt::format("found an array, must be {}", wanted()));
      levels_.push_back(Level::root);
      return;
    }
    if (skipping()) return levels_.push_back(Level::skip);
    const Level here = levels_.back();
    const bool wants_object = here == Level::user_data || (here == Level::root && key_ == "user_data");
    const bool wants_array = here == Level::root || here == Level::user || here == Level::xs || here == Level::row;
    if (object != wants_object || (!object && !wants_array)) {
      fail(fmt::format("found an {}, must be {}", object ? "object" : "array", wanted()));
    }
    if (here == Level::user_data) begin_user();
    levels_.push_back(below(here));
  }

  Level below(Level here) const {
    switch (here) {
      case Level::root:
        return key_ == "users" ? Level::users : key_ == "num_samples" ? Level::num_samples : Level::user_data;
      case Level::user_data:
        return Level::user;
      case Level::user:
        return key_ == "x" ? Level::xs : Level::ys;
      default:
        return Level::row;
    }
  }

  void begin_user() {
    user_ = key_;
    saw_x_ = saw_y_ = false;
    const bool is_new = read_.emplace(user_, User{out_.samples, out_.samples, offset, false}).second;
    if (!is_new) fail(fmt::format("the user \"{}\" comes twice in user_data", user_));
    samples_of_user_ = 0;
    label_count_ = labels();
  }

  std::uint64_t labels() const { return out_.labels.size() + out_.text_labels.size(); }

  void end_user() {
    if (!saw_x_ || !saw_y_) fail(fmt::format("the user \"{}\" has no {}", user_, saw_x_ ? "y" : "x"));
    const std::uint64_t ys = labels() - label_count_;
    if (ys != samples_of_user_) {
      fail(fmt::format("the user \"{}\" has {} x and {} y, must be as many", user_, samples_of_user_, ys));
    }
    out_.samples += samples_of_user_;
    if (out_.samples > kMostSamples) fail(fmt::format("more than {} samples", kMostSamples));
    read_[user_].end = out_.samples;
  }

  /// All samples are of one kind.
  void row_is(Kind kind) {
    if (out_.kind == Kind::none) out_.kind = kind;
    if (out_.kind != kind)
      fail(fmt::format("found {} as x, the x before it are {}", name_of(kind), name_of(out_.kind)));
  }
  void label_is(Kind kind) {
    if (out_.label_kind == Kind::none) out_.label_kind = kind;
    if (out_.label_kind != kind) {
      fail(fmt::format("found {} as y, the y before it are {}", name_of(kind), name_of(out_.label_kind)));
    }
  }

  double finite(std::string_view literal) const {
    const double value = json_number(literal);
    if (!std::isfinite(static_cast<float>(value))) {
      fail(fmt::format("found {}, must be a number that float32 holds", literal.substr(0, kMostQuoted)));
    }
    return value;
  }

  void feature(std::string_view literal) {
    if (row_size_ > 0 && out_.kind == Kind::fields) return field(literal);
    row_is(Kind::numbers);
    out_.values.append(finite(literal));
    ++row_size_;
  }
  void field(std::string_view value) {
    row_is(Kind::fields);
    out_.texts.append(value);
    ++row_size_;
  }
  void whole_text(std::string_view value) {
    row_is(Kind::text);
    out_.width = 1;
    out_.texts.append(value);
    ++samples_of_user_;
  }
  void end_row() {
    if (row_size_ == 0) fail("an x without numbers");
    if (out_.width == 0) out_.width = row_size_;
    if (row_size_ != out_.width) {
      fail(fmt::format("an x of {} {}, the x before it have {}", row_size_,
                       out_.kind == Kind::fields ? "texts" : "numbers", out_.width));
    }
    row_size_ = 0;
    ++samples_of_user_;
  }

  void add_client(const std::string& name, double size) {
    const auto found = read_.find(name);
    if (found == read_.end()) fail(fmt::format("the user \"{}\" of users is not in user_data", name));
    User& user = found->second;
    if (user.listed) fail(fmt::format("the user \"{}\" comes twice in users", name));
    user.listed = true;
    const std::uint64_t samples = user.end - user.begin;
    if (size != static_cast<double>(samples)) {
      fail(fmt::format("num_samples says {} for the user \"{}\", user_data has {}", size, name, samples), user.at);
    }
    if (!out_.places.emplace(name, out_.clients.size()).second) {
      fail(fmt::format("the user \"{}\" has been in a file before this one", name), user.at);
    }
    out_.clients.push_back({name, user.begin, user.end});
  }

  const ContentReader& content_;
  ClientExamples& out_;
  std::vector<Level> levels_;
  std::string key_;
  bool saw_users_ = false, saw_sizes_ = false, saw_data_ = false, saw_x_ = false, saw_y_ = false;
  std::vector<std::string> users_;
  std::vector<double> sizes_;
  std::unordered_map<std::string, User> read_;
  std::string user_;
  std::uint64_t samples_of_user_ = 0;
  std::uint64_t label_count_ = 0;  ///< before this user
  std::size_t row_size_ = 0;
};

}  // namespace

void read_leaf(ContentReader content, ClientExamples& examples) {
  LeafEvents events(content, examples);
  read_json(content, events);
  events.finish();
  examples.checksums += fmt::format("{}{:08x}", examples.checksums.empty() ? "" : " ", content.crc32());
}

}  // namespace fedtide
