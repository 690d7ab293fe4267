#pragma once
// What to know of a data set beside its samples: whose it is, and how its files can be told from others.

#include <string>
#include <vector>

#include "sim/base/registry.h"

namespace fedtide {

/// A file that is the same wherever it is found.
struct KnownFile {
  std::string name;    ///< without .gz
  std::string sha256;  ///< of the content, unpacked; 64 hexadecimal digits
};

/// `const Registration<DataCard> card{{{"mnist", "", ""}, "CC BY-SA 3.0", {..}}};` beside the data set's registration,
/// under the same name. Data sets whose files are the user's own have none.
struct DataCard {
  About about;                   ///< the name; the rest is the data set's
  std::string license;           ///< as the authors say it
  std::vector<KnownFile> known;  ///< may be empty
};

}  // namespace fedtide
