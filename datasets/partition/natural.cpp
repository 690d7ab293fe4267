// Natural: the clients that the data set itself has, such as writers, users, or the devices of a generator.
// Caldas et al.: LEAF: a benchmark for federated settings. 2018 (arXiv 1812.01097).
//
// Rule: client i holds what the source says (DataSource::natural_clients). No samples are handed out here, so this
// scheme is only a name to choose; asking it to share out samples means that the source has no clients of its own.

#include <memory>

#include "sim/base/error.h"
#include "sim/learn/dataset.h"

namespace fedtide {
namespace {

class Natural final : public Partitioner {
 public:
  bool fixes_clients() const override { return true; }
  Shards partition(const PartitionInput&) const override {
    throw Failure(
        ExitCode::usage,
        "data.partition.scheme: natural needs a data set that comes with its own clients, and this one does not; "
        "use iid, shards, dirichlet or dirichlet_by_class");
  }
};

const Registration<PartitionEntry> entry{
    {{"natural", "the clients that the data set itself has", "Caldas et al. 2018, arXiv 1812.01097"},
     [](Section&) -> std::unique_ptr<Partitioner> { return std::make_unique<Natural>(); }}};

}  // namespace
}  // namespace fedtide
