#pragma once
// JSON files of one object a device, as trace collections come: {"id":
// {"field": value, ...}, ...}.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/files/gzip.h"

namespace fedtide {

/// A field of a record: a text, a number or a list of numbers.
struct TraceField {
  std::string name;
  std::uint64_t offset = 0;  ///< byte after it in the content
  enum class Kind { text, number, numbers, other } kind = Kind::other;
  std::string text;
  std::vector<double> numbers;  ///< one of them for a number
};

struct TraceRecord {
  std::string id;
  std::uint64_t offset = 0;  ///< byte where it begins
  std::vector<TraceField> fields;
};

/// Places and texts of messages about one record, and its fields by name.
class TraceRecordReader {
 public:
  TraceRecordReader(const ContentReader& content, const TraceRecord& record) : content_(content), record_(record) {}

  const std::string& id() const { return record_.id; }
  const std::string& text(std::string_view field) const;
  double number(std::string_view field) const;
  /// A number > 0.
  double positive(std::string_view field) const;
  const std::vector<double>& numbers(std::string_view field) const;
  /// Throws Failure(data_damaged) "FILE: byte 12: "id": what".
  [[noreturn]] void damaged(std::uint64_t offset, const std::string& what) const;
  /// The same, at a field: ""id": field: what".
  [[noreturn]] void damaged(std::string_view field, const std::string& what) const;

 private:
  const TraceField& get(std::string_view field, TraceField::Kind kind, std::string_view kind_name) const;

  const ContentReader& content_;
  const TraceRecord& record_;
};

/// Calls visit for the records in order; memory: one record. A record whose
/// value is a plain number has one field with an empty name. Throws
/// Failure(data_damaged) for what is no JSON, no object of such records, or
/// names a field of a record twice.
void read_trace_records(ContentReader& content, const std::function<void(const TraceRecordReader&)>& visit);

/// Opens a file, and refuses Python's pickle, which cannot be read without
/// running what is in it: Failure(data_damaged) with the one line of Python
/// that makes a JSON file of it.
ContentReader open_trace(const std::string& path);

}  // namespace fedtide
