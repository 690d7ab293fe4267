#pragma once
// Plays as plain text: speeches divided by empty lines, each after a line with its speaker's name and a colon.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/files/gzip.h"

namespace fedtide {

/// What each speaker says.
struct Script {
  std::vector<std::string> speakers;  ///< in the order of their first words; each says something
  std::vector<std::string> texts;     ///< [speakers]: all of a speaker's speeches, each ended by a line end
  std::uint32_t crc32 = 0;            ///< of the content
};

/// A block that does not start with a speaker's line goes on with the speech before it. Lines may end in CR LF. Throws
/// Failure(data_damaged) where the first block has no speaker, or nobody says anything.
Script read_script(ContentReader content);

}  // namespace fedtide
