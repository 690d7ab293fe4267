#include "sim/fleet/trace_records.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/base/error.h"
#include "sim/files/json.h"
#include "sim/files/lines.h"

namespace fedtide {
namespace {

// Each is compared with those before it.
constexpr std::size_t kMostFields = 256;

/// Puts records together from the events of a JSON file.
class Records final : public JsonEvents {
 public:
  Records(const ContentReader& content, const std::function<void(const TraceRecordReader&)>& visit)
      : content_(content), visit_(visit) {}

  void start_object() override {
    ++depth_;
    if (depth_ == 2) {
      record_.offset = offset;
    } else if (depth_ > 2) {
      skip();
    }
  }
  void key(std::string_view name) override {
    if (depth_ == 1) {
      record_ = {};
      record_.id = name;
    } else if (depth_ == 2) {
      const bool twice = std::any_of(record_.fields.begin(), record_.fields.end(),
                                     [&](const TraceField& field) { return field.name == name; });
      if (twice) damaged(fmt::format("{}: found {} twice, must be there once", in_quotes(record_.id), in_quotes(name)));
      if (record_.fields.size() == kMostFields) {
        damaged(fmt::format("{}: more than {} fields; is it a trace?", in_quotes(record_.id), kMostFields));
      }
      record_.fields.emplace_back().name = name;
    }
  }
  void end_object() override {
    if (depth_ == 2) give();
    --depth_;
  }
  void start_array() override {
    ++depth_;
    if (depth_ <= 2) refuse("a list");
    if (depth_ == 3) {
      record_.fields.back().kind = TraceField::Kind::numbers;
    } else {
      skip();
    }
  }
  void end_array() override {
    if (depth_ == 3) record_.fields.back().offset = offset;
    --depth_;
  }
  void text(std::string_view value) override {
    if (depth_ < 2) refuse(in_quotes(value));
    if (depth_ > 2) return skip();
    TraceField& field = record_.fields.back();
    field.kind = TraceField::Kind::text;
    field.text = value;
    field.offset = offset;
  }
  void number(std::string_view literal) override {
    if (depth_ == 0) refuse(in_quotes(literal));
    if (depth_ == 1) record_.fields.emplace_back();
    if (depth_ > 3) return;
    TraceField& field = record_.fields.back();
    if (depth_ == 3 && field.kind != TraceField::Kind::numbers) return;
    if (depth_ < 3) field.kind = TraceField::Kind::number;
    field.numbers.push_back(json_number(literal));
    field.offset = offset;
    if (depth_ == 1) give();
  }
  void other(std::string_view literal) override {
    if (depth_ < 2) refuse(in_quotes(literal));
    skip();
  }

 private:
  [[noreturn]] void damaged(const std::string& what) const {
    throw Failure(ExitCode::data_damaged, fmt::format("{}: {}", content_.place(offset), what));
  }
  [[noreturn]] void refuse(const std::string& found) const {
    damaged(fmt::format("found {}, must be an object of devices", found));
  }
  /// The field holds something else than a text or numbers; a reader that wants
  /// it will say so.
  void skip() {
    TraceField& field = record_.fields.back();
    field.kind = TraceField::Kind::other;
    field.offset = offset;
  }
  void give() {
    if (record_.id.empty()) damaged("a device without a name");
    visit_(TraceRecordReader(content_, record_));
  }

  const ContentReader& content_;
  const std::function<void(const TraceRecordReader&)>& visit_;
  TraceRecord record_;
  int depth_ = 0;
};

}  // namespace

void TraceRecordReader::damaged(std::uint64_t offset, const std::string& what) const {
  throw Failure(ExitCode::data_damaged, fmt::format("{}: {}: {}", content_.place(offset), in_quotes(record_.id), what));
}

void TraceRecordReader::damaged(std::string_view field, const std::string& what) const {
  const auto found = std::find_if(record_.fields.begin(), record_.fields.end(),
                                  [&](const TraceField& candidate) { return candidate.name == field; });
  const std::uint64_t offset = found != record_.fields.end() ? found->offset : record_.offset;
  damaged(offset, field.empty() ? what : fmt::format("{}: {}", field, what));
}

const TraceField& TraceRecordReader::get(std::string_view field, TraceField::Kind kind,
                                         std::string_view kind_name) const {
  for (const TraceField& candidate : record_.fields) {
    if (candidate.name != field) continue;
    if (candidate.kind != kind) damaged(field, fmt::format("must be {}", kind_name));
    return candidate;
  }
  damaged(record_.offset, field.empty() ? fmt::format("must be {}", kind_name)
                                        : fmt::format("{} is missing, must be {}", in_quotes(field), kind_name));
}

const std::string& TraceRecordReader::text(std::string_view field) const {
  return get(field, TraceField::Kind::text, "a text").text;
}

double TraceRecordReader::number(std::string_view field) const {
  return get(field, TraceField::Kind::number, "a number").numbers.front();
}

double TraceRecordReader::positive(std::string_view field) const {
  const double value = number(field);
  if (!(value > 0)) damaged(field, fmt::format("found {}, must be greater than 0", value));
  return value;
}

const std::vector<double>& TraceRecordReader::numbers(std::string_view field) const {
  return get(field, TraceField::Kind::numbers, "a list of numbers").numbers;
}

void read_trace_records(ContentReader& content, const std::function<void(const TraceRecordReader&)>& visit) {
  Records records(content, visit);
  read_json(content, records);
}

ContentReader open_trace(const std::string& path) {
  // Pickle of protocol 2 and later begins with 0x80, which no text does.
  constexpr std::uint8_t kPickle = 0x80;
  std::array<std::uint8_t, 1> first{};
  if (ContentReader::open(path).read(first) == 1 && first[0] == kPickle) {
    throw Failure(ExitCode::data_damaged,
                  fmt::format("{}: a Python pickle, which cannot be read without running what is "
                              "in it; must be JSON: "
                              "python3 -c 'import json, pickle, sys; "
                              "json.dump(pickle.load(open(sys.argv[1], \"rb\")), "
                              "open(sys.argv[2], \"w\"))' {} {}.json, for a file that you trust",
                              path, path, path));
  }
  return ContentReader::open(path);
}

}  // namespace fedtide
