// From file: a partition made elsewhere, or exported by `fedtide describe data --export`.
//
// Rule: each line `client,index` gives a sample to a client; see assignment.h. Nothing is drawn.

#include <memory>
#include <string>
#include <utility>

#include "datasets/partition/assignment.h"
#include "sim/config/section.h"
#include "sim/files/path.h"

namespace fedtide {
namespace {

class FromFile final : public Partitioner {
 public:
  FromFile(std::string path, bool sharing) : path_(std::move(path)), sharing_(sharing) {}

  bool fixes_clients() const override { return true; }
  bool shares() const override { return sharing_; }
  Shards partition(const PartitionInput& in) const override {
    return read_assignment(ContentReader::open(path_), in.samples, sharing_);
  }

 private:
  std::string path_;
  bool sharing_;
};

std::unique_ptr<Partitioner> read(Section& section) {
  const std::string path = section.text(
      "path", {std::nullopt, "CSV, plain or .gz, with the header client,index; relative to the config file", ""});
  const bool sharing = section.flag("sharing", {false, "a sample may be of several clients, or of none", ""});
  return std::make_unique<FromFile>(resolve_path(path, section.folder()), sharing);
}

const Registration<PartitionEntry> entry{{{"from_file", "as a file says: client,index", ""}, read}};

}  // namespace
}  // namespace fedtide
