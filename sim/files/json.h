#pragma once
// JSON (RFC 8259) read as a stream of events, so that a file of any size takes little memory. RapidJSON does the
// grammar; the bounds on what a hostile file can ask for are here.

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/files/gzip.h"

namespace fedtide {

/// Is told what a JSON file holds, in order. May throw.
class JsonEvents {
 public:
  virtual ~JsonEvents() = default;
  virtual void start_object() = 0;
  virtual void key(std::string_view name) = 0;
  virtual void end_object() = 0;
  virtual void start_array() = 0;
  virtual void end_array() = 0;
  virtual void text(std::string_view value) = 0;  ///< UTF-8
  virtual void number(std::string_view literal) = 0;
  virtual void other(std::string_view literal) = 0;  ///< true, false, null

  /// Bytes of the content before the event: up to a container's begin, up to and with everything else.
  std::uint64_t offset = 0;
};

/// Reads one JSON value and requires the content to end after it. Throws Failure(data_damaged) that names the file and
/// the byte for anything that is no JSON, for containers nested more than 64 deep, and for a text or a gap of more than
/// 16 MiB.
void read_json(ContentReader& content, JsonEvents& events);

/// The value of a literal of a number event, rounded to nearest.
double json_number(std::string_view literal);

}  // namespace fedtide
